//! A look at a record that cannot concern the principal in question, just enough to count it.
//!
//! When one role is asked for, nearly all records are other principals'. Parsing them would be most of the work, so a
//! record whose text does not hold the name at all is passed over after a look at its first members. The look is taken
//! only where a record starts as CloudTrail writes it and its caller is plainly someone; every other record is parsed in
//! full, so that an odd one is found however it is odd.

use memchr::memmem::{self, Finder};

use super::fields::Fields;
use super::skip::Members;

/// Searches records for a principal's name.
#[derive(Debug)]
pub(super) struct Needle {
    name: Finder<'static>,
    escape: Finder<'static>,
}

impl Needle {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: Finder::new(name.as_bytes()).into_owned(),
            escape: Finder::new(b"\\u").into_owned(),
        }
    }

    /// Says whether the name may stand in a record's text.
    ///
    /// IAM names consist of letters, digits and `+=,.@_-`, none of which JSON escapes other than as `\u` and a number.
    pub(super) fn may_be_in(&self, record: &[u8]) -> bool {
        self.name.find(record).is_some() || self.escape.find(record).is_some()
    }
}

/// What a look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glimpse<'a> {
    /// `eventTime`, as `2026-06-01T12:00:00Z`.
    pub(super) time: &'a str,
    /// `eventSource`.
    pub(super) source: &'a str,
}

impl<'a> Glimpse<'a> {
    /// Looks at a record; `None` if it has to be read in full.
    pub(super) fn of(record: &'a [u8]) -> Option<Self> {
        const ORDER: [&[u8]; 5] = [
            b"eventVersion",
            b"userIdentity",
            b"eventTime",
            b"eventSource",
            b"eventName",
        ];
        let mut members = Members::of(record);
        let mut values = [&[][..]; ORDER.len()];
        for (wanted, slot) in ORDER.iter().zip(&mut values) {
            let (key, value) = members.next()?.ok()?;
            if key != *wanted {
                return None;
            }
            *slot = value;
        }
        let [_version, identity, time, source, name] = values;
        if !is_someone(identity) || plain(name)?.is_empty() {
            return None;
        }
        Some(Self {
            time: plain(time).filter(|time| is_time(time))?,
            source: plain(source).filter(|source| !source.is_empty())?,
        })
    }
}

/// Says whether a record, passed over or not, is a data event.
pub(super) fn is_data_event(record: &[u8]) -> bool {
    // Most records have neither text anywhere, and then need no walk.
    if memmem::find(record, b"\"managementEvent\":false").is_none()
        && memmem::find(record, b"\"Data\"").is_none()
    {
        return false;
    }
    let Ok(fields) = Fields::of(record, ["managementEvent", "eventCategory"]) else {
        return false;
    };
    let [management, category] = fields.values;
    management == b"false" || (management.is_empty() && category == b"\"Data\"")
}

/// A text without escapes.
fn plain(value: &[u8]) -> Option<&str> {
    let inside = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    std::str::from_utf8(inside)
        .ok()
        .filter(|text| !text.contains('\\'))
}

/// Says whether a caller can be told: a role's session by an ARN, any other principal by its type.
fn is_someone(identity: &[u8]) -> bool {
    const OTHERS: [&[u8]; 9] = [
        b"AWSAccount",
        b"AWSService",
        b"Directory",
        b"FederatedUser",
        b"IAMUser",
        b"IdentityCenterUser",
        b"Root",
        b"SAMLUser",
        b"WebIdentityUser",
    ];
    let Some(rest) = identity.strip_prefix(b"{\"type\":\"") else {
        return false;
    };
    let kind = rest.split(|byte| *byte == b'"').next().unwrap_or_default();
    if kind == b"AssumedRole" {
        return memmem::find(rest, b":assumed-role/").is_some()
            && memmem::find(rest, b":role/").is_some();
    }
    OTHERS.contains(&kind)
}

fn is_time(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00Z";
    text.len() == SHAPE.len()
        && text.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == *shape,
        })
}
