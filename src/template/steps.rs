//! How much may be done for one file. A short one can unfold without end: each name in it stands for the one before twice.
//!
//! What is evaluated, copied and looked through is counted for the whole file. Once all steps are taken, what is left is not known, and
//! is said to be.

use std::cell::Cell;

/// So many bytes of text are as much as one value.
const BYTES: usize = 64;
/// So many names that are looked through are as much as one value.
const NAMES: usize = 16;

/// The steps that are left.
#[derive(Debug)]
pub(super) struct Steps(Cell<usize>);

impl Steps {
    /// So many for a file.
    pub(super) fn new(most: usize) -> Self {
        Self(Cell::new(most))
    }

    /// Takes steps, one for each value; says whether there were enough. If not, none is left.
    pub(super) fn take(&self, count: usize) -> bool {
        let left = self.0.get().checked_sub(count);
        self.0.set(left.unwrap_or_default());
        left.is_some()
    }

    /// Takes the steps for a text that is copied.
    pub(super) fn take_text(&self, bytes: usize) -> bool {
        self.take(bytes / BYTES)
    }

    /// Takes the steps for finding one of so many names.
    pub(super) fn take_search(&self, names: usize) -> bool {
        self.take(names / NAMES)
    }
}

/// How many values a text counts for beside itself.
pub(super) fn weight(bytes: usize) -> usize {
    bytes / BYTES
}
