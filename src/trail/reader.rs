//! Reads one file's bytes into events, and keeps count of all that was there.
//!
//! Every record is accounted for: it became an event, was another principal's and is counted by what it called, lay outside
//! the window, or could not be read and is a located gap.

use std::collections::BTreeMap;

use super::envelope::{End, Item, Place, Scanner, Verdict};
use super::glimpse::Needle;
use super::head::Head;
use super::others::{Counted, OtherCall, Others};
use super::{Event, EventKind, Gap, InputId, record};
use crate::time::{Timestamp, Window};

/// What a file's bytes held.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Which file all that follows is from; told by who opens files, where they are to be told apart.
    Input(InputId),
    /// An event, inside the window.
    Event(Box<Event>),
    /// A place that could not be read. Its `place` lacks the file's name.
    Gap(Gap),
}

/// Counts of all that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records found: the sum of `events`, `passed_over`, `outside_window` and `unreadable`.
    pub records: u64,
    /// Records given out as events.
    pub events: u64,
    /// Records inside the window that cannot concern the principal asked for.
    pub passed_over: u64,
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
    /// The first `eventTime` inside the window.
    pub first: Option<Timestamp>,
    /// The last `eventTime` inside the window.
    pub last: Option<Timestamp>,
    /// The records of `passed_over` by what they called.
    pub others: BTreeMap<OtherCall, u64>,
}

impl Tally {
    /// Adds the counts of another part of the input.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
        self.passed_over += other.passed_over;
        self.outside_window += other.outside_window;
        self.unreadable += other.unreadable;
        self.gaps += other.gaps;
        self.insights += other.insights;
        self.digests += other.digests;
        self.first = earlier(self.first, other.first);
        self.last = self.last.max(other.last);
        for (call, count) in other.others {
            *self.others.entry(call).or_default() += count;
        }
    }

    /// The records that could be read.
    pub fn readable(&self) -> u64 {
        self.records - self.unreadable
    }

    fn see(&mut self, event: &Event) {
        self.events += 1;
        if matches!(&event.kind, EventKind::Other(kind) if kind.ends_with("Insight")) {
            self.insights += 1;
        }
    }

    /// Widens the span of time seen.
    fn at(&mut self, time: Option<Timestamp>) {
        self.first = earlier(self.first, time);
        self.last = self.last.max(time);
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
    taker: Taker,
}

impl Reader {
    /// Starts a file; events outside the window are counted but not given out.
    ///
    /// With the name of a principal, so are records that cannot concern it: those whose text does not hold the name and
    /// whose caller is plainly told. Damage inside of such a record's parameters is not looked for.
    pub fn new(window: Window, naming: Option<&str>) -> Self {
        Self {
            scanner: Scanner::default(),
            taker: Taker {
                window,
                needle: naming.map(Needle::new),
                others: Others::new(window),
                tally: Tally::default(),
            },
        }
    }

    /// Names operations whose records are given out whoever made the call.
    #[must_use]
    pub fn with_operations(mut self, names: &[String]) -> Self {
        let needle = self.taker.needle.take();
        self.taker.needle = needle.map(|needle| needle.and_operations(names));
        self
    }

    /// Reads `bytes` and returns how many of them are done with; the rest has to come again, with more behind it.
    pub fn advance(&mut self, bytes: &[u8], end: End, receive: &mut dyn FnMut(Found)) -> usize {
        let Self { scanner, taker } = self;
        scanner.advance(bytes, end, &mut |item| taker.take(item, receive))
    }

    /// Gives up on the record that the bytes in hand start with, since it is larger than the caller wants to hold.
    pub fn skip_oversized(&mut self, limit_bytes: usize, receive: &mut dyn FnMut(Found)) {
        let Self { scanner, taker } = self;
        scanner.skip_oversized(limit_bytes, &mut |item| taker.take(item, receive));
    }

    /// Ends the file with its counts.
    pub fn finish(self) -> Tally {
        let Taker {
            mut tally, others, ..
        } = self.taker;
        let (calls, first, last) = others.finish();
        tally.others = calls;
        tally.at(first);
        tally.at(last);
        tally
    }
}

/// Turns what the scanner finds into events and counts.
#[derive(Debug, Default)]
struct Taker {
    window: Window,
    needle: Option<Needle>,
    others: Others,
    tally: Tally,
}

impl Taker {
    fn take(&mut self, item: Item<'_>, receive: &mut dyn FnMut(Found)) -> Verdict {
        match item {
            Item::Record(text, head, place) => {
                self.tally.records += 1;
                if head.is_some_and(|head| self.pass_over(text, &head)) {
                    return Verdict::Sound;
                }
                return self.record(text, place, receive);
            }
            Item::Digest => self.tally.digests += 1,
            Item::Gap(gap) => {
                self.tally.gaps += 1;
                receive(Found::Gap(gap));
            }
        }
        Verdict::Sound
    }

    /// Counts a record that cannot concern the principal asked for; false if it has to be read.
    fn pass_over(&mut self, text: &[u8], head: &Head<'_>) -> bool {
        let Some(needle) = &self.needle else {
            return false;
        };
        if needle.may_be_in(text) {
            return false;
        }
        let Some(glimpse) = needle.look(head) else {
            return false;
        };
        match self.others.count(glimpse, text) {
            Counted::Inside => self.tally.passed_over += 1,
            Counted::OutsideWindow => self.tally.outside_window += 1,
            Counted::No => return false,
        }
        true
    }

    fn record(&mut self, text: &[u8], place: Place<'_>, receive: &mut dyn FnMut(Found)) -> Verdict {
        match record::read(text) {
            Ok(reading) => {
                if let Some(oddity) = &reading.oddity {
                    self.tally.gaps += 1;
                    receive(Found::Gap(place.gap(oddity)));
                }
                self.give_out(reading.event, receive);
                Verdict::Sound
            }
            Err(problem) => {
                self.tally.unreadable += 1;
                self.tally.gaps += 1;
                receive(Found::Gap(place.gap(&problem)));
                if problem.is_broken {
                    Verdict::Broken
                } else {
                    Verdict::Sound
                }
            }
        }
    }

    fn give_out(&mut self, event: Event, receive: &mut dyn FnMut(Found)) {
        // An event without a readable time cannot be told to lie outside, and without it a call that was made could be
        // denied.
        if event.time.is_none_or(|time| self.window.contains(time)) {
            self.tally.at(event.time);
            self.tally.see(&event);
            receive(Found::Event(Box::new(event)));
        } else {
            self.tally.outside_window += 1;
        }
    }
}
