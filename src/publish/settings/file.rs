//! The rollback file of settings.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Change, Key};
use crate::publish::RollbackError;
use crate::source::bounded::read_text;
use crate::time::Timestamp;

/// The most bytes that are read.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The form of the file.
const FORMAT: u32 = 1;

/// What a setting was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Which.
    pub key: Key,
    /// As it was, to the byte; none if it was not set.
    pub value: Option<String>,
}

impl Kept {
    /// What a change does away with.
    pub(super) fn of(change: &Change) -> Self {
        Self {
            key: change.key.clone(),
            value: change.before.clone(),
        }
    }
}

/// What was there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsRollback {
    /// The form of the file; 1.
    pub polgen_settings_rollback: u32,
    /// When it was made.
    pub made: Timestamp,
    /// The account.
    pub account: String,
    /// What was there.
    pub before: Vec<Kept>,
}

impl SettingsRollback {
    /// Notes what is there.
    pub fn new(made: Timestamp, account: String, changes: &[Change]) -> Self {
        Self {
            polgen_settings_rollback: FORMAT,
            made,
            account,
            before: changes.iter().map(Kept::of).collect(),
        }
    }

    /// Reads a file; none if it is one of something else.
    pub fn read(path: &Path) -> Result<Option<Self>, RollbackError> {
        let place = path.display().to_string();
        let failed = |error| RollbackError::File(place.clone(), error);
        let text = read_text(path, MOST_BYTES).map_err(failed)?;
        let wrong = |problem: String| RollbackError::Form(place.clone(), problem);
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if value.get("polgen_settings_rollback").is_none() {
            return Ok(None);
        }
        let read: Self = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        if read.polgen_settings_rollback != FORMAT {
            let found = read.polgen_settings_rollback;
            return Err(wrong(format!("wanted form {FORMAT}, found {found}")));
        }
        Ok(Some(read))
    }

    /// Writes the file; one that is there already is never written over.
    pub fn write(&self, path: &Path) -> Result<(), RollbackError> {
        let place = path.display().to_string();
        let failed = |error| RollbackError::File(place.clone(), error);
        let folder = path.parent().filter(|one| !one.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| RollbackError::Form(place.clone(), error.to_string()))?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(path)
            .map_err(|error| failed(error.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(form: u32) -> SettingsRollback {
        let account = "111122223333".to_owned();
        SettingsRollback {
            polgen_settings_rollback: form,
            ..SettingsRollback::new(Timestamp::MIN, account, &[])
        }
    }

    #[test]
    fn what_is_there_already_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollback.json");
        noted(FORMAT).write(&path).unwrap();
        assert_eq!(SettingsRollback::read(&path).unwrap(), Some(noted(FORMAT)));
        std::fs::write(&path, "{}").unwrap();
        let refused = noted(FORMAT).write(&path).unwrap_err();
        assert!(matches!(refused, RollbackError::File(..)), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
        assert_eq!(SettingsRollback::read(&path).unwrap(), None);
    }

    #[test]
    fn a_later_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollback.json");
        noted(FORMAT + 1).write(&path).unwrap();
        let refused = SettingsRollback::read(&path).unwrap_err();
        assert!(
            refused.to_string().ends_with("wanted form 1, found 2"),
            "{refused}"
        );
    }
}
