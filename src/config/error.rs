//! What is wrong with a `polgen.toml`, and where.

use crate::nearest::nearest;

/// All keys of the file, for the hint after one that nobody knows.
const KEYS: [&str; 21] = [
    "keep",
    "never",
    "baseline",
    "resources",
    "action",
    "resource",
    "reason",
    "until",
    "for",
    "policy",
    "patterns",
    "allow",
    "rule",
    "at",
    "finding",
    "athena",
    "columns",
    "partitions",
    "account",
    "region",
    "day_format",
];

/// Why the file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// The file, the line and the column.
    pub place: String,
    /// What was found and what was wanted.
    pub problem: String,
    /// What may help.
    pub hint: Option<String>,
}

impl ConfigError {
    pub(super) fn of_toml(name: &str, text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        let found = text.get(span.clone()).unwrap_or_default();
        let is_unknown = error.message().starts_with("unknown field");
        let like = nearest(found, KEYS, 1);
        let hint = like
            .first()
            .filter(|key| is_unknown && **key != found)
            .map(|key| format!("did you mean `{key}`?"));
        Self {
            place: place(name, text, span.start),
            problem: error.message().trim().replace('\n', ", "),
            hint,
        }
    }
}

/// Writes a place as `file:line:column`, both counted from 1.
pub(super) fn place(name: &str, text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!("{name}:{line}:{column}")
}
