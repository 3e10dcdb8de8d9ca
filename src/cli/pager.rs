//! `--pager`: what a command prints, in the user's pager. Never without being asked for, and never where nobody looks.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Child, Command, Stdio};

use super::{Exit, Failure};

/// A pager that is open.
#[derive(Debug)]
pub(super) struct Pager(Child);

impl Pager {
    /// Opens `PAGER`, or `less`, if standard output is a terminal.
    pub(super) fn open() -> Result<Option<Self>, Failure> {
        if !io::stdout().is_terminal() {
            return Ok(None);
        }
        let told = std::env::var_os("PAGER").filter(|name| !name.is_empty());
        let name = told.unwrap_or_else(|| OsString::from("less"));
        // `PAGER` is a command with its arguments, which a shell reads.
        let mut command = if cfg!(unix) {
            let mut command = Command::new("sh");
            command.arg("-c").arg(&name);
            command
        } else {
            Command::new(&name)
        };
        if std::env::var_os("LESS").is_none() {
            // Colours as they are, no pager for what fits the screen, and the screen stays.
            command.env("LESS", "FRX");
        }
        let child = command.stdin(Stdio::piped()).spawn();
        let failed = |error| {
            let name = name.to_string_lossy();
            Failure::new(Exit::Failed, format!("--pager: `{name}`: {error}"))
                .hint("set `PAGER` to a pager that is installed, or leave `--pager` out")
        };
        child.map(|child| Some(Self(child))).map_err(failed)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.0.stdin {
            Some(stdin) => stdin.write_all(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Waits until the user has closed it.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        drop(self.0.stdin.take());
        self.0.wait().map(|_| ())
    }
}
