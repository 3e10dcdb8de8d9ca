//! The table that is asked, as the user names it.

use super::tree::From;

/// A table, or trail files in its stead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    parts: Vec<String>,
    files: Option<String>,
}

/// A name that is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {wanted}, found `{found}`")]
pub struct RelationError {
    wanted: &'static str,
    found: String,
}

impl Relation {
    /// Reads `TABLE`, `DATABASE.TABLE` or `CATALOG.DATABASE.TABLE`.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn table(text: &str) -> Result<Self, RelationError> {
        let fail = |wanted| RelationError {
            wanted,
            found: text.to_owned(),
        };
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let is_name = |part: &String| !part.is_empty() && !part.chars().any(char::is_control);
        if parts.len() <= 3 && parts.iter().all(is_name) {
            Ok(Self::of(parts))
        } else {
            Err(fail(
                "`TABLE`, `DATABASE.TABLE` or `CATALOG.DATABASE.TABLE`",
            ))
        }
    }

    /// Takes trail files below a place, for an engine that reads JSON by itself.
    pub fn files(place: &str) -> Self {
        Self {
            parts: Vec::new(),
            files: Some(place.to_owned()),
        }
    }

    fn of(parts: Vec<String>) -> Self {
        Self { parts, files: None }
    }

    pub(super) fn from(&self) -> From {
        match &self.files {
            Some(place) => From::Files(place.clone()),
            None => From::Table(self.parts.clone()),
        }
    }
}
