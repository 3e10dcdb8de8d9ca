//! A look at a record that cannot concern the principal in question, just enough to count it.
//!
//! When one role is asked for, nearly all records are other principals'. Parsing them would be most of the work, so a
//! record whose text does not hold the name at all is passed over after a look at its first members. The look is taken
//! only where a record starts as CloudTrail writes it and its caller is plainly someone; every other record is parsed in
//! full, so that an odd one is found however it is odd.

use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::memmem::{Finder, FinderBuilder};
use memchr::{memchr, memchr2};

use super::head::Head;
use super::letters::commonness;
use super::skip::Pair;

/// Searches records for a principal's name.
#[derive(Debug)]
pub(super) struct Needle {
    name: Finder<'static>,
    session: Finder<'static>,
    /// How the names of operations begin whose records are read whoever made them, as JSON.
    operations: Vec<Vec<u8>>,
}

impl Needle {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: FinderBuilder::new().build_forward_with_ranker_owned(InTrails, name.as_bytes()),
            session: Finder::new(b":assumed-role/").into_owned(),
            operations: Vec::new(),
        }
    }

    /// Names operations whose records are read whoever made them.
    pub(super) fn and_operations(mut self, names: &[String]) -> Self {
        self.operations = names
            .iter()
            .map(|name| format!("\"{name}").into_bytes())
            .collect();
        self
    }

    /// What an outline should look for on its way, so that few records are searched.
    pub(super) fn sought(&self) -> Option<Pair> {
        Pair::of(self.name.needle(), commonness)
    }

    /// Says whether the name may stand in a record's text.
    ///
    /// IAM names consist of letters, digits and `+=,.@_-`, which JSON can write otherwise only with a backslash.
    pub(super) fn may_be_in(&self, record: &[u8], head: &Head<'_>) -> bool {
        let outline = head.outline;
        outline.may_hold_sought() && self.name.find(record).is_some()
            || outline.may_hold_backslash() && has_escape(record)
    }

    /// Looks at a record's head; `None` if the record has to be read in full.
    pub(super) fn look<'a>(&self, head: &Head<'a>) -> Option<Glimpse<'a>> {
        let time = head.time.first_chunk()?;
        let [_, name, _] = head.operation;
        // Lambda puts the version of its API behind the name.
        let is_name = |wanted: &[u8]| {
            let rest = name.strip_prefix(wanted);
            rest.is_some_and(|rest| matches!(rest, [b'"' | b'0'..=b'9', ..]))
        };
        let is_wanted = self.operations.iter().any(|wanted| is_name(wanted));
        let is_plain = !is_wanted && self.is_someone(head.identity) && is_time(time);
        is_plain.then_some(Glimpse {
            time,
            operation: head.operation,
            called: head.called,
            tail: head.tail(),
        })
    }

    /// Says whether a caller can be told: a role's session by its ARN, any other principal by its type.
    fn is_someone(&self, identity: &[u8]) -> bool {
        let Some(rest) = identity.strip_prefix(b"{\"type\":\"") else {
            return false;
        };
        if let Some(members) = rest.strip_prefix(b"AssumedRole\"") {
            return is_session_first(members) || self.session.find(members).is_some();
        }
        OTHERS.iter().any(|kind| rest.starts_with(kind))
    }
}

/// Says whether a session's ARN is the second member behind its caller's type, as CloudTrail writes it.
fn is_session_first(members: &[u8]) -> bool {
    const ACCOUNT_BYTES: usize = 12;
    let arn = members.strip_prefix(b",\"principalId\":\"").and_then(|id| {
        let end = memchr2(b'"', b'\\', id)?;
        id.get(end..)?.strip_prefix(b"\",\"arn\":\"arn:aws:sts::")
    });
    let name = arn.and_then(|arn| arn.get(ACCOUNT_BYTES..));
    name.is_some_and(|name| name.starts_with(b":assumed-role/"))
}

/// How common bytes are.
struct InTrails;

impl HeuristicFrequencyRank for InTrails {
    fn rank(&self, byte: u8) -> u8 {
        commonness(byte)
    }
}

/// Types of principals that are no role. Source: CloudTrail user guide, "CloudTrail userIdentity element".
const OTHERS: [&[u8]; 9] = [
    b"AWSService\"",
    b"IAMUser\"",
    b"AWSAccount\"",
    b"Root\"",
    b"FederatedUser\"",
    b"WebIdentityUser\"",
    b"SAMLUser\"",
    b"IdentityCenterUser\"",
    b"Directory\"",
];

/// What a look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glimpse<'a> {
    /// `eventTime` with its first quote: `"2026-06-01T12:00:00Z`.
    pub(super) time: &'a [u8; TIME_BYTES],
    /// `eventSource`, `eventName` and `awsRegion`, as JSON.
    pub(super) operation: [&'a [u8]; 3],
    /// The text from the first of them to the end of the second.
    pub(super) called: &'a [u8],
    /// The record behind them.
    pub(super) tail: &'a [u8],
}

pub(super) const TIME_BYTES: usize = 21;

pub(super) fn is_time(text: &[u8; TIME_BYTES]) -> bool {
    // A pattern costs a fraction of what a loop does, and every record's time is looked at.
    #[rustfmt::skip]
    let is_one = matches!(text, [
        b'"', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', b'0'..=b'9', b'0'..=b'9', b'-', b'0'..=b'9', b'0'..=b'9',
        b'T', b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', b'0'..=b'9', b'Z',
    ]);
    is_one
}

/// Says whether a backslash is more than the one before a quote or another backslash.
fn has_escape(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        match rest.get(at + 1) {
            Some(b'"' | b'\\') => rest = rest.get(at + 2..).unwrap_or_default(),
            _ => return true,
        }
    }
    false
}
