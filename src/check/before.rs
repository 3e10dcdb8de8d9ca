//! What a change adds: access, by proof, and wildcards.

use std::collections::BTreeMap;

use super::held::{Held, HeldPolicy};
use super::rules::{MANAGED_POLICY_ATTACHED, NEW_ACCESS, NEW_SUBJECT, NEW_WILDCARD};
use super::{one_shown, open, shown};
use crate::catalog::Catalog;
use crate::finding::{Finding, Place};
use crate::pattern::{ActionPattern, Pattern};
use crate::policy::prove::{Containment, Options};
use crate::policy::{
    ActionElement, Document, Effect, PolicySet, Request, ResourceElement, Statement,
};
use crate::template::contained_open;

/// A role that was not there before.
pub(super) fn appeared(held: &Held<'_>, catalog: &Catalog) -> Option<Finding> {
    let mut actions: Vec<String> = Vec::new();
    for statement in held
        .policies
        .iter()
        .flat_map(|one| &one.document.statements)
    {
        if let (Effect::Allow, ActionElement::Action(patterns)) =
            (statement.effect, &statement.action)
        {
            actions.extend(patterns.iter().flat_map(|one| catalog.expand(one)));
        }
    }
    actions.sort_unstable();
    actions.dedup();
    let what = match actions.as_slice() {
        [] => "it is new".to_owned(),
        [one] => format!("it is new, and grants `{one}`"),
        [first, ..] => format!(
            "it is new, and grants {} actions, `{first}` among them",
            actions.len()
        ),
    };
    (!held.policies.is_empty()).then(|| Finding::failed(NEW_SUBJECT, held.place(), what))
}

/// Managed policies that were not attached before, known or not.
pub(super) fn attached(new: &Held<'_>, old: &Held<'_>) -> Vec<Finding> {
    let is_old = |name: &String| {
        let known = old.policies.iter().filter_map(|one| one.managed.as_ref());
        known.chain(old.unknown.keys()).any(|one| one == name)
    };
    let known = new.policies.iter().filter_map(|policy| {
        let name = policy.managed.as_ref()?;
        Some((name, new.place_of(policy, "")))
    });
    let unknown = new
        .unknown
        .iter()
        .map(|(name, place)| (name, place.clone()));
    known
        .chain(unknown)
        .filter(|(name, _)| !is_old(name))
        .map(|(name, place)| {
            let what = format!("`{name}` is attached now and was not before");
            Finding::failed(MANAGED_POLICY_ATTACHED, place, what)
        })
        .collect()
}

/// Requests that the old policies did not allow, by the statements that allow them now.
pub(super) fn access(new: &Held<'_>, old: &Held<'_>, options: &Options<'_>) -> Vec<Finding> {
    let not_checked = |what: String| vec![Finding::not_checked(NEW_ACCESS, new.place(), what)];
    if let Some(reason) = open::differs(new, old) {
        return not_checked(format!("not compared with what was there before: {reason}"));
    }
    let (now, then) = (new.documents(), old.documents());
    // What is not known of both in the same way adds the same to both, unless denials that one side lacks decide what it adds.
    let common = open::common(new);
    if common.is_some() && !open::denies_alike(&now, &then) {
        return not_checked(
            "not compared with what was there before: what it denies changed, and a part is not known"
                .to_owned(),
        );
    }
    let unresolved = [
        new.subject.unresolved.clone(),
        old.subject.unresolved.clone(),
    ]
    .concat();
    match (contained_open(&now, &then, &unresolved, options), common) {
        (Containment::Contained, _) => Vec::new(),
        (Containment::Unknown(reason), _) => {
            not_checked(format!("not compared with what was there before: {reason}"))
        }
        (Containment::NotContained(requests), Some(common)) => {
            let request = requests.first().map(one_shown).unwrap_or_default();
            not_checked(format!("{request} is new, unless {common}"))
        }
        (Containment::NotContained(requests), None) => by_statement(new, &requests),
    }
}

fn by_statement(held: &Held<'_>, requests: &[Request]) -> Vec<Finding> {
    let set = PolicySet::of_identity(held.documents());
    let mut grouped: BTreeMap<Place, Vec<Request>> = BTreeMap::new();
    for request in requests {
        let allowing = set.decide(request).statement.and_then(|at| {
            let policy = held.policies.get(at.policy)?;
            Some(held.place_of(policy, &format!("Statement[{}]", at.statement)))
        });
        let place = allowing.unwrap_or_else(|| held.place());
        grouped.entry(place).or_default().push(request.clone());
    }
    let finding = |(place, requests): (Place, Vec<Request>)| {
        let what = format!("allowed now and not before: {}", shown(&requests));
        Finding::failed(NEW_ACCESS, place, what)
    };
    grouped.into_iter().map(finding).collect()
}

/// Wildcards in the own code that no pattern of the old policies covers.
pub(super) fn wildcards(new: &Held<'_>, old: &Held<'_>) -> Vec<Finding> {
    let old_documents = old.documents();
    let old_actions: Vec<ActionPattern> = allowed(&old_documents, actions)
        .map(|one| ActionPattern::parse(one))
        .collect();
    let old_resources: Vec<Pattern> = allowed(&old_documents, resources)
        .map(|one| Pattern::parse(one))
        .collect();
    let mut findings = Vec::new();
    for policy in new.own() {
        for (index, statement) in policy.document.statements.iter().enumerate() {
            if statement.effect == Effect::Deny {
                continue;
            }
            let new_actions = actions(statement).iter().filter(|text| {
                let pattern = ActionPattern::parse(text);
                let is_known = old_actions.iter().any(|one| one.covers(&pattern));
                pattern.as_pattern().as_literal().is_none() && !is_known
            });
            findings.extend(finding(new, policy, (index, "Action"), new_actions));
            let new_resources = resources(statement).iter().filter(|text| {
                let pattern = Pattern::parse(text);
                let is_known = old_resources.iter().any(|one| one.covers(&pattern));
                is_wide(&pattern) && !is_known
            });
            findings.extend(finding(new, policy, (index, "Resource"), new_resources));
        }
    }
    findings
}

fn finding<'t>(
    held: &Held<'_>,
    policy: &HeldPolicy<'_>,
    (index, element): (usize, &str),
    patterns: impl Iterator<Item = &'t String>,
) -> Option<Finding> {
    let patterns: Vec<String> = patterns.map(|one| format!("`{one}`")).collect();
    let place = held.place_of(policy, &format!("Statement[{index}].{element}"));
    let what = format!("{} is new", patterns.join(", "));
    (!patterns.is_empty()).then(|| Finding::failed(NEW_WILDCARD, place, what))
}

/// Says whether a pattern holds resources of any name.
fn is_wide(pattern: &Pattern) -> bool {
    let prefix = pattern.literal_prefix();
    let name = prefix.rsplit([':', '/']).next().unwrap_or_default();
    pattern.as_literal().is_none() && !pattern.has_variable() && name.is_empty()
}

fn allowed<'d>(
    documents: &[&'d Document],
    list: fn(&Statement) -> &[String],
) -> impl Iterator<Item = &'d String> {
    let statements = documents.iter().copied().flat_map(|one| &one.statements);
    statements
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(list)
}

fn actions(statement: &Statement) -> &[String] {
    match &statement.action {
        ActionElement::Action(patterns) => patterns,
        ActionElement::NotAction(_) => &[],
    }
}

fn resources(statement: &Statement) -> &[String] {
    match &statement.resource {
        Some(ResourceElement::Resource(patterns)) => patterns,
        _ => &[],
    }
}
