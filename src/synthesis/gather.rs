//! Collects what must be granted: what was seen, and what is kept because it cannot be seen.

use std::collections::BTreeMap;

use super::{Conditions, Grant, Purpose, condition};
use crate::usage::{Evidence, RoleUsage, Use};

/// A grant of the current policy that is kept on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// The full action.
    pub action: String,
    /// The resource pattern that it is kept on.
    pub resource: String,
    /// Under which conditions, as in the current policy.
    pub conditions: Conditions,
    /// Why it is kept.
    pub reason: String,
}

/// Lists every distinct access seen, as a grant on exactly its resource, with its evidence.
pub(super) fn with_evidence(usage: &RoleUsage) -> BTreeMap<Grant, Evidence> {
    let mut distinct: BTreeMap<Grant, Evidence> = BTreeMap::new();
    for (used, evidence) in &usage.uses {
        distinct
            .entry(seen(used))
            .or_default()
            .merge(evidence.clone());
    }
    distinct
}

/// Lists every distinct access seen, as a grant on exactly its resource.
pub(super) fn observed(usage: &RoleUsage) -> Vec<Grant> {
    let mut distinct: Vec<Grant> = usage.uses.keys().map(seen).collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

fn seen(used: &Use) -> Grant {
    Grant {
        purpose: Purpose::Observed,
        action: used.access.action.to_string(),
        resource: used.access.resource.to_string(),
        conditions: condition::equals(&used.access.conditions),
    }
}

/// Lists what denied calls of these actions had asked for, as grants on exactly those resources.
pub(super) fn asked_for(usage: &RoleUsage, actions: &[String]) -> Vec<Grant> {
    let is_asked = |action: &str| actions.iter().any(|one| one.eq_ignore_ascii_case(action));
    let accesses = usage.denied.keys().flat_map(|call| &call.accesses);
    accesses
        .filter(|access| is_asked(&access.action))
        .map(|access| Grant {
            purpose: Purpose::Kept(
                "it was denied so far, and you allow it with `--allow-denied`".to_owned(),
            ),
            action: access.action.to_string(),
            resource: access.resource.to_string(),
            conditions: condition::equals(&access.conditions),
        })
        .collect()
}

pub(super) fn kept_grant(kept: &Kept) -> Grant {
    Grant {
        purpose: Purpose::Kept(kept.reason.clone()),
        action: kept.action.clone(),
        resource: kept.resource.clone(),
        conditions: kept.conditions.clone(),
    }
}
