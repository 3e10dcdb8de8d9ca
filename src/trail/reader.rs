//! Reads one file's bytes into events, and keeps count of all that was there.
//!
//! Every record is accounted for: it became an event, was another principal's and is counted by what it called, lay outside
//! the window, or could not be read and is a located gap.

use std::fmt;

use super::envelope::{End, Item, Place, Scanner, Verdict};
use super::glimpse::{Needle, TIME_BYTES, is_time};
use super::head::Head;
use super::others::{Counted, DAY_BYTES, OtherCalls, Others, moment};
use super::parts::Parts;
use super::{Event, EventKind, Gap, InputId, Problem, record};
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
    pub others: OtherCalls,
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
        self.others.add(other.others);
    }

    /// Adds calls of others that were counted apart.
    pub fn add_others(&mut self, others: OtherCalls) {
        self.others.add(others);
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

/// Takes records inside the window unread, by their parts and their time; says of each whether it did.
pub type Take<'t> = dyn Fn(&Parts<'_>, Timestamp) -> bool + 't;

/// Reads one file, in one piece or in many.
#[derive(Debug, Default)]
pub struct Reader<'t> {
    scanner: Scanner,
    taker: Taker<'t>,
}

impl<'t> Reader<'t> {
    /// Starts a file; events outside the window are counted but not given out.
    ///
    /// With the name of a principal, so are records that cannot concern it: those whose text does not hold the name and
    /// whose caller is plainly told. Damage inside of such a record's parameters is not looked for.
    pub fn new(window: Window, naming: Option<&str>) -> Self {
        let needle = naming.map(Needle::new);
        Self {
            scanner: Scanner::seeking(needle.as_ref().and_then(Needle::sought)),
            taker: Taker {
                window,
                needle,
                others: Others::new(window),
                clock: Clock::default(),
                unread: Unread(None),
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

    /// Offers records to `take` before they are read; what it takes counts as an event.
    #[must_use]
    pub fn offering(mut self, take: &'t Take<'t>) -> Self {
        self.taker.unread = Unread(Some(take));
        self
    }

    /// Goes on counting where another file ended, so that what all files have in common is kept once.
    #[must_use]
    pub fn counting_on(mut self, others: OtherCalls) -> Self {
        self.taker.others.calls = others;
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
        let (first, last) = others.span();
        tally.others = others.calls;
        tally.at(first);
        tally.at(last);
        tally
    }
}

/// Turns what the scanner finds into events and counts.
#[derive(Debug, Default)]
struct Taker<'t> {
    window: Window,
    needle: Option<Needle>,
    others: Others,
    clock: Clock,
    unread: Unread<'t>,
    tally: Tally,
}

/// Who takes records unread, if anyone does.
#[derive(Default)]
struct Unread<'t>(Option<&'t Take<'t>>);

impl fmt::Debug for Unread<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Unread")
            .field(&self.0.is_some())
            .finish()
    }
}

/// Reads moments; those of one day by their time alone.
#[derive(Debug, Default)]
struct Clock {
    day: [u8; DAY_BYTES],
    midnight: i64,
}

impl Clock {
    /// Reads a moment as CloudTrail writes it; `None` if it is written in another way.
    fn read(&mut self, json: &[u8]) -> Option<Timestamp> {
        let text = json.first_chunk::<TIME_BYTES>()?;
        if !is_time(text) || json.len() != TIME_BYTES + 1 {
            return None;
        }
        let (day, time) = text.split_at_checked(DAY_BYTES)?;
        let [_, b'0'..=b'2', _, _, b'0'..=b'5', _, _, b'0'..=b'5', _, _] = time else {
            return None;
        };
        if day != self.day {
            let mut midnight = *text;
            let zero = midnight.get_mut(DAY_BYTES..)?;
            zero.copy_from_slice(b"T00:00:00Z");
            self.midnight = moment(midnight)?.as_second();
            self.day = *text.first_chunk()?;
        }
        let digit = |at: usize| time.get(at).map_or(0, |byte| i64::from(byte - b'0'));
        let two = |at: usize| digit(at) * 10 + digit(at + 1);
        if two(1) > 23 {
            return None;
        }
        Timestamp::from_second(self.midnight + two(1) * 3600 + two(4) * 60 + two(7)).ok()
    }
}

impl Taker<'_> {
    fn take(&mut self, item: Item<'_>, receive: &mut dyn FnMut(Found)) -> Verdict {
        match item {
            Item::Record(text, head, place) => {
                self.tally.records += 1;
                if head.is_some_and(|head| self.pass_over(text, &head)) {
                    return Verdict::Sound;
                }
                let parts = head.map_or_else(|| Parts::of(text), |head| Parts::behind(&head));
                return self.record(parts, place, receive);
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
        if needle.may_be_in(text, head) {
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

    fn record(
        &mut self,
        parts: Result<Parts<'_>, Problem>,
        place: Place<'_>,
        receive: &mut dyn FnMut(Found),
    ) -> Verdict {
        let parts = match parts {
            Ok(parts) if self.is_taken(&parts) => return Verdict::Sound,
            parts => parts,
        };
        match parts.and_then(|parts| record::read_parts(&parts)) {
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

    /// Offers a record unread.
    fn is_taken(&mut self, parts: &Parts<'_>) -> bool {
        let Unread(Some(take)) = self.unread else {
            return false;
        };
        let Some(time) = self.clock.read(parts.time) else {
            return false;
        };
        if !self.window.contains(time) {
            self.tally.outside_window += 1;
            return true;
        }
        if !take(parts, time) {
            return false;
        }
        self.tally.at(Some(time));
        self.tally.events += 1;
        self.tally.insights += u64::from(parts.kind.ends_with(b"Insight\""));
        true
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
