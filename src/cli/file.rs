//! Files that commands write: entirely or not at all.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Exit, Failure};

/// Writes a file that is not there yet, once its content is whole.
pub(super) fn write_new(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let file = whole(path, content);
    let written = file.and_then(|file| Ok(file.persist_noclobber(path).map(|_| ())?));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let problem = format!("{}: expected no such file, found one", path.display());
            Failure::new(Exit::Failed, problem).hint("write over it with `--force`")
        }
        _ => failed(path, &error),
    })
}

/// Writes a file in place of what was there, once its content is whole. What is no file (`/dev/stdout`, a pipe) is written to.
pub(super) fn write_whole(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let written = || {
        if path
            .metadata()
            .is_ok_and(|found| !found.is_file() && !found.is_dir())
        {
            let mut device = OpenOptions::new().write(true).open(path)?;
            content(&mut device)?;
            return device.flush();
        }
        whole(path, content)?.persist(path)?;
        Ok(())
    };
    written().map_err(|error: io::Error| failed(path, &error))
}

/// The content, complete, beside where it is to be.
fn whole(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    content(&mut file)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let folder = path.parent().unwrap_or(Path::new(""));
    let problem = match error.kind() {
        // The system's own words would name a file beside it that nobody knows.
        io::ErrorKind::NotFound => format!(
            "{}: could not be written: expected the folder `{}`, found none",
            path.display(),
            folder.display()
        ),
        _ => format!("{}: could not be written: {error}", path.display()),
    };
    Failure::new(Exit::Failed, problem)
}
