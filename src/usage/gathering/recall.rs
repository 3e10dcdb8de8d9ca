//! Remembers where records were counted, by a digest of all that decides about it.
//!
//! Making a record's key and finding its form takes far longer than counting it, and most records differ from one met before in
//! time, ids and an open-ended name alone. What is recalled is what the long way led to; nothing is decided here.

use crate::digest::{Digest, Digests, Seeds};

/// How many digests are remembered.
const MOST_DIGESTS: usize = 512 * 1024;

/// A record's digest, and what it leaves out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digested<'p> {
    pub(super) digest: Digest,
    /// The open-ended name.
    pub(super) open: Option<&'p str>,
    /// The session's number plus one.
    pub(super) session: u32,
}

/// Which of what a digest leaves out decides all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) is_by_name: bool,
    pub(super) is_by_session: bool,
}

/// What is known of a digest.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// Where such records are counted.
    Place(u32),
    /// More decides.
    Split(Split),
}

/// The records met so far.
#[derive(Debug, Default)]
pub(super) struct Recall {
    seeds: Seeds,
    known: Digests<Known>,
}

impl Recall {
    /// Where a record is counted; `None` if none like it was met.
    pub(super) fn place(&self, record: &Digested<'_>) -> Option<usize> {
        let found = match self.known.get(record.digest)? {
            Known::Split(split) => self.known.get(self.whole(record, split))?,
            place @ Known::Place(_) => place,
        };
        match found {
            Known::Place(at) => Some(at as usize),
            Known::Split(_) => None,
        }
    }

    /// What else decides about a record that was met before.
    pub(super) fn split_of(&self, record: &Digested<'_>) -> Split {
        match self.known.get(record.digest) {
            Some(Known::Split(split)) => split,
            _ => Split::default(),
        }
    }

    /// Keeps where a record was counted.
    pub(super) fn keep(&mut self, record: &Digested<'_>, split: Split, at: usize) {
        let Ok(at) = u32::try_from(at) else { return };
        if self.known.len() > MOST_DIGESTS {
            self.known.clear();
        }
        let mut digest = record.digest;
        if split != Split::default() {
            self.known.insert(digest, Known::Split(split));
            digest = self.whole(record, split);
        }
        self.known.insert(digest, Known::Place(at));
    }

    /// Forgets all, since places have changed.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// The digest of a record with what it leaves out.
    fn whole(&self, record: &Digested<'_>, split: Split) -> Digest {
        let mut whole = self.seeds.start();
        whole.digest(record.digest);
        if split.is_by_session {
            whole.number(record.session.into());
        }
        if split.is_by_name {
            whole.text(record.open.unwrap_or_default().as_bytes());
        }
        whole.finish()
    }
}
