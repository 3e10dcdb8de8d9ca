//! Counts the calls of principals that were not asked for.
//!
//! That anyone's calls of a kind are in a trail tells whether the trail could have shown them for the role in question.
//! Millions of records come down to some hundred operations, so they are counted under the very text that names the
//! operation, and that text is read once.

use std::sync::LazyLock;

use indexmap::{IndexMap, IndexSet};
use jiff::civil::Date;
use memchr::memmem::Finder;
use memchr::memrchr;

use super::fields::{Fields, text};
use super::glimpse::{Glimpse, TIME_BYTES};
use super::place;
use super::seeded::{Digest, Seeds};
use super::skip::split_value;
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
    /// `recipientAccountId`.
    pub account: Option<String>,
    /// What a data event was about, see [`Event::data_place`](super::Event::data_place).
    pub place: Option<String>,
}

/// The text of a moment, with its first quote.
type Moment = [u8; TIME_BYTES];

/// Calls that were counted, each kind under the text that names it.
#[derive(Clone, Debug, Default)]
pub struct OtherCalls {
    counts: IndexMap<Box<[u8]>, u64, foldhash::fast::RandomState>,
    memory: Memory,
}

/// Where kinds of calls are counted, by digests of what tells them: a digest is made and looked up faster than the text.
#[derive(Clone, Debug, Default)]
struct Memory {
    seeds: Seeds,
    /// The day, account and region of the calls counted last, which most calls of one file have in common, and their number.
    around: (Vec<u8>, u32),
    all_around: IndexSet<Box<[u8]>, foldhash::fast::RandomState>,
    places: IndexMap<Digest, u32, foldhash::fast::RandomState>,
}

impl PartialEq for OtherCalls {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

impl Eq for OtherCalls {}

impl Memory {
    /// Digests a kind of call.
    fn digest(&mut self, glimpse: &Glimpse<'_>, account: &[u8], place: &[u8]) -> Digest {
        let [.., region] = glimpse.operation;
        let day = glimpse.time.first_chunk::<DAY_BYTES>();
        let parts = [day.map_or(&[][..], |day| day), region, account];
        let around = self.number(parts);
        let mut digesting = self.seeds.start();
        digesting.number(around.into());
        digesting.text(glimpse.called);
        digesting.text(place);
        digesting.finish()
    }

    /// The number of what calls have in common. Each part ends with a quote or stands for nothing, so they cannot run together.
    fn number(&mut self, parts: [&[u8]; 3]) -> u32 {
        let (known, number) = &mut self.around;
        let rest = parts
            .iter()
            .try_fold(known.as_slice(), |rest, part| rest.strip_prefix(*part));
        if rest != Some(&[]) || known.is_empty() {
            *known = parts.concat();
            let (at, _) = self.all_around.insert_full(known.as_slice().into());
            *number = u32::try_from(at).unwrap_or(u32::MAX);
        }
        *number
    }
}

impl OtherCalls {
    /// Lists the kinds of calls with their counts, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (OtherCall, u64)> {
        let all = self.counts.iter();
        all.filter_map(|(key, count)| Some((call_of(key)?, *count)))
    }

    /// Says whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds the counts of another part of the input.
    pub(super) fn add(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
    }
}

/// Counts the calls of one file, or of many.
#[derive(Debug, Default)]
pub(super) struct Others {
    since: Option<Moment>,
    until: Option<Moment>,
    span: Option<(Moment, Moment)>,
    pub(super) calls: OtherCalls,
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
        let Some(account) = account(record) else {
            return false;
        };
        let [source, ..] = glimpse.operation;
        let place = place::of_text(Some(source), glimpse.tail).unwrap_or_default();
        let OtherCalls { counts, memory } = &mut self.calls;
        let digest = memory.digest(&glimpse, account, place);
        let known = memory.places.get(&digest);
        if let Some((_, count)) = known.and_then(|at| counts.get_index_mut(*at as usize)) {
            *count += 1;
            return true;
        }
        self.key.clear();
        let day = glimpse.time.first_chunk::<DAY_BYTES>();
        self.key.extend(day.into_iter().flatten());
        for part in glimpse.operation.into_iter().chain([account, place]) {
            self.key.extend_from_slice(part);
        }
        let at = match counts.get_index_of(self.key.as_slice()) {
            Some(at) => at,
            None if moment(*glimpse.time).is_none() || call_of(&self.key).is_none() => {
                return false;
            }
            None => counts.insert_full(self.key.as_slice().into(), 0).0,
        };
        if let Some((_, count)) = counts.get_index_mut(at) {
            *count += 1;
        }
        if let Ok(at) = u32::try_from(at) {
            memory.places.insert(digest, at);
        }
        true
    }

    /// Ends the file: the first and last moment.
    pub(super) fn span(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let (first, last) = self.span.unzip();
        (first.and_then(moment), last.and_then(moment))
    }
}

/// The JSON of `recipientAccountId`; `None` if it is neither a plain text nor absent.
fn account(record: &[u8]) -> Option<&[u8]> {
    account_at_end(record)
        .or_else(|| account_near_end(record))
        .or_else(|| {
            let [account] = Fields::of(record, ["recipientAccountId"]).ok()?.values;
            match account {
                b"" => Some(&b"null"[..]),
                [b'"', ..] if !account.contains(&b'\\') => Some(account),
                b"null" => Some(account),
                _ => None,
            }
        })
}

/// How records end that CloudTrail writes now: the account, the category, and the connection where one was made.
fn account_at_end(record: &[u8]) -> Option<&[u8]> {
    const JSON_BYTES: usize = 14;
    let members = record.strip_suffix(b"}")?;
    // The connection is an object without another one in it, or its start would not be the last.
    let before = match members.strip_suffix(b"}") {
        Some(inside) => {
            let start = memrchr(b'{', inside)?;
            inside.get(..start)?.strip_suffix(b",\"tlsDetails\":")?
        }
        None => members,
    };
    let before = [b"Management".as_slice(), b"Data"]
        .into_iter()
        .find_map(|category| {
            let before = before.strip_suffix(b"\"")?.strip_suffix(category)?;
            before.strip_suffix(b",\"eventCategory\":\"")
        })?;
    let (before, json) = before.split_at_checked(before.len().checked_sub(JSON_BYTES)?)?;
    let digits = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_one = before.ends_with(ACCOUNT_MEMBER) && digits.iter().all(u8::is_ascii_digit);
    is_one.then_some(json)
}

static ACCOUNT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ACCOUNT_MEMBER));
const ACCOUNT_MEMBER: &[u8] = b"\"recipientAccountId\":";

/// CloudTrail writes the account among the last members; a walk from the start takes far longer.
fn account_near_end(record: &[u8]) -> Option<&[u8]> {
    /// How far it is searched for; the last one counts, so one that is near needs no further search.
    const NEAR_BYTES: [usize; 2] = [288, 600];
    const JSON_BYTES: usize = 14;
    let json = NEAR_BYTES.iter().find_map(|near| {
        let end = record.get(record.len().saturating_sub(*near)..)?;
        let at = ACCOUNT.find_iter(end).last()? + ACCOUNT_MEMBER.len();
        end.get(at..at + JSON_BYTES)
    })?;
    let digits = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    digits.iter().all(u8::is_ascii_digit).then_some(json)
}

/// Reads what a kind of calls is counted under; `None` if anything about it is odd.
fn call_of(key: &[u8]) -> Option<OtherCall> {
    let (day, rest) = key.split_at_checked(DAY_BYTES)?;
    let day = std::str::from_utf8(day.get(1..)?).ok()?.parse().ok()?;
    let (source, rest) = split_value(rest)?;
    let (name, rest) = split_value(rest)?;
    let (region, rest) = split_value(rest)?;
    let (account, place) = match rest.strip_prefix(b"null") {
        Some(place) => (&b""[..], place),
        None => split_value(rest)?,
    };
    let read = |raw, path| Some(text(raw, path).ok()??.into_owned());
    let is_filled = |part: &String| !part.is_empty();
    let source = read(source, "eventSource").filter(is_filled)?;
    let region = read(region, "awsRegion")?;
    let place = std::str::from_utf8(place).ok();
    let place = place.filter(|place| !place.is_empty());
    Some(OtherCall {
        day,
        place: place.and_then(|text| place::written(&source, &region, text)),
        name: read(name, "eventName").filter(is_filled)?,
        account: match account {
            b"" => None,
            _ => Some(read(account, "recipientAccountId")?),
        },
        source,
        region,
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
    fn an_account_is_told_by_the_records_end() {
        let start =
            r#"{"a":{"recipientAccountId":"999999999999"},"recipientAccountId":"111122223333""#;
        let tls = r#","tlsDetails":{"tlsVersion":"TLSv1.3","x":"}"}"#;
        let (management, data) = (
            r#","eventCategory":"Management""#,
            r#","eventCategory":"Data""#,
        );
        let told = Some(&b"\"111122223333\""[..]);
        for end in [
            management.to_owned(),
            data.to_owned(),
            format!("{management}{tls}"),
        ] {
            let record = format!("{start}{end}}}");
            assert_eq!(account_at_end(record.as_bytes()), told, "{record}");
            assert_eq!(account(record.as_bytes()), told, "{record}");
        }
        for end in [
            r#","vpcEndpointId":"x","eventCategory":"Data""#.to_owned(),
            format!(r#"{management},"tlsDetails":{{"a":{{}}}}"#),
            format!(r#"{management},"tlsDetails":{{"a":"{{"}}"#),
            tls.to_owned(),
        ] {
            let record = format!("{start}{end}}}");
            assert_eq!(account_at_end(record.as_bytes()), None, "{record}");
            assert_eq!(account(record.as_bytes()), told, "{record}");
        }
        let nested = br#"{"recipientAccountId":"111122223333","requestParameters":{"recipientAccountId":"999999999999","eventCategory":"Data"}}"#;
        assert_eq!(account_at_end(nested), None);
    }

    #[test]
    fn a_kind_of_call_is_known_again() {
        let record = |day: &str, region: &str, account: &str, name: &str, bucket: &str| {
            format!(
                r#"{{"eventVersion":"1.11","userIdentity":{{"type":"Root"}},"eventTime":"{day}T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"{name}","awsRegion":"{region}","requestParameters":{{"bucketName":"{bucket}"}},"recipientAccountId":"{account}","eventCategory":"Data"}}"#
            )
        };
        let (one, two) = ("111122223333", "222233334444");
        let all = [
            record("2026-06-01", "eu-west-1", one, "GetObject", "a"),
            record("2026-06-02", "eu-west-1", one, "GetObject", "a"),
            record("2026-06-01", "eu-west-2", one, "GetObject", "a"),
            record("2026-06-01", "eu-west-1", two, "GetObject", "a"),
            record("2026-06-01", "eu-west-1", one, "PutObject", "a"),
            record("2026-06-01", "eu-west-1", one, "GetObject", "b"),
        ];
        let needle = crate::trail::glimpse::Needle::new("nobody");
        let mut others = Others::new(Window::default());
        let mut outline = crate::trail::skip::Outline::default();
        for _ in 0..3 {
            for text in &all {
                outline.draw(text.as_bytes()).unwrap();
                let head = crate::trail::head::Head::of(text.as_bytes(), &outline).unwrap();
                let glimpse = needle.look(&head).unwrap();
                assert_eq!(others.count(glimpse, text.as_bytes()), Counted::Inside);
            }
        }
        let counts: Vec<u64> = others.calls.iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [3; 6]);
        // What was counted elsewhere is counted on.
        let mut sum = others.calls.clone();
        sum.add(others.calls.clone());
        others.calls = sum;
        outline.draw(all[0].as_bytes()).unwrap();
        let head = crate::trail::head::Head::of(all[0].as_bytes(), &outline).unwrap();
        others.count(needle.look(&head).unwrap(), all[0].as_bytes());
        let counts: Vec<u64> = others.calls.iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [7, 6, 6, 6, 6, 6]);
    }

    #[test]
    fn moments_compare_as_texts() {
        let since = "2026-06-01T00:00:00.5Z".parse().unwrap();
        assert_eq!(&whole_second(since), b"\"2026-06-01T00:00:01Z");
        let whole = "2026-06-01T00:00:00Z".parse().unwrap();
        assert_eq!(&whole_second(whole), b"\"2026-06-01T00:00:00Z");
        assert_eq!(moment(whole_second(whole)), Some(whole));
    }
}
