//! The exit codes, one table for all commands. They are a contract with scripts.

use std::process::ExitCode;

use crate::finding::Severity;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line was wrong.
    WrongCommandLine = 2,
    /// The input holds no event by the role.
    NoEvent = 3,
    /// Input was unreadable in part or in whole, and `--allow-gaps` was not given.
    Gaps = 4,
    /// `--exit-code` was given and the current policy grants more than needed.
    Excess = 10,
    /// The worst finding is informational.
    Informational = 11,
    /// The worst finding is of low severity.
    Low = 12,
    /// The worst finding is of medium severity.
    Medium = 13,
    /// The worst finding is of high severity.
    High = 14,
}

impl Exit {
    /// The code for the worst finding.
    pub(crate) fn of_finding(severity: Severity) -> Self {
        match severity {
            Severity::Informational => Self::Informational,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
