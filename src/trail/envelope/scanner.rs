//! Walks through one file's bytes, piece by piece, and gives out what it finds.
//!
//! After damage the walk goes on where a record surely starts: at a line that starts with a bracket, or, inside an array,
//! at the key that CloudTrail writes first. Text inside of a string cannot look like that, since its quotes are escaped.

use memchr::{memchr_iter, memmem};

use super::{End, Head, Item, Place, Receive, Verdict, sniff, wrapped};
use crate::trail::fields::Problem;
use crate::trail::head::RECORD_START;
use crate::trail::skip::{Outline, Pair, Skipper, split_value, trim};

/// Walks through one file's bytes.
#[derive(Debug, Default)]
pub struct Scanner {
    state: State,
    /// Newlines before the bytes that were counted last.
    lines: usize,
    outline: Outline,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    Start,
    /// Between the values of the top level.
    Between,
    /// In what cannot be read, up to where a record may start: in an array, or between lines.
    Lost(Option<Array>),
    /// In an array of records.
    Array(Array),
    /// Behind the array of records, in its object.
    Tail(Skipper),
    /// In a value too large to be looked at, and the array that it is in.
    Oversized(Skipper, Option<Array>),
}

#[derive(Clone, Copy, Debug)]
struct Array {
    /// The member that holds it, empty if the array is the whole value.
    member: &'static str,
    index: usize,
    line: usize,
}

impl Array {
    fn place(&self) -> Place<'static> {
        Place::element(self.line, self.member, self.index)
    }

    fn next(self) -> Self {
        Self {
            index: self.index + 1,
            ..self
        }
    }
}

/// How far one step came: `None` if it needs more bytes.
type Step = Option<usize>;

impl Scanner {
    /// A scanner that looks for a name in the records that it finds.
    pub(crate) fn seeking(sought: Option<Pair>) -> Self {
        Self {
            outline: Outline::seeking(sought),
            ..Self::default()
        }
    }

    /// Scans `bytes` and returns how many of them are done with; the rest has to come again, with more behind it.
    pub fn advance(&mut self, bytes: &[u8], end: End, receive: &mut Receive<'_>) -> usize {
        let mut at = 0;
        let mut counted = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if matches!(self.state, State::Between) && !trim(rest).is_empty() {
                self.lines += newlines(bytes.get(counted..at).unwrap_or_default());
                counted = at;
            }
            match self.step(rest, end, receive) {
                Some(length) if length > 0 => at += length,
                _ => break,
            }
        }
        if end == End::No {
            self.lines += newlines(bytes.get(counted..at).unwrap_or_default());
        }
        at
    }

    /// Gives up on the value that the bytes in hand start with, since it is larger than the caller wants to hold.
    pub fn skip_oversized(&mut self, limit_bytes: usize, receive: &mut Receive<'_>) {
        let (place, array) = match &self.state {
            State::Array(array) => (array.place(), Some(*array)),
            _ => (Place::root(self.lines + 1), None),
        };
        report(
            place,
            &format!("at most {limit_bytes} bytes"),
            "a larger value",
            receive,
        );
        self.state = State::Oversized(Skipper::default(), array);
    }

    fn step(&mut self, rest: &[u8], end: End, receive: &mut Receive<'_>) -> Step {
        match self.state.clone() {
            State::Start => self.start(rest, end, receive),
            State::Between => self.between(rest, end, receive),
            State::Lost(array) => self.lost(array, rest, end, receive),
            State::Array(array) => self.array(array, rest, end, receive),
            State::Tail(skipper) => Some(self.tail(skipper, rest, end, receive)),
            State::Oversized(skipper, array) => Some(self.oversized(skipper, array, rest)),
        }
    }

    /// Drops the byte order mark, and refuses an empty file.
    fn start(&mut self, rest: &[u8], end: End, receive: &mut Receive<'_>) -> Step {
        if rest.len() < sniff::ENOUGH_BYTES && end == End::No {
            return None;
        }
        self.state = State::Between;
        let text = rest.strip_prefix(sniff::BYTE_ORDER_MARK).unwrap_or(rest);
        if trim(text).is_empty() && end == End::Yes {
            report(
                Place::root(0),
                "CloudTrail records",
                "an empty file",
                receive,
            );
        }
        match rest.len() - text.len() {
            0 => self.between(rest, end, receive),
            mark => Some(mark),
        }
    }

    fn between(&mut self, rest: &[u8], end: End, receive: &mut Receive<'_>) -> Step {
        let value = trim(rest);
        let space = rest.len() - value.len();
        if space > 0 {
            return Some(space);
        }
        if value.len() < sniff::ENOUGH_BYTES && end == End::No {
            return None;
        }
        let line = self.lines + 1;
        if !matches!(value.first()?, b'{' | b'[') {
            report(Place::root(line), "JSON", &sniff::describe(value), receive);
            self.state = State::Lost(None);
            return Some(1);
        }
        if let Some((member, length)) = wrapped::array_start(value) {
            let line = if line > 1 { line } else { 0 };
            self.state = State::Array(Array {
                member,
                index: 0,
                line,
            });
            return Some(length);
        }
        match split_value(value) {
            Some((unit, _)) => {
                let verdict = wrapped::give_out(unit, Place::root(line), receive);
                let next_line = || next_line_start(unit);
                Some(resume(verdict, next_line).unwrap_or(unit.len()))
            }
            None if end == End::No => None,
            None => {
                cut_off(Place::root(line), end, receive);
                self.state = State::Lost(None);
                Some(1)
            }
        }
    }

    /// Passes over what cannot be read.
    fn lost(
        &mut self,
        array: Option<Array>,
        rest: &[u8],
        end: End,
        receive: &mut Receive<'_>,
    ) -> Step {
        let found = match array {
            Some(_) => memmem::find(rest, RECORD_START),
            None => next_line_start(rest),
        };
        if let Some(next) = found {
            self.state = array.map_or(State::Between, State::Array);
            return if next > 0 {
                Some(next)
            } else {
                self.step(rest, end, receive)
            };
        }
        match end {
            // The start of what is searched for may be the last of these bytes.
            End::No => rest
                .len()
                .checked_sub(RECORD_START.len())
                .filter(|length| *length > 0),
            _ => Some(rest.len()),
        }
    }

    fn array(&mut self, array: Array, rest: &[u8], end: End, receive: &mut Receive<'_>) -> Step {
        let value = trim(rest);
        let space = rest.len() - value.len();
        if space > 0 {
            return Some(space);
        }
        match value.first() {
            None if end == End::No => return None,
            None => {
                cut_off(array.place(), end, receive);
                self.state = State::Between;
                return None;
            }
            Some(b']') => {
                self.state = match array.member {
                    "" => State::Between,
                    _ => State::Tail(Skipper::inside_object()),
                };
                return Some(1);
            }
            // Where commas stand is of no importance: elements are told apart by their own brackets.
            Some(b',') => return Some(1),
            Some(_) => {}
        }
        let drawn = self.outline.draw(value);
        let found = match drawn {
            Some(end) => value.split_at_checked(end),
            // Too large for an outline, no object, or cut.
            None => split_value(value),
        };
        let Some((element, after)) = found else {
            return self.unended(array, value, end, receive);
        };
        if after.is_empty() && end == End::No {
            return None;
        }
        let head = drawn.and_then(|_| Head::of(element, &self.outline));
        let verdict = match head {
            Some(_) => receive(Item::Record(element, head, array.place())),
            None => wrapped::give_out(element, array.place(), receive),
        };
        self.state = State::Array(array.next());
        let next_record = || memmem::find(element.get(1..)?, RECORD_START).map(|at| at + 1);
        // The comma goes along, or it would cost a step of its own.
        let length = element.len() + usize::from(after.starts_with(b","));
        Some(resume(verdict, next_record).unwrap_or(length))
    }

    /// An element whose end is not in sight, or that is no value at all.
    fn unended(&mut self, array: Array, value: &[u8], end: End, receive: &mut Receive<'_>) -> Step {
        if matches!(value.first(), Some(b'{' | b'[' | b'"')) {
            if end == End::No {
                return None;
            }
            cut_off(array.place(), end, receive);
        } else {
            let found = sniff::describe(value);
            report(
                array.place(),
                "a record or the array's end",
                &found,
                receive,
            );
        }
        self.state = State::Lost(Some(array.next()));
        Some(1)
    }

    fn tail(
        &mut self,
        mut skipper: Skipper,
        rest: &[u8],
        end: End,
        receive: &mut Receive<'_>,
    ) -> usize {
        self.state = State::Between;
        if let Some(length) = skipper.advance(rest) {
            return length;
        }
        if end == End::No {
            self.state = State::Tail(skipper);
        } else {
            cut_off(Place::root(0), end, receive);
        }
        rest.len()
    }

    fn oversized(&mut self, mut skipper: Skipper, array: Option<Array>, rest: &[u8]) -> usize {
        if let Some(length) = skipper.advance(rest) {
            self.state = array.map_or(State::Between, |array| State::Array(array.next()));
            return length;
        }
        self.state = State::Oversized(skipper, array);
        rest.len()
    }
}

fn report(place: Place<'_>, wanted: &str, found: &str, receive: &mut Receive<'_>) {
    receive(Item::Gap(place.gap(&Problem::at("", wanted, found))));
}

fn cut_off(place: Place<'_>, end: End, receive: &mut Receive<'_>) {
    if end == End::Yes {
        receive(Item::Gap(place.gap(&wrapped::cut())));
    }
}

/// Where to go on inside of a broken value, which may have swallowed what follows it.
fn resume(verdict: Verdict, next: impl FnOnce() -> Option<usize>) -> Option<usize> {
    match verdict {
        Verdict::Sound => None,
        Verdict::Broken => next(),
    }
}

fn newlines(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}

/// Where the next line starts that may start a value.
fn next_line_start(bytes: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', bytes)
        .map(|newline| newline + 1)
        .find(|next| matches!(bytes.get(*next), Some(b'{' | b'[')))
}
