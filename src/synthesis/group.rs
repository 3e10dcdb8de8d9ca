//! From grants to statements: actions with the same resources share one, and no statement grants a pair that was not asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conditions, Grant, Purpose, SuggestedStatement, condition, sid};
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::Statement;

/// Drops every grant that another one covers: same action, a pattern at least as wide, and no condition more.
pub(super) fn absorb(grants: Vec<Grant>) -> Vec<Grant> {
    let grants: BTreeSet<Grant> = grants.into_iter().collect();
    let mut peers: BTreeMap<&str, Peers<'_>> = BTreeMap::new();
    for grant in &grants {
        peers.entry(&grant.action).or_default().insert(grant);
    }
    let is_covered = |grant: &Grant| {
        peers
            .get(grant.action.as_str())
            .is_some_and(|peers| peers.cover(grant))
    };
    let mut kept: Vec<Grant> = grants
        .iter()
        .filter(|grant| !is_covered(grant))
        .cloned()
        .collect();
    kept.sort();
    kept
}

/// The grants of one action. A literal covers only what is written alike, so only patterns are compared with all.
#[derive(Default)]
struct Peers<'a> {
    patterns: Vec<(&'a Grant, Pattern)>,
    alike: BTreeMap<&'a str, Vec<&'a Grant>>,
}

impl<'a> Peers<'a> {
    fn insert(&mut self, grant: &'a Grant) {
        let pattern = Pattern::parse(&grant.resource);
        if pattern.as_literal().is_none() {
            self.patterns.push((grant, pattern));
        }
        self.alike.entry(&grant.resource).or_default().push(grant);
    }

    fn cover(&self, grant: &Grant) -> bool {
        let narrow = Pattern::parse(&grant.resource);
        let alike = self
            .alike
            .get(grant.resource.as_str())
            .into_iter()
            .flatten()
            .copied();
        let wider = self
            .patterns
            .iter()
            .filter(|(_, pattern)| pattern.covers(&narrow));
        let wider = wider.map(|(other, pattern)| (*other, narrow.covers(pattern)));
        alike
            .map(|other| (other, true))
            .chain(wider)
            .any(|(other, is_mutual)| {
                if other == grant || !condition::is_wider(&other.conditions, &grant.conditions) {
                    return false;
                }
                // Of two that cover each other the first in order stays.
                let is_equal =
                    is_mutual && condition::is_wider(&grant.conditions, &other.conditions);
                !is_equal || other < grant
            })
    }
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
        Purpose::Pinned(_) => Purpose::Pinned(String::new()),
    }
}

fn join(class: &Purpose, purposes: &BTreeSet<&Purpose>) -> Purpose {
    let reasons: BTreeSet<&str> = purposes
        .iter()
        .filter_map(|purpose| purpose.reason())
        .collect();
    let joined = reasons.into_iter().collect::<Vec<_>>().join("; ");
    match class {
        Purpose::Observed => Purpose::Observed,
        Purpose::Runtime(_) => Purpose::Runtime(joined),
        Purpose::Kept(_) => Purpose::Kept(joined),
        Purpose::Pinned(_) => Purpose::Pinned(joined),
    }
}
