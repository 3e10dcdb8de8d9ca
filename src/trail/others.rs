//! Counts the calls of principals that were not asked for.
//!
//! That anyone's calls of a kind are in a trail tells whether the trail could have shown them for the role in question.
//! Millions of records come down to some hundred operations, so they are counted under the very text that names the
//! operation, and that text is read once.

mod calls;

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::memrchr;

use super::fields::Fields;
use super::glimpse::{Glimpse, TIME_BYTES};
use super::place;
use crate::time::{Timestamp, Window};
use calls::Told;
pub use calls::{OtherCall, OtherCalls};

/// The text of a moment, with its first quote.
type Moment = [u8; TIME_BYTES];

/// Counts the calls of one file, or of many.
#[derive(Debug, Default)]
pub(super) struct Others {
    since: Option<Moment>,
    until: Option<Moment>,
    span: Option<(Moment, Moment)>,
    pub(super) calls: OtherCalls,
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
        let ([source, _, region], time) = (glimpse.operation, glimpse.time);
        let day = time.first_chunk::<DAY_BYTES>();
        let told = Told {
            around: [day.map_or(&[], |day| day), region, account],
            called: glimpse.called,
            place: place::of_text(Some(source), glimpse.tail).unwrap_or_default(),
        };
        is_of_clock(time) && self.calls.count(&told)
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

/// Says whether a clock shows such a time; whether there is such a day is seen where it is read.
fn is_of_clock(text: &Moment) -> bool {
    let (_, time) = text.split_at(DAY_BYTES);
    matches!(
        time,
        [_, b'0' | b'1', _, _, b'0'..=b'5', _, _, b'0'..=b'5', ..]
            | [_, b'2', b'0'..=b'3', _, b'0'..=b'5', _, _, b'0'..=b'5', ..]
    )
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
        let counts = |calls: &OtherCalls| -> Vec<u64> {
            let listing = calls.listing();
            listing.iter().map(|(_, count)| count).collect()
        };
        assert_eq!(counts(&others.calls), [3; 6]);
        // What was counted elsewhere is counted on.
        let mut sum = others.calls.clone();
        sum.add(others.calls.clone());
        others.calls = sum;
        outline.draw(all[0].as_bytes()).unwrap();
        let head = crate::trail::head::Head::of(all[0].as_bytes(), &outline).unwrap();
        others.count(needle.look(&head).unwrap(), all[0].as_bytes());
        assert_eq!(counts(&others.calls), [7, 6, 6, 6, 6, 6]);
    }

    #[test]
    fn a_clock_tells_its_times() {
        let is_one = |time: &str| {
            is_of_clock(
                format!("\"2026-06-01T{time}Z")
                    .as_bytes()
                    .first_chunk()
                    .unwrap(),
            )
        };
        for hour in 0..100 {
            for minute in [0, 9, 59, 60, 99] {
                let expected = hour < 24 && minute < 60;
                assert_eq!(is_one(&format!("{hour:02}:{minute:02}:00")), expected);
                assert_eq!(is_one(&format!("{hour:02}:00:{minute:02}")), expected);
            }
        }
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
