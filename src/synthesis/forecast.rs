//! How likely the next call needs something that the policy lacks.
//!
//! Two looks: back, with a policy made after two thirds of the days and the rest replayed over it; and forward, from how needs
//! came to be known day by day ([`estimate`](new_needs)). A *need* is a grant of the suggestion: what a pattern admits is no
//! new need.

mod estimate;

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Basis, Grant, Levels, Purpose, gather, group, is_wider, open_part, verify};
use crate::pattern::Pattern;
use crate::policy::{CompiledPolicy, Document, Statement};
use crate::usage::{Coverage, RoleUsage};
pub use estimate::{Prediction, new_needs};

/// How many of ten quiet days let one say that the window is long enough.
const QUIET_TENTHS: i32 = 5;

/// What can be said of the calls to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The walk-forward test; none if there are fewer than three days, or nothing was used on the later ones.
    pub walked: Option<WalkForward>,
    /// The days looked at, from the role's first use on.
    pub days: i32,
    /// Days since a need was first seen.
    pub quiet_days: i32,
    /// Needs first seen, by day.
    pub curve: BTreeMap<Date, usize>,
    /// The chance that the next use needs something not granted: Good and Turing's share of uses seen once.
    pub unseen_share: f64,
    /// Grants that rest on one use: action and resource.
    pub seen_once: Vec<(String, String)>,
    /// How many days ahead `new_needs` looks.
    pub horizon_days: u32,
    /// New needs expected in that time.
    pub new_needs: Prediction,
}

impl Forecast {
    /// Says whether no new need came for so long that a longer window promises little.
    pub fn is_settled(&self) -> bool {
        self.quiet_days * 10 >= self.days * QUIET_TENTHS && self.days >= 14
    }
}

/// The outcome of the walk-forward test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkForward {
    /// The last day that was learned from.
    pub learned_until: Date,
    /// How many days that were.
    pub learned_days: i32,
    /// Uses on the days after.
    pub later_uses: u64,
    /// Those of them that the earlier policy would have denied.
    pub denied_uses: u64,
}

/// Looks back and forward over the role's days; `None` if no use has a time.
pub fn forecast(basis: Basis<'_>, levels: &Levels, grants: &[Grant]) -> Option<Forecast> {
    let needs = needs(basis.usage, grants);
    let first = *needs.iter().filter_map(|need| need.days.first()).min()?;
    let last = *basis.coverage.days.keys().next_back()?;
    let days = (last - first).get_days() + 1;
    let span_days = u32::try_from(days).ok().filter(|days| *days > 0)?;
    let mut curve: BTreeMap<Date, usize> = BTreeMap::new();
    for day in needs.iter().filter_map(|need| need.days.first()) {
        *curve.entry(*day).or_default() += 1;
    }
    let latest = *curve.keys().next_back()?;
    let (histories, _) = histories(basis.usage, basis.coverage, grants)?;
    let once = needs.iter().filter(|need| need.uses == 1);
    let seen_once: Vec<(String, String)> = once
        .map(|need| (need.grant.action.clone(), need.grant.resource.clone()))
        .collect();
    let uses: u64 = needs.iter().map(|need| need.uses).sum();
    let horizon_days = (span_days / 3).clamp(1, 30);
    Some(Forecast {
        walked: walk_forward(basis, levels, (first, last)),
        days,
        quiet_days: (last - latest).get_days(),
        curve,
        unseen_share: share(seen_once.len() as u64, uses),
        seen_once,
        horizon_days,
        new_needs: new_needs(&histories, span_days, horizon_days),
    })
}

/// The days on which each need was used, counted from the first, and how many days there are.
pub(super) fn histories(
    usage: &RoleUsage,
    coverage: &Coverage,
    grants: &[Grant],
) -> Option<(Vec<Vec<u32>>, u32)> {
    let needs = needs(usage, grants);
    let first = *needs.iter().filter_map(|need| need.days.first()).min()?;
    let last = *coverage.days.keys().next_back()?;
    let offset = |day: &Date| u32::try_from((*day - first).get_days()).unwrap_or_default();
    let histories = needs
        .iter()
        .map(|need| need.days.iter().map(offset).collect());
    Some((histories.collect(), offset(&last) + 1))
}

pub(super) fn share(part: u64, whole: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 {
        0.0
    } else {
        number(part) / number(whole)
    }
}

/// A grant with the days on which it was used.
struct NeedDays<'a> {
    grant: &'a Grant,
    days: BTreeSet<Date>,
    uses: u64,
}

/// Lists the grants that were seen in use; each use counts for the first grant that covers it.
fn needs<'a>(usage: &RoleUsage, grants: &'a [Grant]) -> Vec<NeedDays<'a>> {
    let mut by_action: BTreeMap<&str, Vec<(Pattern, NeedDays<'a>)>> = BTreeMap::new();
    for grant in grants {
        let is_seen = matches!(grant.purpose, Purpose::Observed | Purpose::Runtime(_));
        if is_seen {
            let days = NeedDays {
                grant,
                days: BTreeSet::new(),
                uses: 0,
            };
            by_action
                .entry(&grant.action)
                .or_default()
                .push((Pattern::parse(&grant.resource), days));
        }
    }
    for (access, evidence) in gather::with_evidence(usage) {
        let resource = Pattern::parse(&access.resource);
        let mut known = by_action
            .get_mut(access.action.as_str())
            .into_iter()
            .flatten();
        let found = known.find(|(pattern, need)| {
            pattern.covers(&resource) && is_wider(&need.grant.conditions, &access.conditions)
        });
        if let Some((_, need)) = found {
            need.uses += evidence.count;
            need.days.extend(evidence.days.dates());
        }
    }
    let all = by_action.into_values().flatten().map(|(_, need)| need);
    all.filter(|need| need.uses > 0).collect()
}

/// Learns from two thirds of the days and replays the rest.
fn walk_forward(
    basis: Basis<'_>,
    levels: &Levels,
    (first, last): (Date, Date),
) -> Option<WalkForward> {
    let span = (last - first).get_days() + 1;
    if span < 3 {
        return None;
    }
    let learned_days = span * 2 / 3;
    let learned_until = first.checked_add((learned_days - 1).days()).ok()?;
    let mut learned = Vec::new();
    let mut later = Vec::new();
    for (grant, evidence) in gather::with_evidence(basis.usage) {
        let first_day = evidence.days.dates().next();
        if first_day.is_some_and(|day| day <= learned_until) {
            learned.push(grant.clone());
        }
        let after = evidence.days.iter().filter(|(day, _)| *day > learned_until);
        let uses: u64 = after.map(|(_, count)| count).sum();
        if uses > 0 {
            later.push((grant, uses));
        }
    }
    if later.is_empty() {
        return None;
    }
    let policy = compile(&learned, levels, basis);
    let denied = later
        .iter()
        .filter(|(grant, _)| !verify::is_allowed(&policy, grant));
    Some(WalkForward {
        learned_until,
        learned_days,
        later_uses: later.iter().map(|(_, uses)| uses).sum(),
        denied_uses: denied.map(|(_, uses)| uses).sum(),
    })
}

/// The policy that would have been made of these accesses.
fn compile(learned: &[Grant], levels: &Levels, basis: Basis<'_>) -> Vec<CompiledPolicy> {
    let (grants, _) = open_part::generalize(learned, levels, basis.catalog);
    let grants = group::absorb(grants);
    let statements: Vec<Statement> = group::statements(&grants, basis.catalog)
        .into_iter()
        .map(|suggested| suggested.statement)
        .collect();
    vec![CompiledPolicy::new(&Document::new(statements))]
}
