//! What the program says when it cannot go on: the complaint, what helps to understand it, and a hint to paste.

use std::fmt::Display;
use std::io;

use anstyle::{AnsiColor, Style};

use super::Exit;
use crate::report::plain;
use crate::source::current::CurrentError;

/// A refusal with its exit code. Nothing was written when one is reported.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    details: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// Starts a failure; `message` is lower case, begins with the place, and has no final period.
    pub(crate) fn new(exit: Exit, message: impl Display) -> Self {
        Self {
            exit,
            message: message.to_string(),
            details: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// What it complains of.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Adds a line that explains.
    pub(crate) fn detail(mut self, detail: impl Display) -> Self {
        self.details.push(detail.to_string());
        self
    }

    /// Adds a hint, apart from the complaint.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Prints it to stderr and returns its exit code. A broken pipe is no failure and prints nothing.
    pub(crate) fn report(&self) -> Exit {
        if self.message.is_empty() {
            return self.exit;
        }
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        anstream::eprintln!("{red}error:{red:#} {}", plain(&self.message));
        for detail in &self.details {
            anstream::eprintln!("  {}", plain(detail));
        }
        for hint in &self.hints {
            let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
            anstream::eprintln!("\n{cyan}hint:{cyan:#} {}", plain(hint));
        }
        self.exit
    }
}

impl From<CurrentError> for Failure {
    fn from(error: CurrentError) -> Self {
        let failure = Self::new(Exit::Failed, &error);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Done, "");
        }
        Self::new(Exit::Failed, format!("standard output: {error}"))
    }
}
