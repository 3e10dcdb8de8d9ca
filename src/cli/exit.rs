//! The exit codes, one table for all commands. They are a contract with scripts.

use std::process::ExitCode;

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
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
