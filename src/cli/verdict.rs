//! How findings become an exit code, the same for all commands that find some.

use clap::ValueEnum;

use super::Exit;
use crate::finding::{Counts, Severity};

/// The mildest findings that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    /// All findings
    Informational,
    /// Untidy, or a little wide
    Low,
    /// A bug, or wide
    Medium,
    /// Data, credentials or the account given away
    High,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Informational => Self::Informational,
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
        }
    }
}

/// The exit code for findings; `is_strict` counts what could not be checked too.
pub(super) fn exit(counts: &Counts, fail_on: Level, is_strict: bool) -> Exit {
    let worst = counts
        .worst()
        .filter(|worst| *worst >= Severity::from(fail_on));
    match worst {
        Some(severity) => Exit::of_finding(severity),
        None if is_strict && counts.not_checked > 0 => Exit::of_finding(Severity::Informational),
        None => Exit::Done,
    }
}
