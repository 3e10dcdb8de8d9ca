//! Where a call came from, coarse enough to be compared: its network and the kind of its client.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::trail::Event;

/// How many networks and kinds of clients are kept of a role.
const ORIGINS: usize = 1000;

/// Where one call came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The network, `198.51.100.0/24` or `2001:db8:1::/48`; a service's name as it stands. Empty if not recorded.
    pub network: String,
    /// What the user agent begins with, up to its version. Empty if not recorded.
    pub agent: String,
}

impl Origin {
    /// Makes it of an address and a client's name.
    pub fn from(address: &str, agent: &str) -> Self {
        Self {
            network: network(address),
            agent: kind(agent).to_owned(),
        }
    }

    /// Reads it from an event.
    pub fn of(event: &Event) -> Self {
        let address = event.source_address.as_deref().unwrap_or_default();
        let agent = event.user_agent.as_deref().unwrap_or_default();
        Self::from(address, agent)
    }
}

/// What a user agent begins with, up to its version.
pub(super) fn kind(agent: &str) -> &str {
    let mut words = agent.trim_start_matches('[').split(['/', ' ', ']']);
    words.next().unwrap_or_default()
}

/// The network that an address lies in.
pub(super) fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V4(address)) => {
            let [first, second, third, _] = address.octets();
            format!("{first}.{second}.{third}.0/24")
        }
        Ok(IpAddr::V6(address)) => {
            let [first, second, third, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}::/48")
        }
        Err(_) => address.to_owned(),
    }
}

/// When something was first and last seen, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Calls.
    pub count: u64,
    /// The first moment.
    pub first: Option<Timestamp>,
    /// The last moment.
    pub last: Option<Timestamp>,
}

impl Span {
    /// Counts one call.
    pub fn note(&mut self, time: Option<Timestamp>) {
        self.add(Self {
            count: 1,
            first: time,
            last: time,
        });
    }

    /// Adds the calls of another span.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }
}

/// Spans by name; of too many names the first in order are kept, so that merging in any order gives the same.
///
/// Most roles have few, and a tree would take a kilobyte for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Span>", into = "BTreeMap<String, Span>")]
pub struct Spans(Vec<(String, Span)>);

impl From<BTreeMap<String, Span>> for Spans {
    fn from(all: BTreeMap<String, Span>) -> Self {
        Self(all.into_iter().collect())
    }
}

impl From<Spans> for BTreeMap<String, Span> {
    fn from(spans: Spans) -> Self {
        spans.0.into_iter().collect()
    }
}

impl Spans {
    /// Adds calls under a name.
    pub fn add(&mut self, name: &str, span: Span) {
        match self.place_of(name) {
            Ok(at) => self.add_at(at, span),
            Err(at) => self.insert(at, name.to_owned(), span),
        }
    }

    fn place_of(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    fn add_at(&mut self, at: usize, span: Span) {
        if let Some((_, known)) = self.0.get_mut(at) {
            known.add(span);
        }
    }

    fn insert(&mut self, at: usize, name: String, span: Span) {
        if at < ORIGINS {
            if self.0.is_empty() {
                self.0.reserve_exact(1);
            }
            self.0.insert(at, (name, span));
            self.0.truncate(ORIGINS);
        }
    }

    /// Joins others.
    pub fn merge(&mut self, other: Self) {
        for (name, span) in other.0 {
            match self.place_of(&name) {
                Ok(at) => self.add_at(at, span),
                Err(at) => self.insert(at, name, span),
            }
        }
    }

    /// Gets one.
    pub fn get(&self, name: &str) -> Option<Span> {
        let (_, span) = self.0.get(self.place_of(name).ok()?)?;
        Some(*span)
    }

    /// Lists all by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Span)> {
        self.0.iter().map(|(name, span)| (name.as_str(), *span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_networks() {
        assert_eq!(network("198.51.100.7"), "198.51.100.0/24");
        assert_eq!(network("2001:db8:1:2::7"), "2001:db8:1::/48");
        assert_eq!(network("lambda.amazonaws.com"), "lambda.amazonaws.com");
    }

    #[test]
    fn spans_merge_in_any_order() {
        let one = |time| Span {
            count: 1,
            first: time,
            last: time,
        };
        let (mut left, mut right) = (Spans::default(), Spans::default());
        left.add("a", one(Some(Timestamp::UNIX_EPOCH)));
        right.add("a", one(None));
        right.add("b", one(None));
        let mut both = left.clone();
        both.merge(right.clone());
        right.merge(left);
        assert_eq!(both, right);
        assert_eq!(both.get("a").map(|span| span.count), Some(2));
    }
}
