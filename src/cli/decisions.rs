//! `polgen.toml`: where it is found, and how it is read.

use std::path::{Path, PathBuf};

use super::{Exit, Failure};
use crate::config::{Config, ConfigError};
use crate::source::bounded::read_text;

/// The file that is looked for.
const NAME: &str = "polgen.toml";
/// The largest such file that is read.
const MOST_BYTES: u64 = 1024 * 1024;

/// Finds the file: the one named, else one in `folders`, else one in the working directory or above it.
pub(super) fn path(named: Option<&Path>, folders: &[PathBuf]) -> Result<Option<PathBuf>, Failure> {
    let mut candidates = candidates(named, folders)?.into_iter();
    Ok(candidates.find(|path| named.is_some() || path.is_file()))
}

/// Where the file may be, the nearest place first.
pub(super) fn candidates(
    named: Option<&Path>,
    folders: &[PathBuf],
) -> Result<Vec<PathBuf>, Failure> {
    if let Some(path) = named {
        return Ok(vec![path.to_owned()]);
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::new(Exit::Failed, format!("working directory: {error}")))?;
    let above = here.ancestors().map(Path::to_owned);
    let all = folders.iter().cloned().chain(above);
    Ok(all.map(|folder| folder.join(NAME)).collect())
}

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Config, Failure> {
    let name = path.display().to_string();
    let fail = |problem: String| Failure::new(Exit::Failed, format!("{name}: {problem}"));
    let text = read_text(path, MOST_BYTES).map_err(|error| fail(error.to_string()))?;
    Config::parse(&name, &text).map_err(failure)
}

/// Tells what is wrong with it.
pub(super) fn failure(error: ConfigError) -> Failure {
    let failure = Failure::new(Exit::Failed, &error);
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
