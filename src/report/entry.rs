//! Entries about the role, what stands behind its grants, what runs under the role, what is odd, and what is to come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::RoleHead;
use crate::time::Timestamp;
use crate::usage::RoleUsage;

impl RoleHead {
    /// The head of whose usage this is.
    pub(super) fn of(usage: &RoleUsage) -> Self {
        Self {
            arn: usage.role.arn.clone(),
            name: usage.role.name.clone(),
            account: usage.role.account.clone(),
            is_user: usage.role.is_user(),
            session: usage.part.clone(),
            now: usage.facts.role.clone(),
        }
    }
}

/// What stands behind one grant.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceEntry {
    /// The statement's name.
    pub sid: String,
    /// The action.
    pub action: String,
    /// The resource, as granted.
    pub resource: String,
    /// Uses.
    pub count: u64,
    /// Uses among them that failed for another reason than a permission.
    pub failed: u64,
    /// Uses among the failed that do not show whether the permission was there.
    pub unproven: u64,
    /// The first use.
    pub first_seen: Option<Timestamp>,
    /// The last use.
    pub last_seen: Option<Timestamp>,
    /// Days with a use.
    pub days: usize,
    /// Uses by day.
    #[serde(skip)]
    pub by_day: BTreeMap<Date, u64>,
    /// The resources seen, the most used first, up to a limit.
    #[serde(skip)]
    pub seen: Vec<SeenEntry>,
    /// Distinct resources seen.
    pub resources_seen: usize,
    /// Operations that needed it.
    pub operations: Vec<String>,
    /// Where the resource was found in the records.
    pub rules: Vec<String>,
    /// Sessions that used it, the first few by name.
    pub sessions: Vec<String>,
    /// The earliest event ids.
    pub event_ids: Vec<String>,
}

/// A sign of what runs under the role.
#[derive(Clone, Debug, Serialize)]
pub struct RuntimeEntry {
    /// The runtime's id.
    pub runtime: String,
    /// The runtime's name.
    pub name: String,
    /// The unit's kind and name, where units have names.
    pub unit: Option<String>,
    /// The sign.
    pub sign: String,
    /// Says whether no other role shows it.
    pub is_sure: bool,
    /// The region, where an event told it.
    pub region: Option<String>,
    /// How often it was seen.
    pub count: u64,
    /// The last time.
    pub last_seen: Option<Timestamp>,
    /// The earliest event ids.
    pub event_ids: Vec<String>,
}

/// Calls that a platform made or forwarded under the role.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformEntry {
    /// The rule that says what follows.
    pub rule: String,
    /// `needs-permission` or `not-needed`.
    pub verdict: &'static str,
    /// Why.
    pub why: String,
    /// How many.
    pub count: u64,
    /// The last time.
    pub last_seen: Option<Timestamp>,
}

/// A use to look at before it is granted for good.
#[derive(Clone, Debug, Serialize)]
pub struct SuspicionEntry {
    /// The action, or the rule that found it.
    pub action: String,
    /// The resource; empty where it is no single one.
    pub resource: String,
    /// What is odd about it.
    pub why: Vec<String>,
    /// Sessions that made the calls.
    pub sessions: Vec<String>,
    /// The earliest event ids.
    pub event_ids: Vec<String>,
    /// How to leave the calls out, in the words of `--exclude`.
    pub exclusion: Option<String>,
}

/// An access that only failed calls asked for.
#[derive(Clone, Debug, Serialize)]
pub struct UntestedEntry {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// How often.
    pub count: u64,
}

/// What can be said of the calls to come.
#[derive(Clone, Debug, Serialize)]
pub struct ForecastEntry {
    /// The walk-forward test; absent if the days are too few.
    #[serde(flatten)]
    pub walked: Option<WalkEntry>,
    /// Days from the role's first use to the end of the input.
    pub days: i32,
    /// Days since a need was first seen.
    pub quiet_days: i32,
    /// Says whether nothing new came for so long that a longer window promises little.
    pub is_settled: bool,
    /// Needs first seen, by day.
    pub first_seen_by_day: BTreeMap<Date, usize>,
    /// The chance that the next use needs something not granted (Good and Turing).
    pub unseen_share: f64,
    /// Grants that rest on one use.
    pub seen_once: Vec<Pair>,
    /// How many days ahead the next three look.
    pub horizon_days: u32,
    /// New needs expected in that time.
    pub expected_new_needs: f64,
    /// At least so many, nine times in ten.
    pub low: f64,
    /// At most so many.
    pub high: f64,
}

/// An action and a resource.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// The walk-forward test.
#[derive(Clone, Debug, Serialize)]
pub struct WalkEntry {
    /// The last day learned from.
    pub learned_until: Date,
    /// How many days that were.
    pub learned_days: i32,
    /// Uses on the days after.
    pub later_uses: u64,
    /// Those of them that the earlier policy would have denied.
    pub denied_uses: u64,
}

/// The days that the input spans.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The first day with an event by anyone.
    pub first: Date,
    /// The last one.
    pub last: Date,
    /// Uses by the role, by day.
    pub uses: BTreeMap<Date, u64>,
    /// Days without an event by anyone.
    pub empty: BTreeSet<Date>,
}

/// A resource that was seen in use.
#[derive(Clone, Debug)]
pub struct SeenEntry {
    /// The resource.
    pub resource: String,
    /// How often.
    pub count: u64,
    /// The last time.
    pub last_seen: Option<Timestamp>,
}
