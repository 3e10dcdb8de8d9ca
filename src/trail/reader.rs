//! Reads one file's bytes into events, and keeps count of all that was there.
//!
//! Every record is accounted for: it became an event, lay outside the window, or could not be read and is a located gap.
//! The counts by event source are of every record, whoever made the call: that a trail has data events of a service at all
//! tells whether it could have shown them for the role in question.

use std::collections::BTreeMap;

use super::envelope::{End, Item, Scanner, Verdict};
use super::{Event, EventKind, Gap, record};
use crate::time::{Timestamp, Window};

/// What a file's bytes held.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// An event, inside the window.
    Event(Box<Event>),
    /// A place that could not be read. Its `place` lacks the file's name.
    Gap(Gap),
}

/// Counts of all that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records found: the sum of `events`, `outside_window` and `unreadable`.
    pub records: u64,
    /// Records given out as events.
    pub events: u64,
    /// Readable records outside the window.
    pub outside_window: u64,
    /// Records that could not be read, each with a gap.
    pub unreadable: u64,
    /// All gaps: unreadable records, odd ones that were read all the same, and places where no record was found.
    pub gaps: u64,
    /// Events among the above that are Insights, no API calls.
    pub insights: u64,
    /// Digest files.
    pub digests: u64,
    /// The first `eventTime` of any readable record.
    pub first: Option<Timestamp>,
    /// The last `eventTime` of any readable record.
    pub last: Option<Timestamp>,
    /// Readable records inside the window by `eventSource`, whoever made the call.
    pub sources: BTreeMap<String, SourceCount>,
}

/// Records of one event source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceCount {
    /// Management events, and those that do not say what they are.
    pub management: u64,
    /// Data events.
    pub data: u64,
}

impl Tally {
    /// Adds the counts of another part of the input.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
        self.outside_window += other.outside_window;
        self.unreadable += other.unreadable;
        self.gaps += other.gaps;
        self.insights += other.insights;
        self.digests += other.digests;
        self.first = earlier(self.first, other.first);
        self.last = self.last.max(other.last);
        for (source, count) in other.sources {
            let sum = self.sources.entry(source).or_default();
            sum.management += count.management;
            sum.data += count.data;
        }
    }

    fn see(&mut self, event: &Event) {
        self.events += 1;
        if matches!(&event.kind, EventKind::Other(kind) if kind.ends_with("Insight")) {
            self.insights += 1;
        }
        let is_data = event.is_management == Some(false);
        let count = match self.sources.get_mut(&event.source) {
            Some(count) => count,
            None => self.sources.entry(event.source.clone()).or_default(),
        };
        *(if is_data {
            &mut count.data
        } else {
            &mut count.management
        }) += 1;
    }
}

fn earlier(left: Option<Timestamp>, right: Option<Timestamp>) -> Option<Timestamp> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (one, other) => one.or(other),
    }
}

/// Reads one file, in one piece or in many.
#[derive(Debug, Default)]
pub struct Reader {
    scanner: Scanner,
    window: Window,
    tally: Tally,
}

impl Reader {
    /// Starts a file; events outside the window are counted but not given out.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// Reads `bytes` and returns how many of them are done with; the rest has to come again, with more behind it.
    pub fn advance(&mut self, bytes: &[u8], end: End, receive: &mut dyn FnMut(Found)) -> usize {
        let Self {
            scanner,
            window,
            tally,
        } = self;
        scanner.advance(bytes, end, &mut |item| take(item, *window, tally, receive))
    }

    /// Gives up on the record that the bytes in hand start with, since it is larger than the caller wants to hold.
    pub fn skip_oversized(&mut self, limit_bytes: usize, receive: &mut dyn FnMut(Found)) {
        self.scanner.skip_oversized(limit_bytes, &mut |item| {
            take(item, self.window, &mut self.tally, receive)
        });
    }

    /// Ends the file with its counts.
    pub fn finish(self) -> Tally {
        self.tally
    }
}

fn take(
    item: Item<'_>,
    window: Window,
    tally: &mut Tally,
    receive: &mut dyn FnMut(Found),
) -> Verdict {
    let (text, place) = match item {
        Item::Record(text, place) => (text, place),
        Item::Digest => {
            tally.digests += 1;
            return Verdict::Sound;
        }
        Item::Gap(gap) => {
            tally.gaps += 1;
            receive(Found::Gap(gap));
            return Verdict::Sound;
        }
    };
    tally.records += 1;
    match record::read(text) {
        Ok(reading) => {
            if let Some(oddity) = &reading.oddity {
                tally.gaps += 1;
                receive(Found::Gap(place.gap(oddity)));
            }
            give_out(reading.event, window, tally, receive);
            Verdict::Sound
        }
        Err(problem) => {
            tally.unreadable += 1;
            tally.gaps += 1;
            receive(Found::Gap(place.gap(&problem)));
            if problem.is_broken {
                Verdict::Broken
            } else {
                Verdict::Sound
            }
        }
    }
}

fn give_out(event: Event, window: Window, tally: &mut Tally, receive: &mut dyn FnMut(Found)) {
    tally.first = earlier(tally.first, event.time);
    tally.last = tally.last.max(event.time);
    // Without a readable time an event cannot be told to lie outside, and leaving it out could deny a call that was made.
    if event.time.is_none_or(|time| window.contains(time)) {
        tally.see(&event);
        receive(Found::Event(Box::new(event)));
    } else {
        tally.outside_window += 1;
    }
}
