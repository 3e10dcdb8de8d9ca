//! Reads the JSON files of a catalog folder, two levels deep.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::cli::{Exit, Failure};
use crate::source::bounded::{MOST_TEXT, read_text};

/// Returns the texts by their names below the folder.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    read_into(folder, "", &mut files)?;
    if !files.keys().any(|name| name.starts_with("services/")) {
        let problem = format!(
            "{}: expected a catalog folder with `services/`",
            folder.display()
        );
        return Err(Failure::new(Exit::Failed, problem));
    }
    Ok(files)
}

fn read_into(
    folder: &Path,
    above: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let refuse = |path: &Path, error: std::io::Error| {
        Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
    };
    for entry in fs::read_dir(folder).map_err(|error| refuse(folder, error))? {
        let path = entry.map_err(|error| refuse(folder, error))?.path();
        let Some(name) = path.file_name().and_then(std::ffi::OsStr::to_str) else {
            continue;
        };
        if path.is_dir() && above.is_empty() {
            read_into(&path, &format!("{name}/"), files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = read_text(&path, MOST_TEXT).map_err(|error| refuse(&path, error))?;
            files.insert(format!("{above}{name}"), text);
        }
    }
    Ok(())
}
