//! The rollback file: what was there before the first step, for whoever wants it back.
//!
//! It is written whole before anything is changed. An apply that was interrupted finds its own file and goes on; a file of
//! anything else is never overwritten.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::state::State;
use crate::source::bounded::read_text;
use crate::time::Timestamp;

/// The most bytes of a rollback file that are read; five versions of some policies are well below.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// The form of the file.
const FORMAT: u32 = 1;

/// What was there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// The form of the file; 1.
    pub polgen_rollback: u32,
    /// When it was made.
    pub made: Timestamp,
    /// The role's ARN.
    pub role: String,
    /// The role's unique id: a role made anew under the same name is another.
    pub role_id: String,
    /// What was there.
    pub before: State,
}

/// What is wrong with a rollback file.
#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    /// It cannot be read or written.
    #[error("{0}: {1}")]
    File(String, io::Error),
    /// It is no rollback file.
    #[error("{0}: expected a rollback file of polgen: {1}")]
    Form(String, String),
    /// A file of this name is there and tells of something else.
    #[error("{0}: this rollback file of another change is there already")]
    Other(String),
}

impl Rollback {
    /// Notes what is there.
    pub fn new(made: Timestamp, role: String, role_id: String, before: State) -> Self {
        Self {
            polgen_rollback: FORMAT,
            made,
            role,
            role_id,
            before,
        }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, RollbackError> {
        let place = path.display().to_string();
        let text = read_text(path, MOST_BYTES)
            .map_err(|error| RollbackError::File(place.clone(), error))?;
        Self::parse(&place, &text)
    }

    /// Reads the text of the file `place`.
    pub fn parse(place: &str, text: &str) -> Result<Self, RollbackError> {
        let wrong = |problem: String| RollbackError::Form(place.to_owned(), problem);
        let rollback: Self =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if rollback.polgen_rollback != FORMAT {
            let found = rollback.polgen_rollback;
            return Err(wrong(format!("wanted form {FORMAT}, found {found}")));
        }
        Ok(rollback)
    }

    /// Writes the file, unless an interrupted run of the same change has written it already; returns what holds.
    ///
    /// A file is of the same change if it is of the same role and touches the same policies.
    pub fn keep(self, path: &Path) -> Result<Self, RollbackError> {
        let place = || path.display().to_string();
        if fs::exists(path).map_err(|error| RollbackError::File(place(), error))? {
            let kept = Self::read(path)?;
            let is_same = kept.role == self.role
                && kept.role_id == self.role_id
                && kept.before.policies.keys().eq(self.before.policies.keys());
            return if is_same {
                Ok(kept)
            } else {
                Err(RollbackError::Other(place()))
            };
        }
        self.write(path)
            .map_err(|error| RollbackError::File(place(), error))?;
        Ok(self)
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
