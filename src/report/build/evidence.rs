//! The entries of what stands behind each grant.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::pattern::Pattern;
use crate::policy;
use crate::report::calls::operation_text;
use crate::report::{EvidenceEntry, SeenEntry};
use crate::synthesis::{Conditions, Grant, Suggestion};
use crate::usage::{Evidence, RoleUsage, Use};

/// How many of the resources behind a grant are kept by name.
const RESOURCES_KEPT: usize = 200;

/// Gathers, for each grant, the uses that it covers.
pub(super) fn of(usage: &RoleUsage, suggestion: &Suggestion) -> Vec<EvidenceEntry> {
    let mut uses_of: BTreeMap<&str, Vec<(&Use, Pattern, &Evidence)>> = BTreeMap::new();
    for (used, evidence) in &usage.uses {
        let pattern = Pattern::parse(&used.access.resource);
        uses_of
            .entry(&used.access.action)
            .or_default()
            .push((used, pattern, evidence));
    }
    let mut entries = Vec::new();
    for grant in &suggestion.grants {
        let pattern = Pattern::parse(&grant.resource);
        let covered: Vec<(&Use, &Evidence)> = uses_of
            .get(grant.action.as_str())
            .into_iter()
            .flatten()
            .filter(|(used, narrow, _)| is_conditioned(grant, used) && pattern.covers(narrow))
            .map(|(used, _, evidence)| (*used, *evidence))
            .collect();
        entries.push(entry(sid_of(grant, suggestion), grant, &covered));
    }
    entries
}

/// Says whether the grant's conditions hold of the use.
fn is_conditioned(grant: &Grant, used: &Use) -> bool {
    grant.conditions.values().flatten().all(|(key, values)| {
        let seen = used.access.conditions.get(key);
        seen.is_some_and(|seen| seen.iter().all(|value| values.contains(value)))
    })
}

/// Says whether a statement's conditions are these.
fn has_conditions(written: &policy::Conditions, wanted: &Conditions) -> bool {
    written.len() == wanted.len()
        && written.iter().all(|(operator, keys)| {
            wanted.get(operator).is_some_and(|by_key| {
                keys.len() == by_key.len()
                    && keys
                        .iter()
                        .all(|(key, values)| by_key.get(key) == Some(values))
            })
        })
}

fn sid_of(grant: &Grant, suggestion: &Suggestion) -> String {
    let statements = suggestion
        .policies
        .iter()
        .flat_map(|policy| &policy.statements);
    let mut holding = statements.filter(|suggested| {
        let statement = &suggested.statement;
        let is_condition_same = has_conditions(&statement.conditions, &grant.conditions);
        is_condition_same
            && statement.action.patterns().contains(&grant.action)
            && statement
                .resource
                .as_ref()
                .is_some_and(|element| element.patterns().contains(&grant.resource))
    });
    holding
        .next()
        .and_then(|suggested| suggested.statement.sid.clone())
        .unwrap_or_default()
}

fn entry(sid: String, grant: &Grant, covered: &[(&Use, &Evidence)]) -> EvidenceEntry {
    let mut total = Evidence::default();
    for (_, evidence) in covered {
        total.merge((*evidence).clone());
    }
    let distinct = |text_of: fn(&Use) -> String| -> Vec<String> {
        covered
            .iter()
            .map(|(used, _)| text_of(used))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    };
    EvidenceEntry {
        sid,
        action: grant.action.clone(),
        resource: grant.resource.clone(),
        count: total.count,
        failed: total.failed,
        unproven: total.unproven,
        first_seen: total.first_seen,
        last_seen: total.last_seen,
        days: total.days.len(),
        by_day: total.days.into(),
        seen: seen(covered),
        resources_seen: distinct(|used| used.access.resource.to_string()).len(),
        operations: distinct(|used| operation_text(&used.operation)),
        rules: distinct(|used| used.access.rule.to_string()),
        sessions: total.sessions.into_iter().collect(),
        event_ids: total
            .examples
            .into_iter()
            .map(|example| example.id)
            .collect(),
    }
}

/// The resources behind a grant, the most used first.
fn seen(covered: &[(&Use, &Evidence)]) -> Vec<SeenEntry> {
    let mut by_resource: BTreeMap<&str, SeenEntry> = BTreeMap::new();
    for (used, evidence) in covered {
        let entry = by_resource
            .entry(&used.access.resource)
            .or_insert_with(|| SeenEntry {
                resource: used.access.resource.to_string(),
                count: 0,
                last_seen: None,
            });
        entry.count += evidence.count;
        entry.last_seen = entry.last_seen.max(evidence.last_seen);
    }
    let mut entries: Vec<SeenEntry> = by_resource.into_values().collect();
    entries.sort_by_key(|entry| Reverse(entry.count));
    entries.truncate(RESOURCES_KEPT);
    entries
}
