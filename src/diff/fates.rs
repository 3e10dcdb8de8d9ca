//! The fate of each action that the role may use today: kept, narrowed, unused, not observable, denied only; and what is added.
//!
//! A wildcard is taken apart first, so that `s3:*` is not one fate but as many as it grants.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::synthesis::{CurrentGrants, Observability, Suggestion, observability};
use crate::time::Timestamp;
use crate::usage::{Coverage, RoleUsage};

/// What becomes of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Used, and granted as before.
    Used,
    /// Used, and granted on less than before.
    Narrowed,
    /// Not in the current policies, as far as they are known.
    Added,
    /// Its use cannot be seen in this input.
    NotObservable,
    /// Tried, and always denied.
    DeniedOnly,
    /// It would have been seen, and was not.
    Unused,
}

impl ActionFate {
    /// Says whether the current policies grant more of the action than the suggestion does.
    pub fn is_excess(&self) -> bool {
        !self.from.is_empty() && !is_covering(&self.to, &self.from)
    }
}

impl Fate {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Narrowed => "narrowed",
            Self::Added => "added",
            Self::NotObservable => "not-observable",
            Self::DeniedOnly => "denied-only",
            Self::Unused => "unused",
        }
    }
}

/// One action and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFate {
    /// The full action.
    pub action: String,
    /// Its fate.
    pub fate: Fate,
    /// Says whether the suggestion grants it.
    pub is_granted: bool,
    /// Uses seen.
    pub uses: u64,
    /// The last use, or the last denied attempt.
    pub last_seen: Option<Timestamp>,
    /// The resources that the current policies name.
    pub from: Vec<String>,
    /// The resources that the suggestion names.
    pub to: Vec<String>,
    /// The current policies that grant it.
    pub policies: Vec<String>,
    /// Why it is so, where the fate alone does not say.
    pub reason: Option<String>,
}

/// All fates, and the counts before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// By fate, then by action.
    pub actions: Vec<ActionFate>,
    /// Actions granted before, wildcards expanded.
    pub before: usize,
    /// Actions granted after.
    pub after: usize,
}

/// Works out the fate of every action in `current` and in `suggestion`.
pub fn fates(
    current: &CurrentGrants,
    suggestion: &Suggestion,
    usage: &RoleUsage,
    coverage: &Coverage,
    catalog: &Catalog,
) -> Fates {
    let seen = Seen::of(usage);
    let mut granted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for grant in &suggestion.grants {
        granted
            .entry(&grant.action)
            .or_default()
            .insert(&grant.resource);
    }
    let names: BTreeSet<&str> = current
        .actions
        .keys()
        .map(String::as_str)
        .chain(granted.keys().copied())
        .collect();
    let mut actions: Vec<ActionFate> = names
        .into_iter()
        .map(|action| {
            let to = granted
                .get(action)
                .map(|set| set.iter().map(ToString::to_string).collect())
                .unwrap_or_default();
            let mut fate = seen.fate(action, to, current);
            settle(
                &mut fate,
                suggestion,
                &usage.role.account,
                (coverage, catalog),
            );
            fate
        })
        .collect();
    actions.sort_by(|one, other| (one.fate, &one.action).cmp(&(other.fate, &other.action)));
    Fates {
        actions,
        before: current.actions.len(),
        after: granted.len(),
    }
}

/// Uses and denials by action.
struct Seen<'a> {
    uses: BTreeMap<&'a str, (u64, Option<Timestamp>)>,
    denied: BTreeMap<&'a str, (u64, Option<Timestamp>)>,
}

impl<'a> Seen<'a> {
    fn of(usage: &'a RoleUsage) -> Self {
        let mut seen = Self {
            uses: BTreeMap::new(),
            denied: BTreeMap::new(),
        };
        for (used, evidence) in &usage.uses {
            let (count, last) = seen.uses.entry(&used.access.action).or_default();
            *count += evidence.count;
            *last = (*last).max(evidence.last_seen);
        }
        for (call, evidence) in &usage.denied {
            for access in &call.accesses {
                let (count, last) = seen.denied.entry(&access.action).or_default();
                *count += evidence.count;
                *last = (*last).max(evidence.last_seen);
            }
        }
        seen
    }

    /// The fate as far as usage and the two policies tell; [`settle`] does the rest.
    fn fate(&self, action: &str, to: Vec<String>, current: &CurrentGrants) -> ActionFate {
        let grant = current.actions.get(action);
        let from: Vec<String> = grant
            .map(|grant| grant.resources.iter().cloned().collect())
            .unwrap_or_default();
        let (uses, last_use) = self.uses.get(action).copied().unwrap_or_default();
        let (denials, last_denial) = self.denied.get(action).copied().unwrap_or_default();
        let fate = if grant.is_none() {
            Fate::Added
        } else if uses > 0 {
            compared(&from, &to)
        } else if denials > 0 && to.is_empty() {
            Fate::DeniedOnly
        } else {
            Fate::Unused
        };
        ActionFate {
            action: action.to_owned(),
            fate,
            is_granted: !to.is_empty(),
            uses,
            last_seen: if uses > 0 { last_use } else { last_denial },
            from,
            to,
            policies: grant
                .map(|grant| grant.policies.iter().cloned().collect())
                .unwrap_or_default(),
            reason: None,
        }
    }
}

/// Tells the unused from the unseen, and gives the reasons.
fn settle(
    fate: &mut ActionFate,
    suggestion: &Suggestion,
    account: &str,
    (coverage, catalog): (&Coverage, &Catalog),
) {
    let purposes = suggestion
        .grants
        .iter()
        .filter(|grant| grant.action == fate.action)
        .map(|grant| &grant.purpose);
    let reasons: BTreeSet<&str> = purposes.filter_map(|purpose| purpose.reason()).collect();
    fate.reason = (!reasons.is_empty()).then(|| reasons.into_iter().collect::<Vec<_>>().join("; "));
    if fate.fate != Fate::Unused {
        return;
    }
    if let Observability::Hidden(why) = observability(&fate.action, account, coverage, catalog) {
        fate.fate = Fate::NotObservable;
        let dropped = suggestion
            .hidden
            .dropped
            .iter()
            .find(|dropped| dropped.action == fate.action);
        if let Some(dropped) = dropped {
            fate.reason = Some(format!("{why}; {}", dropped.reason));
        } else if fate.reason.is_none() {
            fate.reason = Some(why);
        }
    } else if fate.is_granted {
        fate.fate = compared(&fate.from, &fate.to);
    }
}

/// The fate of a grant that stays, by its resources before and after.
fn compared(from: &[String], to: &[String]) -> Fate {
    if is_covering(to, from) {
        Fate::Used
    } else if is_covering(from, to) {
        Fate::Narrowed
    } else {
        Fate::Added
    }
}

/// Says whether every pattern of `narrow` is covered by one of `wide`.
fn is_covering(wide: &[String], narrow: &[String]) -> bool {
    let wide: Vec<Pattern> = wide.iter().map(|text| Pattern::parse(text)).collect();
    narrow.iter().all(|text| {
        let narrow = Pattern::parse(text);
        wide.iter().any(|pattern| pattern.covers(&narrow))
    })
}
