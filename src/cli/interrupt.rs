//! Ctrl-C where what was read so far is worth keeping: the first asks for an end, the second ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Exit, Failure};

/// What a shell gives as the exit code of a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

static STOP: AtomicBool = AtomicBool::new(false);

/// Asks for Ctrl-C (and SIGTERM) to set the flag that is returned.
pub(super) fn flag() -> Result<&'static AtomicBool, Failure> {
    #[expect(
        clippy::exit,
        reason = "files are written whole, so nothing is half done, and whoever asks twice does not want to wait"
    )]
    let on_signal = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        anstream::eprintln!(
            "ending after the files that are being read; Ctrl-C again to end at once"
        );
    };
    ctrlc::set_handler(on_signal)
        .map_err(|error| Failure::new(Exit::Failed, format!("--partial: {error}")))?;
    Ok(&STOP)
}
