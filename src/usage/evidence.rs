//! What stands behind an access: how often, when, by which sessions, and a few event ids to look at.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kept::{Days, Kept};
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
    #[serde(default, skip_serializing_if = "Days::is_empty")]
    pub days: Days,
    /// The earliest events.
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    pub examples: Kept<EventRef>,
    /// Names of sessions that made the calls, the first few by name.
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    pub sessions: Kept<String>,
    /// Where the earliest event came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_origin: Option<Box<(EventRef, Origin)>>,
}

impl Evidence {
    /// That of an event that was recorded so often.
    pub fn of(event: &Event, count: u64) -> Self {
        let is_failed = matches!(event.outcome, Outcome::Failed { .. });
        let of_count = |is_so: bool| if is_so { count } else { 0 };
        let mut evidence = Self {
            count,
            failed: of_count(is_failed),
            unproven: of_count(is_failed && !event.outcome.proves_authorization()),
            first_seen: event.time,
            last_seen: event.time,
            ..Self::default()
        };
        if let Some(time) = event.time {
            evidence.days.add(day_of(time), count);
        }
        if let Some(id) = &event.id {
            let reference = EventRef {
                time: event.time,
                id: id.clone(),
            };
            evidence.first_origin = Some(Box::new((reference.clone(), Origin::of(event))));
            evidence.examples.keep_smallest(reference, EXAMPLES);
        }
        if let Some(session) = &event.caller.session {
            let session = session.name.clone();
            evidence.sessions.keep_smallest(session, EXAMPLES);
        }
        evidence
    }

    /// Says whether no call shows that the permission was there.
    pub fn is_unproven(&self) -> bool {
        self.count > 0 && self.count == self.unproven
    }

    /// Adds the evidence of other events.
    pub fn add(&mut self, other: &Self) {
        if self.count == 0 && *self == Self::default() {
            other.clone_into(self);
            return;
        }
        self.add_counts(other);
        let mine = self.first_origin.as_ref();
        if let Some(first) = &other.first_origin
            && mine.is_none_or(|mine| first.0 <= mine.0)
        {
            let mine = self.first_origin.take();
            self.first_origin = [mine, other.first_origin.clone()]
                .into_iter()
                .flatten()
                .min();
        }
        for example in other.examples.iter() {
            self.examples.keep_smallest_of(example, EXAMPLES);
        }
        for session in other.sessions.iter() {
            self.sessions.keep_smallest_of(session, EXAMPLES);
        }
    }

    /// Adds the numbers and times of other events alone.
    pub(super) fn add_counts(&mut self, other: &Self) {
        self.count += other.count;
        self.failed += other.failed;
        self.unproven += other.unproven;
        self.first_seen = earliest(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        for (day, count) in other.days.iter() {
            self.days.add(day, count);
        }
    }

    /// Joins the evidence of other events.
    pub fn merge(&mut self, other: Self) {
        if self.count == 0 && *self == Self::default() {
            *self = other;
            return;
        }
        self.add_counts(&other);
        self.first_origin = [self.first_origin.take(), other.first_origin]
            .into_iter()
            .flatten()
            .min();
        for example in other.examples {
            self.examples.keep_smallest(example, EXAMPLES);
        }
        for session in other.sessions {
            self.sessions.keep_smallest(session, EXAMPLES);
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
