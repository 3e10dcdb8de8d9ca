//! Looks inside one value for records: the value itself, or what its members wrap.
//!
//! The members are tried in the order of [`WRAPPERS`], and the first that holds records wins, since exports often carry the
//! same record twice (parsed, and as the text it came from).

use super::{Item, Place, Receive, Verdict};
use crate::trail::fields::{Fields, Problem, quotable, text};
use crate::trail::head::RECORD_START;
use crate::trail::skip::{Members, describe, key_text, split_value, trim};

/// Members that are arrays of records whatever is in them: an empty one is no mistake.
///
/// `Records` is the trail file, `Events` is LookupEvents, `logEvents` is the CloudWatch Logs subscription.
const ARRAYS: [&str; 3] = ["Records", "Events", "logEvents"];

/// Members that may hold a record, a list of them, or either as a text.
///
/// `CloudTrailEvent`: LookupEvents. `detail`: EventBridge. `events`, `message`: CloudWatch Logs. `@message`: Logs Insights.
/// `_raw`, `result`, `event`: Splunk. `record`: collections that note beside a record where it is from. `original`: Elastic Common Schema. `hits`, `_source`: search results of Elasticsearch
/// and OpenSearch. `aws`, `cloudtrail`: OpenSearch's schema. `log`: Fluent Bit. `Message`, `body`: SNS and SQS deliveries.
const WRAPPERS: [&str; 20] = [
    "Records",
    "Events",
    "logEvents",
    "CloudTrailEvent",
    "detail",
    "events",
    "message",
    "@message",
    "_raw",
    "log",
    "event",
    "original",
    "record",
    "result",
    "hits",
    "_source",
    "aws",
    "cloudtrail",
    "Message",
    "body",
];

/// Members that tell what an object is.
const SIGNS: [&str; 6] = [
    "eventVersion",
    "eventSource",
    "eventName",
    "digestStartTime",
    "logFiles",
    "messageType",
];

/// Envelopes in envelopes: SQS body > SNS message > records is the deepest that is known; the rest is reserve.
const LEVELS: usize = 8;

/// If `value` starts an array of records, alone or as an envelope's first member: the member (empty if alone), and how
/// many bytes lie before the first element.
pub(super) fn array_start(value: &[u8]) -> Option<(&'static str, usize)> {
    if value.starts_with(b"[") {
        return Some(("", 1));
    }
    let inside = trim(value.strip_prefix(b"{")?).strip_prefix(b"\"")?;
    ARRAYS.iter().find_map(|member| {
        let after = inside
            .strip_prefix(member.as_bytes())?
            .strip_prefix(b"\"")?;
        let array = trim(trim(after).strip_prefix(b":")?).strip_prefix(b"[")?;
        Some((*member, value.len() - array.len()))
    })
}

/// Gives out the records in `value`, or says what was found instead.
pub(super) fn give_out(value: &[u8], place: Place<'_>, receive: &mut Receive<'_>) -> Verdict {
    if value.starts_with(RECORD_START) {
        return receive(Item::Record(value, None, place));
    }
    walk(value, place, LEVELS, receive).unwrap_or_else(|| {
        receive(Item::Gap(place.gap(&unrecognised(value))));
        Verdict::Sound
    })
}

/// `None` if there is no record in it.
fn walk(
    value: &[u8],
    place: Place<'_>,
    levels: usize,
    receive: &mut Receive<'_>,
) -> Option<Verdict> {
    let levels = levels.checked_sub(1)?;
    match value.first()? {
        b'{' => object(value, place, levels, receive),
        b'[' => array(value, place, levels, receive),
        b'"' => string(value, place, levels, receive),
        _ => None,
    }
}

fn object(
    value: &[u8],
    place: Place<'_>,
    levels: usize,
    receive: &mut Receive<'_>,
) -> Option<Verdict> {
    let Ok(signs) = Fields::of(value, SIGNS) else {
        // The reader of records says what is broken.
        return Some(receive(Item::Record(value, None, place)));
    };
    let [version, source, name, digest_start, log_files, message_type] =
        signs.values.map(|sign| !sign.is_empty());
    if version || (source && name) {
        return Some(receive(Item::Record(value, None, place)));
    }
    if digest_start && log_files {
        return Some(receive(Item::Digest));
    }
    if message_type && signs.values.last() == Some(&&b"\"CONTROL_MESSAGE\""[..]) {
        return Some(Verdict::Sound);
    }
    let wrappers = Fields::of(value, WRAPPERS).ok()?;
    for (member, inner) in WRAPPERS.iter().zip(wrappers.values) {
        let place = place.member(member);
        if let Some(verdict) = walk(inner, place, levels, receive) {
            return Some(verdict);
        }
        if ARRAYS.contains(member) && inner.starts_with(b"[") {
            refuse_elements(inner, place, receive);
            return Some(Verdict::Sound);
        }
    }
    None
}

fn array(
    value: &[u8],
    place: Place<'_>,
    levels: usize,
    receive: &mut Receive<'_>,
) -> Option<Verdict> {
    let mut others = Vec::new();
    let mut is_recognised = false;
    for (index, element) in elements(value).enumerate() {
        let here = place.index(index);
        match walk(element, here, levels, receive) {
            Some(_) => is_recognised = true,
            None => others.push((index, element)),
        }
    }
    if !is_recognised {
        return None;
    }
    for (index, element) in others {
        receive(Item::Gap(place.index(index).gap(&unrecognised(element))));
    }
    Some(Verdict::Sound)
}

fn refuse_elements(value: &[u8], place: Place<'_>, receive: &mut Receive<'_>) {
    for (index, element) in elements(value).enumerate() {
        receive(Item::Gap(place.index(index).gap(&unrecognised(element))));
    }
}

fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = array.strip_prefix(b"[").unwrap_or_default();
    std::iter::from_fn(move || {
        rest = trim(rest);
        rest = trim(rest.strip_prefix(b",").unwrap_or(rest));
        let (element, after) = split_value(rest)?;
        rest = after;
        Some(element)
    })
}

/// Decodes a text that holds JSON.
fn string(
    value: &[u8],
    place: Place<'_>,
    levels: usize,
    receive: &mut Receive<'_>,
) -> Option<Verdict> {
    let decoded = text(value, "").ok()??;
    let inner = trim(decoded.as_bytes());
    if !matches!(inner.first(), Some(b'{' | b'[')) {
        return None;
    }
    match split_value(inner) {
        Some((inner, _)) => walk(inner, place, levels, receive)?,
        None if inner.starts_with(RECORD_START) => {
            receive(Item::Gap(place.gap(&cut())));
            Verdict::Sound
        }
        None => return None,
    };
    // What is broken inside of a text does not reach beyond it.
    Some(Verdict::Sound)
}

/// The problem of a value that does not end.
pub(super) fn cut() -> Problem {
    Problem::at("", "a whole record", "one that is cut off")
}

fn unrecognised(value: &[u8]) -> Problem {
    const WANTED: &str = "a CloudTrail record or an envelope of them";
    const SHOWN: usize = 4;
    if !value.starts_with(b"{") {
        return Problem::at("", WANTED, describe(value));
    }
    let keys: Vec<String> = Members::of(value)
        .filter_map(|member| {
            let (key, _) = member.ok()?;
            Some(format!(
                "`{}`",
                quotable(&String::from_utf8_lossy(&key_text(key)))
            ))
        })
        .collect();
    let shown = keys
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let found = match keys.len() {
        0 => "an empty object".to_owned(),
        count if count > SHOWN => {
            format!("an object with {shown} and {} more members", count - SHOWN)
        }
        _ => format!("an object with {shown}"),
    };
    Problem::at("", WANTED, found)
}
