//! What stands behind an access: how often, when, by which sessions, and a few event ids to look at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::origin::Origin;
use crate::time::{Timestamp, day_of};
use crate::trail::{Event, Outcome};

/// How many event ids and session names are kept as examples.
pub(super) const EXAMPLES: usize = 3;

/// One event, to be looked up in the trail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventRef {
    /// `eventTime`.
    pub time: Option<Timestamp>,
    /// `eventID`.
    pub id: String,
}

/// Counts and examples. The examples are the earliest events and the first sessions by name, so that order plays no part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Calls.
    pub count: u64,
    /// Calls among them that failed for another reason than a permission.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: u64,
    /// Calls among the failed that do not show whether the permission was there: throttled, redirected, not understood.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unproven: u64,
    /// The first moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// The last moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Calls by day, in UTC.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub days: BTreeMap<Date, u64>,
    /// The earliest events.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub examples: BTreeSet<EventRef>,
    /// Names of sessions that made the calls, the first few by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sessions: BTreeSet<String>,
    /// Where the earliest event came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_origin: Option<(EventRef, Origin)>,
}

impl Evidence {
    /// Counts one event.
    pub fn note(&mut self, event: &Event) {
        self.count += 1;
        self.failed += u64::from(matches!(event.outcome, Outcome::Failed { .. }));
        let is_unproven = matches!(event.outcome, Outcome::Failed { .. })
            && !event.outcome.proves_authorization();
        self.unproven += u64::from(is_unproven);
        if let Some(time) = event.time {
            self.first_seen = Some(self.first_seen.map_or(time, |first| first.min(time)));
            self.last_seen = Some(self.last_seen.map_or(time, |last| last.max(time)));
            *self.days.entry(day_of(time)).or_default() += 1;
        }
        if let Some(id) = &event.id {
            let reference = EventRef {
                time: event.time,
                id: id.clone(),
            };
            let is_first = self
                .first_origin
                .as_ref()
                .is_none_or(|(first, _)| reference < *first);
            if is_first {
                self.first_origin = Some((reference.clone(), Origin::of(event)));
            }
            keep_smallest(&mut self.examples, reference, EXAMPLES);
        }
        if let Some(session) = &event.caller.session
            && !self.sessions.contains(&session.name)
        {
            keep_smallest(&mut self.sessions, session.name.clone(), EXAMPLES);
        }
    }

    /// Says whether no call shows that the permission was there.
    pub fn is_unproven(&self) -> bool {
        self.count > 0 && self.count == self.unproven
    }

    /// Adds the evidence of other events.
    pub fn add(&mut self, other: &Self) {
        self.merge(other.clone());
    }

    /// Joins the evidence of other events.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.failed += other.failed;
        self.unproven += other.unproven;
        self.first_origin = [self.first_origin.take(), other.first_origin]
            .into_iter()
            .flatten()
            .min();
        self.first_seen = earliest(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        for (day, count) in other.days {
            *self.days.entry(day).or_default() += count;
        }
        for example in other.examples {
            keep_smallest(&mut self.examples, example, EXAMPLES);
        }
        for session in other.sessions {
            keep_smallest(&mut self.sessions, session, EXAMPLES);
        }
    }
}

/// Says whether a count is left out of a usage file.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it asks about by reference"
)]
pub(super) fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Adds `item` to the smallest ones, of which `limit` are kept.
pub(super) fn keep_smallest<T: Ord>(kept: &mut BTreeSet<T>, item: T, limit: usize) {
    kept.insert(item);
    if kept.len() > limit {
        kept.pop_last();
    }
}
