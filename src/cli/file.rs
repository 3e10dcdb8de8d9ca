//! Files that commands write: entirely or not at all.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Exit, Failure};

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
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        content(&mut file)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(|error: io::Error| {
        let problem = format!("{}: could not be written: {error}", path.display());
        Failure::new(Exit::Failed, problem)
    })
}
