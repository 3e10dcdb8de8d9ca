//! The fate of each action that the role may use today: kept, narrowed, unused, not observable, denied only; and what is added.
//!
//! A wildcard is taken apart first, so that `s3:*` is not one fate but as many as it grants.

use std::collections::{BTreeMap, BTreeSet};

use crate::pattern::Pattern;
use crate::synthesis::{Basis, CurrentGrant, Grant, Observability, Observer, Suggestion, is_wider};
use crate::time::Timestamp;
use crate::usage::RoleUsage;

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
    /// Uses among `uses` that failed.
    pub failed: u64,
    /// On how many days a use would have been seen; absent where it could not.
    pub observable_days: Option<usize>,
    /// The command that would make its use visible, if there is one.
    pub visible_with: Option<String>,
    /// Says whether the current policies grant more of the action than the suggestion does.
    pub is_excess: bool,
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

/// Works out the fate of every action in the current policies and in `suggestion`.
pub fn fates(basis: Basis<'_>, suggestion: &Suggestion) -> Fates {
    let seen = Seen::of(basis.usage);
    let observer = Observer::new(basis);
    let mut granted: BTreeMap<&str, Vec<&Grant>> = BTreeMap::new();
    for grant in &suggestion.grants {
        granted.entry(&grant.action).or_default().push(grant);
    }
    let current = &basis.current.actions;
    let names: BTreeSet<&str> = current
        .keys()
        .map(String::as_str)
        .chain(granted.keys().copied())
        .collect();
    let mut actions: Vec<ActionFate> = names
        .into_iter()
        .map(|action| {
            let change = Change {
                action,
                from: current.get(action),
                to: granted.get(action).map_or(&[][..], Vec::as_slice),
            };
            change.fate(&seen, &observer, suggestion)
        })
        .collect();
    actions.sort_by(|one, other| (one.fate, &one.action).cmp(&(other.fate, &other.action)));
    Fates {
        actions,
        before: current.len(),
        after: granted.len(),
    }
}

/// How often, how often in vain, and when last.
type Calls = (u64, u64, Option<Timestamp>);

/// Uses and denials by action.
struct Seen<'a> {
    uses: BTreeMap<&'a str, Calls>,
    denied: BTreeMap<&'a str, Calls>,
}

impl<'a> Seen<'a> {
    fn of(usage: &'a RoleUsage) -> Self {
        let mut seen = Self {
            uses: BTreeMap::new(),
            denied: BTreeMap::new(),
        };
        for (used, evidence) in &usage.uses {
            let (count, failed, last) = seen.uses.entry(&used.access.action).or_default();
            *count += evidence.count;
            *failed += evidence.failed;
            *last = (*last).max(evidence.last_seen);
        }
        for (call, evidence) in &usage.denied {
            for access in &call.accesses {
                let (count, _, last) = seen.denied.entry(&access.action).or_default();
                *count += evidence.count;
                *last = (*last).max(evidence.last_seen);
            }
        }
        seen
    }
}

/// One action before and after.
struct Change<'a> {
    action: &'a str,
    from: Option<&'a CurrentGrant>,
    to: &'a [&'a Grant],
}

impl Change<'_> {
    fn fate(
        &self,
        seen: &Seen<'_>,
        observer: &Observer<'_>,
        suggestion: &Suggestion,
    ) -> ActionFate {
        let texts = |set: BTreeSet<&str>| set.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let (uses, failed, last_use) = seen.uses.get(self.action).copied().unwrap_or_default();
        let (denials, _, last_denial) = seen.denied.get(self.action).copied().unwrap_or_default();
        let from = self
            .from
            .map(|grant| grant.resources.iter().cloned().collect());
        let policies = self
            .from
            .map(|grant| grant.policies.iter().cloned().collect());
        let mut fate = ActionFate {
            action: self.action.to_owned(),
            fate: Fate::Added,
            is_granted: !self.to.is_empty(),
            uses,
            last_seen: if uses > 0 { last_use } else { last_denial },
            from: from.unwrap_or_default(),
            to: texts(
                self.to
                    .iter()
                    .map(|grant| grant.resource.as_str())
                    .collect(),
            ),
            policies: policies.unwrap_or_default(),
            reason: self.reasons(),
            failed,
            observable_days: None,
            visible_with: None,
            is_excess: self.from.is_some_and(|from| !self.is_all_granted(from)),
        };
        let Some(from) = self.from else {
            return fate;
        };
        self.judge(&mut fate, from, observer, suggestion);
        if fate.fate == Fate::Unused && denials > 0 {
            fate.fate = Fate::DeniedOnly;
        }
        fate
    }

    /// Tells the used from the unused, and both from the unseen.
    fn judge(
        &self,
        fate: &mut ActionFate,
        from: &CurrentGrant,
        observer: &Observer<'_>,
        suggestion: &Suggestion,
    ) {
        if fate.uses > 0 {
            fate.fate = self.compared(from);
            return;
        }
        let answers: Vec<Observability> = from
            .places
            .iter()
            .map(|place| observer.of(self.action, Some(&place.reach)))
            .collect();
        let hidden = answers.iter().find_map(|answer| match answer {
            Observability::Hidden { why, data_type } => Some((why, data_type)),
            Observability::Shown { .. } => None,
        });
        if let Some((why, data_type)) = hidden {
            fate.fate = Fate::NotObservable;
            fate.visible_with = data_type.as_ref().map(|kind| observer.remedy(kind));
            let mut dropped = suggestion.hidden.dropped.iter();
            if let Some(dropped) = dropped.find(|dropped| dropped.action == self.action) {
                fate.reason = Some(format!("{why}; {}", dropped.reason));
            } else if fate.reason.is_none() {
                fate.reason = Some(why.clone());
            }
            return;
        }
        let shown = answers.iter().filter_map(|answer| match answer {
            Observability::Shown { days, because } => Some((*days, because)),
            Observability::Hidden { .. } => None,
        });
        let shown = shown.min_by_key(|(days, _)| *days);
        fate.observable_days = shown.map(|(days, _)| days);
        if fate.is_granted {
            fate.fate = self.compared(from);
        } else {
            fate.fate = Fate::Unused;
            fate.reason = shown.map(|(days, because)| {
                let days = if days == 1 {
                    "1 day".to_owned()
                } else {
                    format!("{days} days")
                };
                format!("it would have been seen on {days}: {because}")
            });
        }
    }

    /// The reasons of grants that were not simply seen in use.
    fn reasons(&self) -> Option<String> {
        let reasons: BTreeSet<&str> = self
            .to
            .iter()
            .filter_map(|grant| grant.purpose.reason())
            .collect();
        (!reasons.is_empty()).then(|| reasons.into_iter().collect::<Vec<_>>().join("; "))
    }

    /// The fate of a grant that stays, by its resources and conditions before and after.
    fn compared(&self, from: &CurrentGrant) -> Fate {
        let is_within = |to: &&Grant| {
            let resource = Pattern::parse(&to.resource);
            let mut places = from.places.iter();
            places.any(|place| {
                place.reach.covers(&resource) && is_wider(&place.conditions, &to.conditions)
            })
        };
        if self.is_all_granted(from) {
            Fate::Used
        } else if self.to.iter().all(is_within) {
            Fate::Narrowed
        } else {
            Fate::Added
        }
    }

    /// Says whether all that the current policies grant is granted still.
    fn is_all_granted(&self, from: &CurrentGrant) -> bool {
        from.places.iter().all(|place| {
            let Some(pattern) = place.reach.pattern() else {
                return false;
            };
            let pattern = Pattern::parse(pattern);
            self.to.iter().any(|to| {
                Pattern::parse(&to.resource).covers(&pattern)
                    && is_wider(&to.conditions, &place.conditions)
            })
        })
    }
}
