//! Findings for people and programs: lines, JSON (a contract, `docs/contracts.md`), SARIF, and annotations of a GitHub workflow.

mod annotations;
mod json;
mod lines;
mod markdown;
mod sarif;

pub use annotations::annotations;
pub use json::findings_json;
pub use lines::findings_text;
pub use markdown::findings_markdown;
pub use sarif::sarif;

use crate::finding::{Counts, Finding};

/// What a gate or a hardening session found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The findings, in the order of their places.
    pub findings: Vec<Finding>,
    /// How many there are of each kind.
    pub counts: Counts,
    /// What was looked at, in words, e.g. `3 roles in 2 files`.
    pub looked_at: String,
    /// Findings that were there before and do not count.
    pub known_before: usize,
    /// What should be said of the allow list.
    pub remarks: Vec<String>,
}

#[cfg(test)]
mod tests;
