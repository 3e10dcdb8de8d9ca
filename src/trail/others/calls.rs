//! The kinds of calls that were counted, by numbers of the texts that tell them.
//!
//! Some hundred operations, days, regions, accounts and places come in tens of thousands of kinds. So each text is kept and read once, and
//! a kind is three numbers.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};
use jiff::civil::Date;

use super::DAY_BYTES;
use crate::arn::partition_of_region;
use crate::digest::{Digests, Seeds};
use crate::trail::fields::text;
use crate::trail::place;
use crate::trail::skip::split_value;

/// A kind of call that principals not asked for made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherCall<'a> {
    /// The day, in UTC.
    pub day: Date,
    /// `eventSource`.
    pub source: &'a str,
    /// `eventName`.
    pub name: &'a str,
    /// `awsRegion`.
    pub region: &'a str,
    /// `recipientAccountId`.
    pub account: Option<&'a str>,
    /// What a data event was about, see [`Event::data_place`](crate::trail::Event::data_place).
    pub place: Option<&'a str>,
}

/// Texts, each with its number.
type Texts = IndexSet<Box<[u8]>, foldhash::fast::RandomState>;

/// The numbers of what stands around a call, of what was called, and of the place.
type Kind = [u32; 3];

/// Calls that were counted, by their kind.
#[derive(Clone, Debug, Default)]
pub struct OtherCalls {
    /// Days, regions and accounts: the start of a time, and JSON behind it.
    around: Texts,
    /// `eventSource` and `eventName`, as they stand in the record.
    called: Texts,
    /// What data events were about.
    places: Texts,
    counts: IndexMap<Kind, u64, foldhash::fast::RandomState>,
    /// Where in the counts a kind stands, by a digest of its texts: most calls are of a kind met before.
    known: Digests<u32>,
    seeds: Seeds,
    /// What stood around the call counted last: most calls of one file have it in common.
    last: Option<(Vec<u8>, u32)>,
}

/// What tells a kind of call, as it stands in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// The start of the time, the region, and the account.
    pub(super) around: [&'a [u8]; 3],
    pub(super) called: &'a [u8],
    pub(super) place: &'a [u8],
}

impl PartialEq for OtherCalls {
    fn eq(&self, other: &Self) -> bool {
        self.texts() == other.texts()
    }
}

impl Eq for OtherCalls {}

impl OtherCalls {
    /// Counts a call; false if anything about it is odd.
    pub(super) fn count(&mut self, told: &Told<'_>) -> bool {
        self.count_told(told).is_some()
    }

    fn count_told(&mut self, told: &Told<'_>) -> Option<()> {
        let around = self.around(told.around)?;
        let mut digest = self.seeds.start();
        digest.number(around.into());
        digest.text(told.called);
        digest.text(told.place);
        let digest = digest.finish();
        let known = self.known.get(digest);
        if let Some((_, count)) = known.and_then(|at| self.counts.get_index_mut(at as usize)) {
            *count += 1;
            return Some(());
        }
        let kind = self.kind(around, told)?;
        let entry = self.counts.entry(kind);
        if let Ok(at) = u32::try_from(entry.index()) {
            self.known.insert(digest, at);
        }
        *entry.or_default() += 1;
        Some(())
    }

    fn kind(&mut self, around: u32, told: &Told<'_>) -> Option<Kind> {
        let called = number(&mut self.called, told.called, |text| {
            read_called(text).is_some()
        })?;
        let place = number(&mut self.places, told.place, |_| true)?;
        Some([around, called, place])
    }

    /// The number of what stands around a call. Each part ends with a quote or is a word, so they cannot run together.
    fn around(&mut self, parts: [&[u8]; 3]) -> Option<u32> {
        if let Some((last, number)) = &self.last {
            let mut parts = parts.iter();
            let rest = parts.try_fold(last.as_slice(), |rest, part| rest.strip_prefix(*part));
            if rest == Some(&[]) {
                return Some(*number);
            }
        }
        let text = parts.concat();
        let number = number(&mut self.around, &text, |text| read_around(text).is_some())?;
        self.last = Some((text, number));
        Some(number)
    }

    /// Says whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds the counts of another part of the input.
    pub(in crate::trail) fn add(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let renumber = |mine: &mut Texts, others: Texts| -> Vec<u32> {
            let all = others.into_iter().map(|text| mine.insert_full(text).0);
            all.map(|at| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        };
        let around = renumber(&mut self.around, other.around);
        let called = renumber(&mut self.called, other.called);
        let places = renumber(&mut self.places, other.places);
        for (kind, count) in other.counts {
            let [mine, of_called, of_place] = kind.map(|number| number as usize);
            let kind = [
                around.get(mine),
                called.get(of_called),
                places.get(of_place),
            ];
            let kind = kind.map(|number| number.copied().unwrap_or(u32::MAX));
            *self.counts.entry(kind).or_default() += count;
        }
    }

    /// Reads the kinds.
    pub fn listing(&self) -> Listing {
        let around: Vec<_> = self.around.iter().map(|text| read_around(text)).collect();
        let called: Vec<_> = self.called.iter().map(|text| read_called(text)).collect();
        let mut places = Places::default();
        let counts = self.counts.iter().filter_map(|(kind, count)| {
            let [of_around, of_called, of_place] = kind.map(|number| number as usize);
            let (region, source) = (
                &around.get(of_around)?.as_ref()?.region,
                &called.get(of_called)?.as_ref()?.source,
            );
            let text = self.places.get_index(of_place)?;
            let place = places.number(of_place, text, (source, region));
            Some((of_around, of_called, place, *count))
        });
        Listing {
            counts: counts.collect(),
            around,
            called,
            places: places.written,
        }
    }

    /// The counts by texts: numbers depend on the order.
    fn texts(&self) -> BTreeMap<[Option<&[u8]>; 3], u64> {
        let text = |texts, number: u32| -> Option<&[u8]> {
            let texts: &Texts = texts;
            texts.get_index(number as usize).map(|text| &**text)
        };
        let of_kind = |(kind, count): (&Kind, &u64)| {
            let [around, called, place] = *kind;
            let texts = [
                text(&self.around, around),
                text(&self.called, called),
                text(&self.places, place),
            ];
            (texts, *count)
        };
        self.counts.iter().map(of_kind).collect()
    }
}

/// Kinds of calls, read.
#[derive(Debug)]
pub struct Listing {
    around: Vec<Option<Around>>,
    called: Vec<Option<Called>>,
    places: Vec<Option<String>>,
    counts: Vec<(usize, usize, usize, u64)>,
}

impl Listing {
    /// Lists the kinds with their counts, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (OtherCall<'_>, u64)> {
        self.counts
            .iter()
            .filter_map(|(around, called, place, count)| {
                let around = self.around.get(*around)?.as_ref()?;
                let called = self.called.get(*called)?.as_ref()?;
                let call = OtherCall {
                    day: around.day,
                    source: &called.source,
                    name: &called.name,
                    region: &around.region,
                    account: around.account.as_deref(),
                    place: self.places.get(*place)?.as_deref(),
                };
                Some((call, *count))
            })
    }
}

/// Places by what they are written of: their text, whether a bucket is named, and the partition.
#[derive(Debug, Default)]
struct Places {
    numbers: IndexMap<(usize, bool, &'static str), usize>,
    written: Vec<Option<String>>,
}

impl Places {
    fn number(&mut self, number: usize, text: &[u8], (source, region): (&str, &str)) -> usize {
        let key = (
            number,
            place::is_bucket(source),
            partition_of_region(region),
        );
        let written = &mut self.written;
        *self.numbers.entry(key).or_insert_with(|| {
            let text = std::str::from_utf8(text).ok();
            let text = text.filter(|text| !text.is_empty());
            written.push(text.and_then(|text| place::written(source, region, text)));
            written.len() - 1
        })
    }
}

/// What stands around a call.
#[derive(Debug)]
struct Around {
    day: Date,
    region: String,
    account: Option<String>,
}

/// What was called.
#[derive(Debug)]
struct Called {
    source: String,
    name: String,
}

/// The number of a text; `None` if it is new and not sound.
fn number(texts: &mut Texts, text: &[u8], is_sound: impl Fn(&[u8]) -> bool) -> Option<u32> {
    let at = match texts.get_index_of(text) {
        Some(at) => at,
        None if is_sound(text) => texts.insert_full(text.into()).0,
        None => return None,
    };
    u32::try_from(at).ok()
}

fn read_around(around: &[u8]) -> Option<Around> {
    let (day, rest) = around.split_at_checked(DAY_BYTES)?;
    let day = std::str::from_utf8(day.get(1..)?).ok()?.parse().ok()?;
    let (region, account) = split_value(rest)?;
    Some(Around {
        day,
        region: read(region, "awsRegion")?,
        account: match account {
            b"null" => None,
            _ => Some(read(account, "recipientAccountId")?),
        },
    })
}

fn read_called(called: &[u8]) -> Option<Called> {
    let (source, rest) = split_value(called)?;
    let name = rest.strip_prefix(b",\"eventName\":")?;
    let is_filled = |part: &String| !part.is_empty();
    Some(Called {
        source: read(source, "eventSource").filter(is_filled)?,
        name: read(name, "eventName").filter(is_filled)?,
    })
}

fn read(raw: &[u8], path: &str) -> Option<String> {
    Some(text(raw, path).ok()??.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<'a>(day: &'a str, region: &'a str, account: &'a str, called: &'a str) -> Told<'a> {
        Told {
            around: [day, region, account].map(str::as_bytes),
            called: called.as_bytes(),
            place: b"data",
        }
    }

    const GET: &str = r#""s3.amazonaws.com","eventName":"GetObject""#;

    #[test]
    fn kinds_are_told_apart_and_read() {
        let mut calls = OtherCalls::default();
        let one = told("\"2026-06-01", "\"eu-west-1\"", "\"111122223333\"", GET);
        let other = told("\"2026-06-01", "\"cn-north-1\"", "null", GET);
        for told in [&one, &other, &one] {
            assert!(calls.count(told));
        }
        let listing = calls.listing();
        let all: Vec<_> = listing.iter().collect();
        let call = OtherCall {
            day: "2026-06-01".parse().unwrap(),
            source: "s3.amazonaws.com",
            name: "GetObject",
            region: "eu-west-1",
            account: Some("111122223333"),
            place: Some("arn:aws:s3:::data"),
        };
        let abroad = OtherCall {
            region: "cn-north-1",
            account: None,
            place: Some("arn:aws-cn:s3:::data"),
            ..call
        };
        assert_eq!(all, [(call, 2), (abroad, 1)]);
    }

    #[test]
    fn what_is_odd_is_not_counted() {
        let mut calls = OtherCalls::default();
        let (day, region, account) = ("\"2026-06-01", "\"eu-west-1\"", "\"111122223333\"");
        for odd in [
            told("\"2026-02-30", region, account, GET),
            told(day, region, account, "\"\",\"eventName\":\"GetObject\""),
            told(
                day,
                region,
                account,
                "\"s3.amazonaws.com\",\"eventName\":\"\"",
            ),
            told(
                day,
                region,
                account,
                "\"s3.amazonaws.com\" ,\"eventName\":\"x\"",
            ),
        ] {
            assert!(!calls.count(&odd), "{odd:?}");
        }
        assert!(calls.is_empty());
    }

    #[test]
    fn parts_come_to_the_same_in_any_order() {
        let days = ["\"2026-06-01", "\"2026-06-02", "\"2026-06-03"];
        let part = |days: &[&str]| {
            let mut calls = OtherCalls::default();
            for day in days {
                assert!(calls.count(&told(day, "\"eu-west-1\"", "null", GET)));
            }
            calls
        };
        let whole = part(&[days[0], days[1], days[2], days[1]]);
        for (one, two) in [
            (vec![days[0], days[1]], vec![days[1], days[2]]),
            (vec![days[1], days[2], days[0]], vec![days[1]]),
            (vec![], vec![days[1], days[1], days[2], days[0]]),
        ] {
            for (one, two) in [(&one, &two), (&two, &one)] {
                let mut sum = part(one);
                sum.add(part(two));
                assert_eq!(sum, whole);
                // Counting goes on where it was.
                assert!(sum.count(&told(days[1], "\"eu-west-1\"", "null", GET)));
                assert_ne!(sum, whole);
            }
        }
    }
}
