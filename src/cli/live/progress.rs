//! How far the event history has been read: a bar on a terminal, nothing elsewhere.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::grouped;
use crate::source::aws::history::Progress;

/// The bar. It is hidden when standard error is no terminal.
#[derive(Debug)]
pub(super) struct Bar {
    shown: ProgressBar,
    regions: usize,
    events: AtomicU64,
}

impl Bar {
    pub(super) fn new(regions: usize) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{msg} {bar:24} {percent:>3} %  {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            shown: bar,
            regions,
            events: AtomicU64::new(0),
        }
    }

    pub(super) fn finish(&self) {
        self.shown.finish_and_clear();
    }
}

impl Progress for Bar {
    fn waits(&self) {
        anstream::eprintln!("another polgen reads this account's event history: waiting for it");
    }

    fn begins(&self, seconds: u64) {
        self.shown.set_length(seconds);
        self.covered(0, 0);
    }

    fn covered(&self, seconds: u64, events: u64) {
        let all = self.events.fetch_add(events, Ordering::Relaxed) + events;
        self.shown.set_message(format!(
            "event history of {} regions: {} events",
            self.regions,
            grouped(all)
        ));
        self.shown.inc(seconds);
    }
}
