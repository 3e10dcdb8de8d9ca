//! Under which circumstances calls were made: what their records tell of condition keys.
//!
//! Only what surely stood in a request's context counts. A call that a service forwarded came from the service's network, a check inside
//! another call may be made without any of it, and where a record says nothing, nothing is known. Memory is bounded: values are kept by
//! action and place, not by resource, and only a few of each; beyond that it is known only that there are many.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use serde::{Deserialize, Serialize};

use super::calls::Calls;
use super::kept::Kept;
use super::small_map::SmallMap;
use crate::arn::{Arn, is_account};
use crate::mapping::{Access, AccessConditions, Reason};
use crate::name::Name;
use crate::pattern::escape_literal;
use crate::trail::{Event, Outcome};

/// How many values of a key are kept.
const MOST_VALUES: usize = 8;
/// How many prefixes of listings are kept; they are generalized later.
const MOST_PREFIXES: usize = 64;

/// Actions that list objects below a prefix. Source: Service Authorization Reference, Amazon S3, `s3:prefix`.
pub const LISTINGS: [&str; 2] = ["s3:ListBucket", "s3:ListBucketVersions"];
/// Actions whose answer "there is no such object" is given only to those who may list the bucket, without any prefix. Source:
/// Amazon S3 API reference, `GetObject`, "Permissions".
const TELLS_ABSENCE: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];
const ABSENCE: [&str; 4] = ["NoSuchKey", "NoSuchVersion", "NotFound", "404"];

/// Services that call others with the session of their own caller, never under a role that they were given.
///
/// A record shows only that a service made the call; for other services that may have been under a role of their own, where
/// `aws:CalledVia` is absent. Source: the IAM user guide, "Forward access sessions" and `aws:CalledVia`.
const FORWARDERS: [&str; 3] = [
    "athena.amazonaws.com",
    "dynamodb.amazonaws.com",
    "kms.amazonaws.com",
];

/// A fact about a call that a condition can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circumstance {
    /// The region that was called: `aws:RequestedRegion`.
    Region,
    /// The VPC endpoint that it came through: `aws:SourceVpce`.
    SourceVpce,
    /// The public address that it came from: `aws:SourceIp`.
    SourceIp,
    /// Whether it was encrypted on its way: `aws:SecureTransport`.
    SecureTransport,
    /// The service that forwarded it: `aws:CalledVia`.
    ForwardedBy,
    /// Whether no service forwarded it: `aws:ViaAWSService`.
    Direct,
    /// The account that owns the resource: `aws:ResourceAccount`.
    ResourceAccount,
    /// The prefix of a listing: `s3:prefix`.
    ListedPrefix,
}

impl Circumstance {
    const ALL: [Self; 7] = [
        Self::Region,
        Self::SourceVpce,
        Self::SourceIp,
        Self::SecureTransport,
        Self::ForwardedBy,
        Self::Direct,
        Self::ResourceAccount,
    ];

    fn most_values(self) -> usize {
        match self {
            Self::ListedPrefix => MOST_PREFIXES,
            _ => MOST_VALUES,
        }
    }
}

/// What a circumstance was, over several calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// The values seen; empty once there are many.
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    pub known: Kept<String>,
    /// Says whether there were more than are kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_many: bool,
    /// Says whether the record of some call did not tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_missing: bool,
}

impl Values {
    /// Lists the values, if every call is known to have had one of them.
    pub fn all(&self) -> Option<&Kept<String>> {
        (!self.is_many && !self.is_missing && !self.known.is_empty()).then_some(&self.known)
    }

    fn note(&mut self, value: Option<&str>, most: usize) {
        match value {
            None => self.is_missing = true,
            Some(_) if self.is_many => {}
            Some(value) => self.add(value, most),
        }
    }

    fn add(&mut self, value: &str, most: usize) {
        if !self.known.iter().any(|known| known == value) {
            self.known.keep_smallest(value.to_owned(), usize::MAX);
            self.bound(most);
        }
    }

    /// Notes one of the few values that are kept of most circumstances.
    pub(super) fn note_one(&mut self, value: Option<&str>) {
        self.note(value, MOST_VALUES);
    }

    fn bound(&mut self, most: usize) {
        if self.is_many || self.known.len() > most {
            self.is_many = true;
            self.known = Kept::default();
        }
    }

    fn merge(&mut self, other: &Self, most: usize) {
        self.is_missing |= other.is_missing;
        self.is_many |= other.is_many;
        if self.is_many {
            self.known = Kept::default();
            return;
        }
        for value in other.known.iter() {
            if !self.is_many {
                self.add(value, most);
            }
        }
    }
}

/// Calls whose circumstances are kept together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Circle {
    /// The action.
    pub action: Name,
    /// The conditions that its grant carries anyway.
    #[serde(default, skip_serializing_if = "AccessConditions::is_none")]
    pub conditions: AccessConditions,
    /// Where: see [`stem`].
    pub stem: String,
}

/// The circumstances of several calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstances(BTreeMap<Circumstance, Values>);

impl Circumstances {
    /// What a circumstance was; nothing if no call was noted.
    pub fn get(&self, circumstance: Circumstance) -> Option<&Values> {
        self.0.get(&circumstance)
    }

    /// Joins those of other calls.
    pub fn merge(&mut self, other: &Self) {
        for (circumstance, values) in &other.0 {
            let mine = self.0.entry(*circumstance).or_default();
            mine.merge(values, circumstance.most_values());
        }
    }

    fn add(&mut self, circumstance: Circumstance, values: &Values) {
        let mine = self.0.entry(circumstance).or_default();
        mine.merge(values, circumstance.most_values());
    }

    fn note(&mut self, circumstance: Circumstance, value: Option<&str>) {
        let values = self.0.entry(circumstance).or_default();
        values.note(value, circumstance.most_values());
    }

    fn note_access(
        &mut self,
        event: &Event,
        calls: &Calls,
        (access, owner): (&Access, Option<&str>),
    ) {
        let is_listing = LISTINGS.contains(&access.action.as_str());
        let is_inner = access.reason != Reason::Operation;
        for circumstance in Circumstance::ALL {
            let values = values_of(circumstance, event, calls).filter(|_| !is_inner);
            if let Some(values) = values {
                self.add(circumstance, values);
            } else {
                let value = value_of(circumstance, event, owner).filter(|_| !is_inner);
                self.note(circumstance, value);
            }
        }
        if is_listing {
            let prefix = event.request.get("prefix").and_then(Value::as_str);
            let prefix = prefix.filter(|prefix| !prefix.is_empty() && !is_inner);
            self.note(Circumstance::ListedPrefix, prefix);
        }
    }
}

/// Cuts a resource down to what holds others: a bucket, a table's kind, a function.
///
/// That is the ARN up to the first `/` of its last part.
pub fn stem(resource: &str) -> &str {
    let start = Arn::parse(resource).map_or(0, |arn| resource.len() - arn.resource.len());
    resource
        .get(start..)
        .and_then(|last| last.find('/'))
        .and_then(|slash| resource.get(..start + slash))
        .unwrap_or(resource)
}

/// Notes the circumstances of an access that was allowed; `owner` is the account of its resource, see [`owner`].
pub(super) fn note(
    circles: &mut SmallMap<Circle, Circumstances>,
    event: &Event,
    calls: &Calls,
    (access, owner): (&Access, Option<&str>),
) {
    let circle = Circle {
        action: access.action.clone(),
        conditions: access.conditions.clone(),
        stem: stem(&access.resource).to_owned(),
    };
    if TELLS_ABSENCE.contains(&access.action.as_str())
        && matches!(&event.outcome, Outcome::Failed { code, .. } if ABSENCE.contains(&code.as_str()))
    {
        for listing in LISTINGS {
            let circle = Circle {
                action: listing.into(),
                ..circle.clone()
            };
            circles.update(circle, |circumstances| {
                circumstances.note(Circumstance::ListedPrefix, None);
            });
        }
    }
    circles.update(circle, |circumstances| {
        circumstances.note_access(event, calls, (access, owner));
    });
}

/// What the calls of a group came through, where nothing forwarded them.
fn values_of<'a>(
    circumstance: Circumstance,
    event: &Event,
    calls: &'a Calls,
) -> Option<&'a Values> {
    let is_direct = event.caller.invoked_by.is_none();
    let values = match circumstance {
        Circumstance::SourceVpce => &calls.endpoints,
        Circumstance::SourceIp => &calls.addresses,
        Circumstance::SecureTransport => &calls.encryption,
        _ => return None,
    };
    is_direct.then_some(values)
}

fn value_of<'a>(
    circumstance: Circumstance,
    event: &'a Event,
    owner: Option<&'a str>,
) -> Option<&'a str> {
    let forwarder = event.caller.invoked_by.as_deref();
    let is_direct = forwarder.is_none();
    match circumstance {
        Circumstance::Region => Some(event.region.as_str()).filter(|region| !region.is_empty()),
        Circumstance::ForwardedBy => forwarder.filter(|service| FORWARDERS.contains(service)),
        Circumstance::Direct => is_direct.then_some("false"),
        Circumstance::ResourceAccount => owner,
        Circumstance::SourceVpce
        | Circumstance::SourceIp
        | Circumstance::SecureTransport
        | Circumstance::ListedPrefix => None,
    }
}

/// Says whether calls from this address reach AWS with it: it is not one of a private network.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || is_shared(address))
        }
        IpAddr::V6(address) => {
            !(address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local())
        }
    }
}

/// Addresses that providers share among customers: 100.64.0.0/10.
fn is_shared(address: std::net::Ipv4Addr) -> bool {
    matches!(address.octets(), [100, 64..=127, ..])
}

/// The account that owns the resource: as its ARN says, else as AWS wrote it beside the resource or what holds it.
pub(super) fn owner(event: &Event, access: &Access) -> Option<String> {
    let arn = Arn::parse(&access.resource)?;
    if !arn.account.is_empty() {
        return Some(arn.account)
            .filter(|account| is_account(account))
            .map(str::to_owned);
    }
    let stem = stem(&access.resource);
    let mut owners = event.resources.iter().filter_map(|resource| {
        let named = escape_literal(resource.arn.as_deref()?);
        let is_it = *named == *access.resource || *named == *stem;
        resource
            .account
            .as_deref()
            .filter(|_| is_it)
            .filter(|account| is_account(account))
    });
    owners.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_what_holds_a_resource() {
        for (resource, wanted) in [
            ("arn:aws:s3:::data/in/a.csv", "arn:aws:s3:::data"),
            ("arn:aws:s3:::data", "arn:aws:s3:::data"),
            (
                "arn:aws:dynamodb:eu-west-1:1:table/t/index/i",
                "arn:aws:dynamodb:eu-west-1:1:table",
            ),
            ("*", "*"),
        ] {
            assert_eq!(stem(resource), wanted);
        }
    }

    #[test]
    fn beyond_a_few_values_there_are_many_in_any_order() {
        let noted = |values: &[usize]| {
            let mut all = Values::default();
            for value in values {
                all.note(Some(&value.to_string()), MOST_VALUES);
            }
            all
        };
        let numbers: Vec<usize> = (0..=MOST_VALUES).collect();
        let backwards: Vec<usize> = numbers.iter().rev().copied().collect();
        assert_eq!(noted(&numbers), noted(&backwards));
        assert_eq!(noted(&numbers).all(), None);
        let (few, rest) = numbers.split_at(4);
        let mut merged = noted(rest);
        assert!(merged.all().is_some());
        merged.merge(&noted(few), MOST_VALUES);
        assert_eq!(merged, noted(&numbers));
    }

    #[test]
    fn only_public_addresses_are_known_to_aws() {
        for (text, public) in [
            ("192.0.2.10", true),
            ("10.1.2.3", false),
            ("172.31.0.9", false),
            ("100.64.0.1", false),
            ("2001:db8::1", true),
            ("fd00::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }
}
