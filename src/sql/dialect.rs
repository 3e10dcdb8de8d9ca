//! The engines, and how each spells names and texts: the one place where anything is quoted.

use std::fmt;

/// An engine's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon Athena, engine version 3 (Trino).
    Athena,
    /// AWS CloudTrail Lake (Trino's `SELECT`).
    Lake,
    /// Apache Spark 4.
    Spark,
    /// DuckDB.
    DuckDb,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Athena, Self::Lake, Self::Spark, Self::DuckDb];

    /// Its name at the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Athena => "athena",
            Self::Lake => "lake",
            Self::Spark => "spark",
            Self::DuckDb => "duckdb",
        }
    }

    pub(super) fn is_trino(self) -> bool {
        matches!(self, Self::Athena | Self::Lake)
    }

    /// Writes a name, so that it can be nothing else.
    pub(super) fn identifier(self, name: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Writes a text, so that it can be nothing else.
    ///
    /// Only in Spark a backslash means something inside of a text, and two quotes are not one.
    pub(super) fn literal(self, text: &str) -> String {
        let mut written = String::with_capacity(text.len() + 2);
        written.push('\'');
        for letter in text.chars() {
            match (self, letter) {
                (Self::Spark, '\'' | '\\') => written.extend(['\\', letter]),
                (_, '\'') => written.push_str("''"),
                _ => written.push(letter),
            }
        }
        written.push('\'');
        written
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
