//! Ctrl-C: a run ends cleanly, or, where what was read so far is worth keeping, after what is being read.
//!
//! Results are written whole or not at all, so a run may be ended anywhere: the terminal is put in order, and the exit code is
//! that of a process that SIGINT ended. SIGTERM is taken for the same.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::{Exit, Failure};

/// What a shell gives as the exit code of a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// The line is taken away, and the cursor is there again, whatever a bar or a list had done with them.
const IN_ORDER: &str = "\r\u{1b}[2K\u{1b}[?25h";

static IS_CAUGHT: AtomicBool = AtomicBool::new(false);
static STOP: AtomicBool = AtomicBool::new(false);
static FIRST: AtomicU8 = AtomicU8::new(ENDS);

/// The first Ctrl-C ends the run.
const ENDS: u8 = 0;
/// It sets the flag, and the run ends by itself.
const SETS_FLAG: u8 = 1;
/// Somebody else hears it as well, and ends the run.
const IS_HEARD: u8 = 2;

/// Catches Ctrl-C from now on. Where that cannot be done, the system ends the program as ever.
pub(super) fn catch() {
    #[expect(
        clippy::exit,
        reason = "files are written whole, so nothing is half done, and whoever asks does not want to wait"
    )]
    let on_signal = || {
        let is_again = STOP.swap(true, Ordering::Relaxed);
        match (FIRST.load(Ordering::Relaxed), is_again) {
            (SETS_FLAG, false) => anstream::eprintln!(
                "ending after the files that are being read; Ctrl-C again to end at once"
            ),
            (IS_HEARD, false) => {}
            _ => {
                if stderr().is_terminal() {
                    // Not by `anstream`, which takes it for colour. A terminal that has gone away cannot be put in order.
                    let _ = stderr().write_all(IN_ORDER.as_bytes());
                }
                anstream::eprintln!("cancelled");
                std::process::exit(INTERRUPTED);
            }
        }
    };
    if ctrlc::set_handler(on_signal).is_ok() {
        IS_CAUGHT.store(true, Ordering::Relaxed);
    }
}

/// Asks for Ctrl-C (and SIGTERM) to set the flag that is returned; a second one ends at once.
pub(super) fn flag() -> Result<&'static AtomicBool, Failure> {
    if !IS_CAUGHT.load(Ordering::Relaxed) {
        let problem = "--partial: Ctrl-C cannot be caught on this system";
        return Err(Failure::new(Exit::Failed, problem));
    }
    FIRST.store(SETS_FLAG, Ordering::Relaxed);
    Ok(&STOP)
}

/// While this lives, the first Ctrl-C is left to somebody who listens as well and ends in words of their own.
#[cfg(feature = "aws")]
#[derive(Debug)]
pub(super) struct LeftToOthers(u8);

#[cfg(feature = "aws")]
impl LeftToOthers {
    pub(super) fn new() -> Self {
        Self(FIRST.swap(IS_HEARD, Ordering::Relaxed))
    }
}

#[cfg(feature = "aws")]
impl Drop for LeftToOthers {
    fn drop(&mut self) {
        FIRST.store(self.0, Ordering::Relaxed);
    }
}
