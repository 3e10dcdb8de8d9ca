//! Names that a policy cannot hold.
//!
//! IAM takes only tab, line feed, carriage return and U+0020 to U+00FF in a policy. Where a name is open-ended anyway (the key of an
//! object), what else stands in it becomes `*`, which is said. Elsewhere a `*` would reach other buckets, tables or queues, and
//! whoever may choose a name in a call would choose how far. Most services take no such names, so that the call reached nothing; of the
//! few that do (state machines, tables of Glue) the same holds: the use is set aside and told, and a person decides what a `keep` grants.

use std::collections::BTreeSet;

use super::pins::WithheldBy;
use super::{Generalization, Grant, Withheld, gather};
use crate::arn::Arn;
use crate::catalog::open_parts::open_start;
use crate::catalog::{Catalog, OpenKind};
use crate::usage::RoleUsage;

/// The longest ARN that IAM knows. Source: IAM API reference, `arnType`.
const MOST_CHARACTERS: usize = 2048;

/// Why a name with characters that IAM does not take became a pattern.
pub const NO_SUCH_CHARACTERS: &str = "a policy cannot hold all characters of the name";

/// Takes out the accesses whose resources no policy can name.
pub(super) fn sift(
    observed: Vec<Grant>,
    usage: &RoleUsage,
    catalog: &Catalog,
    withheld: &mut Vec<Withheld>,
) -> Vec<Grant> {
    let (refused, kept): (Vec<_>, Vec<_>) = observed
        .into_iter()
        .map(|grant| (problem(&grant, catalog), grant))
        .partition(|(problem, _)| problem.is_some());
    if !refused.is_empty() {
        let evidence = gather::with_evidence(usage);
        withheld.extend(refused.into_iter().map(|(problem, grant)| Withheld {
            by: WithheldBy::Name,
            uses: evidence.get(&grant).map_or(0, |evidence| evidence.count),
            action: grant.action,
            resource: shortened(grant.resource),
            reason: problem.unwrap_or_default().to_owned(),
        }));
    }
    kept.into_iter().map(|(_, grant)| grant).collect()
}

/// Why no policy can name the resource of an access.
fn problem(grant: &Grant, catalog: &Catalog) -> Option<&'static str> {
    let resource = &grant.resource;
    if resource.chars().nth(MOST_CHARACTERS).is_some() {
        return Some("no resource has so long a name");
    }
    let strange = resource.find(|character| !is_taken(character))?;
    let is_open = open_from(grant, catalog).is_some_and(|start| strange >= start);
    (!is_open).then_some("its name holds characters that no policy can hold")
}

/// Where the part of a resource's name starts that is open-ended.
fn open_from(grant: &Grant, catalog: &Catalog) -> Option<usize> {
    let service = Arn::parse(&grant.resource)?.service;
    let (resource_type, format) = catalog.type_of(&grant.action, &grant.resource)?;
    let part = catalog.open_part(service, &resource_type)?;
    let is_open = part.kind != OpenKind::RandomSuffix;
    is_open.then(|| open_start(&grant.resource, &format, part))?
}

/// So much of a name as a reader needs to find it.
fn shortened(resource: String) -> String {
    const SHOWN: usize = 200;
    if resource.chars().count() <= SHOWN {
        return resource;
    }
    resource.chars().take(SHOWN).chain(['…']).collect()
}

/// Writes every grant with characters that IAM takes; what had to give way is added to the generalizations.
pub(super) fn fit(grants: Vec<Grant>, generalizations: &mut Vec<Generalization>) -> Vec<Grant> {
    let mut widened: BTreeSet<(String, String)> = BTreeSet::new();
    let fitted = grants
        .into_iter()
        .map(|grant| {
            if is_taken_whole(&grant.resource) {
                return grant;
            }
            let resource = starred(&grant.resource);
            widened.insert((resource.clone(), grant.resource));
            Grant { resource, ..grant }
        })
        .collect();
    let patterns: BTreeSet<&String> = widened.iter().map(|(pattern, _)| pattern).collect();
    generalizations.extend(patterns.into_iter().map(|pattern| Generalization {
        pattern: pattern.clone(),
        seen: widened.iter().filter(|(other, _)| other == pattern).count(),
        admits: "whatever the pattern matches".to_owned(),
        reason: NO_SUCH_CHARACTERS.to_owned(),
    }));
    fitted
}

/// Writes a pattern with characters that IAM takes; the rest becomes `*`.
pub(super) fn taken(pattern: &str) -> String {
    if is_taken_whole(pattern) {
        pattern.to_owned()
    } else {
        starred(pattern)
    }
}

/// Says whether IAM takes all characters of a text.
pub(super) fn is_taken_whole(text: &str) -> bool {
    text.chars().all(is_taken)
}

/// Says whether IAM takes the character in a policy. Source: the IAM user guide, grammar of the policy language.
fn is_taken(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// Replaces each run of characters that IAM does not take by one `*`.
fn starred(text: &str) -> String {
    let mut starred = String::with_capacity(text.len());
    for character in text.chars() {
        if is_taken(character) {
            starred.push(character);
        } else if !starred.ends_with('*') {
            starred.push('*');
        }
    }
    starred
}

#[cfg(test)]
mod tests;
