//! From grants to statements: actions with the same resources share one, and no statement grants a pair that was not asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conditions, Grant, Purpose, SuggestedStatement, condition, sid};
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::Statement;

/// Drops every grant that another one covers: same action, a pattern at least as wide, and no condition more.
pub(super) fn absorb(grants: Vec<Grant>) -> Vec<Grant> {
    let grants: BTreeSet<Grant> = grants.into_iter().collect();
    let mut by_action: BTreeMap<&str, Vec<(&Grant, Pattern)>> = BTreeMap::new();
    for grant in &grants {
        by_action
            .entry(&grant.action)
            .or_default()
            .push((grant, Pattern::parse(&grant.resource)));
    }
    let is_covered = |grant: &Grant, pattern: &Pattern| {
        let peers = by_action
            .get(grant.action.as_str())
            .map_or(&[][..], Vec::as_slice);
        peers.iter().any(|(other, wider)| {
            if *other == grant
                || !condition::is_wider(&other.conditions, &grant.conditions)
                || !wider.covers(pattern)
            {
                return false;
            }
            // Of two that cover each other the first in order stays.
            let is_equal =
                condition::is_wider(&grant.conditions, &other.conditions) && pattern.covers(wider);
            !is_equal || *other < grant
        })
    };
    let kept = by_action
        .values()
        .flatten()
        .filter(|(grant, pattern)| !is_covered(grant, pattern));
    let mut kept: Vec<Grant> = kept.map(|(grant, _)| (*grant).clone()).collect();
    kept.sort();
    kept
}

/// What grants must share to share a statement, beside their resources.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    purpose: Purpose,
    service: &'a str,
    conditions: &'a Conditions,
    resources: BTreeSet<&'a str>,
}

/// Groups grants into statements with names that say what they are for.
pub(super) fn statements(grants: &[Grant], catalog: &Catalog) -> Vec<SuggestedStatement> {
    let mut resources_of: BTreeMap<(Purpose, &str, &Conditions), BTreeSet<&str>> = BTreeMap::new();
    for grant in grants {
        let key = (
            class_of(&grant.purpose),
            grant.action.as_str(),
            &grant.conditions,
        );
        resources_of.entry(key).or_default().insert(&grant.resource);
    }
    let mut groups: BTreeMap<Group<'_>, (BTreeSet<&str>, BTreeSet<&Purpose>)> = BTreeMap::new();
    for ((purpose, action, conditions), resources) in resources_of {
        let service = action.split(':').next().unwrap_or(action);
        let (actions, _) = groups
            .entry(Group {
                purpose,
                service,
                conditions,
                resources,
            })
            .or_default();
        actions.insert(action);
    }
    for (group, (actions, purposes)) in &mut groups {
        let is_of_group = |grant: &&Grant| {
            actions.contains(grant.action.as_str())
                && class_of(&grant.purpose) == group.purpose
                && grant.conditions == *group.conditions
                && group.resources.contains(grant.resource.as_str())
        };
        purposes.extend(
            grants
                .iter()
                .filter(is_of_group)
                .map(|grant| &grant.purpose),
        );
    }
    groups
        .into_iter()
        .map(|(group, (actions, purposes))| {
            let name = sid::name(
                &group.purpose,
                &actions,
                &group.resources,
                group.conditions,
                catalog,
            );
            suggested(&group, &actions, &purposes, name)
        })
        .collect()
}

fn suggested(
    group: &Group<'_>,
    actions: &BTreeSet<&str>,
    purposes: &BTreeSet<&Purpose>,
    name: String,
) -> SuggestedStatement {
    let mut statement = Statement::allow(actions.iter().copied(), group.resources.iter().copied());
    statement.sid = Some(name);
    statement.conditions = condition::to_statement(group.conditions);
    SuggestedStatement {
        statement,
        purpose: join(&group.purpose, purposes),
    }
}

/// The purpose without its reason: grants for different reasons of one kind may share a statement.
fn class_of(purpose: &Purpose) -> Purpose {
    match purpose {
        Purpose::Observed => Purpose::Observed,
        Purpose::Runtime(_) => Purpose::Runtime(String::new()),
        Purpose::Kept(_) => Purpose::Kept(String::new()),
    }
}

fn join(class: &Purpose, purposes: &BTreeSet<&Purpose>) -> Purpose {
    let reasons: BTreeSet<&str> = purposes
        .iter()
        .filter_map(|purpose| match purpose {
            Purpose::Observed => None,
            Purpose::Runtime(reason) | Purpose::Kept(reason) => Some(reason.as_str()),
        })
        .collect();
    let joined = reasons.into_iter().collect::<Vec<_>>().join("; ");
    match class {
        Purpose::Observed => Purpose::Observed,
        Purpose::Runtime(_) => Purpose::Runtime(joined),
        Purpose::Kept(_) => Purpose::Kept(joined),
    }
}
