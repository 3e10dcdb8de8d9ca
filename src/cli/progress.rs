//! Whoever waits more than half a second at a terminal is told for what.

use std::io::{IsTerminal as _, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the sign turns.
const TURN: Duration = Duration::from_millis(120);

/// Of waits within waits, and of those on several threads, the first is told.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// A wait that is going on. When it is dropped, its line is gone.
#[derive(Debug)]
pub(super) struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    /// Begins; nothing else may be printed to standard error until the end.
    pub(super) fn new(words: impl Into<String>) -> Self {
        if !stderr().is_terminal() || IS_SHOWN.swap(true, Ordering::Relaxed) {
            return Self(None);
        }
        let words = words.into();
        let (sender, receiver) = channel::<()>();
        let shown = move || {
            if receiver.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                    bar.set_style(style);
                }
                bar.set_message(words);
                bar.enable_steady_tick(TURN);
                // The end is that the sender is dropped.
                let _ = receiver.recv();
                bar.finish_and_clear();
            }
        };
        Self(Some((sender, std::thread::spawn(shown))))
    }

    /// The same where data goes to standard output meanwhile: nothing is shown if that is the same terminal.
    pub(super) fn beside_data(words: impl Into<String>) -> Self {
        if stdout().is_terminal() {
            return Self(None);
        }
        Self::new(words)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.0.take() {
            drop(sender);
            // A thread that could not show anything is no fault of the run's.
            let _ = thread.join();
            IS_SHOWN.store(false, Ordering::Relaxed);
        }
    }
}
