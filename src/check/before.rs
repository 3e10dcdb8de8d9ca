//! What a change adds: access, by proof, and wildcards.

use std::collections::BTreeMap;

use super::held::{Held, HeldPolicy};
use super::rules::{MANAGED_POLICY_ATTACHED, NEW_ACCESS, NEW_SUBJECT, NEW_WILDCARD};
use crate::catalog::Catalog;
use crate::finding::{Finding, Place};
use crate::pattern::{ActionPattern, Pattern};
use crate::policy::prove::Options;
use crate::policy::{
    ActionElement, Document, Effect, PolicySet, Request, ResourceElement, Statement,
};
use crate::template::relate_open;

/// How many requests are named at one place.
const MOST_REQUESTS: usize = 3;

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
pub(super) fn access(new: &Held<'_>, old: &Held<'_>, catalog: &Catalog) -> Vec<Finding> {
    let not_checked = |what: String| vec![Finding::not_checked(NEW_ACCESS, new.place(), what)];
    if let Some(reason) = new.undecided().or_else(|| old.undecided()) {
        return not_checked(format!("not compared with what was there before: {reason}"));
    }
    let unknown = new.unknown.keys().ne(old.unknown.keys());
    // A policy that both sides have adds the same to both, unless denials that one side lacks decide what it adds.
    if unknown || !new.unknown.is_empty() && (new.denies() || old.denies()) {
        let names = new.unknown.keys().chain(old.unknown.keys());
        let name = names.min().cloned().unwrap_or_default();
        return not_checked(format!(
            "not compared with what was there before: the document of `{name}` is not known"
        ));
    }
    let known_actions = catalog.all_actions();
    let options = Options {
        known_actions: &known_actions,
        catalog: Some(catalog),
        ..Options::default()
    };
    let (now, then) = (new.documents(), old.documents());
    let unresolved = [
        new.subject.unresolved.clone(),
        old.subject.unresolved.clone(),
    ]
    .concat();
    let found = relate_open(&then, &now, &unresolved, &options);
    if let (Some(reason), true) = (&found.undecided, found.only_in_new.is_empty()) {
        return not_checked(format!("not compared with what was there before: {reason}"));
    }
    if let (Some(name), false) = (new.unknown.keys().next(), found.only_in_new.is_empty()) {
        let request = found.only_in_new.first().map(shown).unwrap_or_default();
        return not_checked(format!(
            "{request} is new, unless `{name}` allowed it already"
        ));
    }
    by_statement(new, &found.only_in_new)
}

fn by_statement(held: &Held<'_>, requests: &[Request]) -> Vec<Finding> {
    let set = PolicySet::of_identity(held.documents());
    let mut grouped: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    for request in requests {
        let allowing = set.decide(request).statement.and_then(|at| {
            let policy = held.policies.get(at.policy)?;
            Some(held.place_of(policy, &format!("Statement[{}]", at.statement)))
        });
        let place = allowing.unwrap_or_else(|| held.place());
        grouped.entry(place).or_default().push(shown(request));
    }
    let finding = |(place, requests): (Place, Vec<String>)| {
        let named: Vec<&str> = requests
            .iter()
            .take(MOST_REQUESTS)
            .map(String::as_str)
            .collect();
        let more = match requests.len().saturating_sub(MOST_REQUESTS) {
            0 => String::new(),
            more => format!(", and {more} more kinds of requests"),
        };
        let what = format!("allowed now and not before: {}{more}", named.join(", "));
        Finding::failed(NEW_ACCESS, place, what)
    };
    grouped.into_iter().map(finding).collect()
}

fn shown(request: &Request) -> String {
    let context: Vec<String> = request
        .context()
        .iter()
        .map(|(key, values)| format!("{key}={}", values.join(",")))
        .collect();
    let under = if context.is_empty() {
        String::new()
    } else {
        format!(" with {}", context.join(" "))
    };
    format!("`{}` on `{}`{under}", request.action(), request.resource())
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
