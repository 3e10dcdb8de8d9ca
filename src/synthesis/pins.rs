//! What the user decided beforehand: grants that are kept whatever the trail shows, and grants that are never made.
//!
//! `never` wins over everything: a grant that touches it is withheld, in whole where it cannot be cut down to what was seen, and the
//! uses that are thereby not allowed are named.

use std::collections::BTreeMap;

use super::{Conditions, Grant, Purpose, condition, gather};
use crate::pattern::{ActionPattern, Pattern};
use crate::usage::RoleUsage;

/// A grant that is kept on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// The full action.
    pub action: String,
    /// The resource pattern.
    pub resource: String,
    /// Under which conditions.
    pub conditions: Conditions,
    /// Why.
    pub reason: String,
}

/// What is never granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Never {
    /// A pattern of actions.
    pub action: String,
    /// A pattern of resources.
    pub resource: String,
    /// Why.
    pub reason: String,
}

/// All that was decided beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// Kept.
    pub keep: Vec<Pin>,
    /// Never granted.
    pub never: Vec<Never>,
    /// Pins whose time is over, each in words. They have no effect.
    pub expired: Vec<String>,
}

/// Something that would have been granted, but for a pin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Withheld {
    /// What withheld it.
    pub by: WithheldBy,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// How often it was seen in use.
    pub uses: u64,
    /// Why it is never granted.
    pub reason: String,
}

/// What keeps a grant out of a policy although it would be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WithheldBy {
    /// A pin forbids it.
    Pin,
    /// No policy can name its resource.
    Name,
}

/// The pins that forbid, compiled.
pub(super) struct Forbidden<'a>(Vec<(ActionPattern, Pattern, &'a Never)>);

impl<'a> Forbidden<'a> {
    pub(super) fn new(pins: &'a Pins) -> Self {
        let compile = |never: &'a Never| {
            (
                ActionPattern::parse(&never.action),
                Pattern::parse(&never.resource),
                never,
            )
        };
        Self(pins.never.iter().map(compile).collect())
    }

    /// The pin that a grant touches, if it touches one.
    fn touched(&self, grant: &Grant) -> Option<&'a Never> {
        if self.0.is_empty() {
            return None;
        }
        let action = grant.action.to_ascii_lowercase();
        let resource = Pattern::parse(&grant.resource);
        let mut pins = self.0.iter();
        let found = pins.find(|(actions, resources, _)| {
            actions.matches_lower_case(&action) && resources.intersects(&resource)
        });
        found.map(|(_, _, never)| *never)
    }

    /// Takes out the accesses that are never granted.
    pub(super) fn sift(
        &self,
        observed: Vec<Grant>,
        usage: &RoleUsage,
    ) -> (Vec<Grant>, Vec<Withheld>) {
        if self.0.is_empty() {
            return (observed, Vec::new());
        }
        let evidence = gather::with_evidence(usage);
        let mut withheld = Vec::new();
        let mut kept = Vec::new();
        for access in observed {
            match self.touched(&access) {
                None => kept.push(access),
                Some(never) => withheld.push(Withheld {
                    by: WithheldBy::Pin,
                    uses: evidence.get(&access).map_or(0, |evidence| evidence.count),
                    action: access.action,
                    resource: access.resource,
                    reason: never.reason.clone(),
                }),
            }
        }
        (kept, withheld)
    }

    /// Cuts patterns that touch a pin down to the accesses that they stand for.
    pub(super) fn narrow(&self, grants: Vec<Grant>, observed: &[Grant]) -> Vec<Grant> {
        if self.0.is_empty() {
            return grants;
        }
        let mut by_action: BTreeMap<&str, Vec<&Grant>> = BTreeMap::new();
        for access in observed {
            by_action.entry(&access.action).or_default().push(access);
        }
        let mut narrowed = Vec::new();
        for grant in grants {
            if self.touched(&grant).is_none() {
                narrowed.push(grant);
                continue;
            }
            let pattern = Pattern::parse(&grant.resource);
            let of_action = by_action.get(grant.action.as_str()).into_iter().flatten();
            let inside = of_action.filter(|access| {
                condition::is_wider(&grant.conditions, &access.conditions)
                    && pattern.covers(&Pattern::parse(&access.resource))
            });
            narrowed.extend(inside.map(|access| (*access).clone()));
        }
        narrowed
    }

    /// Takes out grants for other reasons than use.
    pub(super) fn refuse(&self, grants: Vec<Grant>, withheld: &mut Vec<Withheld>) -> Vec<Grant> {
        let mut kept = Vec::new();
        for grant in grants {
            match self.touched(&grant) {
                None => kept.push(grant),
                Some(never) => withheld.push(Withheld {
                    by: WithheldBy::Pin,
                    action: grant.action,
                    resource: grant.resource,
                    uses: 0,
                    reason: never.reason.clone(),
                }),
            }
        }
        kept
    }
}

pub(super) fn pinned(pin: &Pin) -> Grant {
    Grant {
        purpose: Purpose::Pinned(pin.reason.clone()),
        action: pin.action.clone(),
        resource: pin.resource.clone(),
        conditions: pin.conditions.clone(),
    }
}
