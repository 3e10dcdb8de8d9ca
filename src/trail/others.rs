//! Counts the calls of principals that were not asked for.
//!
//! That anyone's calls of a kind are in a trail tells whether the trail could have shown them for the role in question.
//! Millions of records come down to some hundred operations, so they are counted under the very text that names the
//! operation, and that text is read once.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::civil::Date;
use memchr::memmem;

use super::fields::{Fields, text};
use super::glimpse::{Glimpse, TIME_BYTES};
use super::place;
use crate::time::{Timestamp, Window};

/// A kind of call that principals not asked for made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherCall {
    /// The day, in UTC.
    pub day: Date,
    /// `eventSource`.
    pub source: String,
    /// `eventName`.
    pub name: String,
    /// `awsRegion`.
    pub region: String,
    /// `recipientAccountId`, taken from the first such record of the file.
    pub account: Option<String>,
    /// What a data event was about, see [`Event::data_place`](super::Event::data_place).
    pub place: Option<String>,
}

/// The text of a moment, with its first quote.
type Moment = [u8; TIME_BYTES];

/// The calls of one file.
#[derive(Debug, Default)]
pub(super) struct Others {
    since: Option<Moment>,
    until: Option<Moment>,
    span: Option<(Moment, Moment)>,
    /// By the operation's text, for the day of `day`.
    counts: IndexMap<Box<[u8]>, (OtherCall, u64), foldhash::fast::RandomState>,
    day: [u8; DAY_BYTES],
    totals: BTreeMap<OtherCall, u64>,
    key: Vec<u8>,
}

/// A quote and `2026-06-01`.
pub(super) const DAY_BYTES: usize = 11;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Inside,
    OutsideWindow,
    /// It was not counted, because it has to be read in full.
    No,
}

impl Others {
    pub(super) fn new(window: Window) -> Self {
        Self {
            since: window.since.map(whole_second),
            until: window.until.map(whole_second),
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, glimpse: Glimpse<'_>, record: &[u8]) -> Counted {
        let time = *glimpse.time;
        let is_outside = self.since.is_some_and(|since| time < since)
            || self.until.is_some_and(|until| time >= until);
        if is_outside {
            return Counted::OutsideWindow;
        }
        if !self.add(glimpse, record) {
            return Counted::No;
        }
        self.span = Some(match self.span {
            None => (time, time),
            Some((first, last)) => (first.min(time), last.max(time)),
        });
        Counted::Inside
    }

    fn add(&mut self, glimpse: Glimpse<'_>, record: &[u8]) -> bool {
        if !glimpse.time.starts_with(&self.day) {
            self.end_day();
            if let Some(day) = glimpse.time.first_chunk() {
                self.day = *day;
            }
        }
        self.key.clear();
        glimpse
            .operation
            .iter()
            .for_each(|part| self.key.extend_from_slice(part));
        let place = place::of_text(glimpse.operation.first().copied(), record);
        self.key.extend_from_slice(place.unwrap_or_default());
        if let Some((_, count)) = self.counts.get_mut(self.key.as_slice()) {
            *count += 1;
            return true;
        }
        let Some(call) = other_call(glimpse, place, record) else {
            return false;
        };
        self.counts
            .insert(self.key.clone().into_boxed_slice(), (call, 1));
        true
    }

    fn end_day(&mut self) {
        for (_, (call, count)) in self.counts.drain(..) {
            *self.totals.entry(call).or_default() += count;
        }
    }

    /// Ends the file: the calls, and the first and last moment.
    pub(super) fn finish(
        mut self,
    ) -> (
        BTreeMap<OtherCall, u64>,
        Option<Timestamp>,
        Option<Timestamp>,
    ) {
        self.end_day();
        let (first, last) = self.span.unzip();
        (self.totals, first.and_then(moment), last.and_then(moment))
    }
}

/// The JSON of `recipientAccountId`, which CloudTrail writes among the last members; a walk from the start takes far longer.
fn account_near_end(record: &[u8]) -> Option<&[u8]> {
    const MEMBER: &[u8] = b"\"recipientAccountId\":";
    const NEAR_BYTES: usize = 600;
    const JSON_BYTES: usize = 14;
    let start = record.len().saturating_sub(NEAR_BYTES);
    let end = record.get(start..)?;
    let at = memmem::rfind(end, MEMBER)? + MEMBER.len();
    let json = end.get(at..at + JSON_BYTES)?;
    let digits = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    digits.iter().all(u8::is_ascii_digit).then_some(json)
}

/// Reads what a glimpse shows; `None` if anything about it is odd.
fn other_call(glimpse: Glimpse<'_>, place: Option<&[u8]>, record: &[u8]) -> Option<OtherCall> {
    let [source, name, region] = glimpse.operation;
    let read = |raw, path| Some(text(raw, path).ok()??.into_owned());
    let is_filled = |part: &String| !part.is_empty();
    let from_start = || {
        let [account] = Fields::of(record, ["recipientAccountId"]).ok()?.values;
        Some(account)
    };
    let account = account_near_end(record).or_else(from_start)?;
    let source = read(source, "eventSource").filter(is_filled)?;
    let region = read(region, "awsRegion")?;
    let place = place.and_then(|text| std::str::from_utf8(text).ok());
    Some(OtherCall {
        place: place.and_then(|text| place::written(&source, &region, text)),
        day: crate::time::day_of(moment(*glimpse.time)?),
        source,
        name: read(name, "eventName").filter(is_filled)?,
        region,
        account: text(account, "recipientAccountId")
            .ok()?
            .map(std::borrow::Cow::into_owned),
    })
}

pub(super) fn moment(text: Moment) -> Option<Timestamp> {
    std::str::from_utf8(text.get(1..)?).ok()?.parse().ok()
}

/// The text of the first whole second that is not before `moment`. Records have whole seconds.
fn whole_second(moment: Timestamp) -> Moment {
    let second = moment.as_second() + i64::from(moment.subsec_nanosecond() > 0);
    let whole = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    let mut text = [b'9'; TIME_BYTES];
    let shown = format!("\"{whole}");
    text.iter_mut()
        .zip(shown.bytes())
        .for_each(|(to, from)| *to = from);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_compare_as_texts() {
        let since = "2026-06-01T00:00:00.5Z".parse().unwrap();
        assert_eq!(&whole_second(since), b"\"2026-06-01T00:00:01Z");
        let whole = "2026-06-01T00:00:00Z".parse().unwrap();
        assert_eq!(&whole_second(whole), b"\"2026-06-01T00:00:00Z");
        assert_eq!(moment(whole_second(whole)), Some(whole));
    }
}
