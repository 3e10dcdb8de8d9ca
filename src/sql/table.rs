//! The table that is asked, as the user names it.

use super::tree::From;

/// A table, or trail files in its stead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    parts: Vec<String>,
    files: Option<String>,
    store: Option<String>,
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
            store: None,
        }
    }

    fn of(parts: Vec<String>) -> Self {
        Self {
            parts,
            files: None,
            store: None,
        }
    }

    /// Reads an event data store's id, or its ARN.
    ///
    /// # Errors
    ///
    /// If it is neither.
    pub fn store(text: &str) -> Result<Self, RelationError> {
        let id = text.rsplit('/').next().unwrap_or_default();
        let is_arn = text.starts_with("arn:") && text.contains(":eventdatastore/");
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let is_id = (3..=64).contains(&id.len()) && id.bytes().all(is_sign) && !id.contains("--");
        if is_id && (is_arn || id == text) {
            Ok(Self {
                parts: Vec::new(),
                files: None,
                store: Some(id.to_owned()),
            })
        } else {
            Err(RelationError {
                wanted: "the id or the ARN of an event data store",
                found: text.to_owned(),
            })
        }
    }

    pub(super) fn from(&self) -> From {
        match (&self.files, &self.store) {
            (Some(place), _) => From::Files(place.clone()),
            (None, Some(id)) => From::Store(id.clone()),
            (None, None) => From::Table(self.parts.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_a_table() {
        for text in ["t", "d.t", "c.d.t", "d.a b", "d.t\" --"] {
            assert!(Relation::table(text).is_ok(), "{text}");
        }
        for text in [
            "",
            ".",
            "d.",
            ".t",
            "d..t",
            "a.b.c.d",
            "d.t\nx",
            "d.\u{1b}t",
        ] {
            assert!(Relation::table(text).is_err(), "{text}");
        }
    }
}
