//! `redundant-statement`: a statement without which the policy allows the same.

use super::{Finding, Rule, Severity, Subject};
use crate::policy::evaluate::{CompiledPolicy, CompiledStatement};
use crate::policy::prove::{Containment, Options, Work, contained_within};
use crate::policy::{Effect, PolicyKind};

pub(super) const RULE: Rule = Rule {
    name: "redundant-statement",
    severity: Severity::Low,
    what: "Other statements allow all that this one allows.",
    why: "It costs characters and readers' time, and whoever removes the other one believes the right gone.",
    fix: "Remove the statement.",
    check,
};

/// The most steps for one policy, and for one statement of it.
const MOST_STEPS: usize = 10_000_000;
const MOST_STEPS_OF_ONE: usize = 2_000_000;

/// Says whether a statement allows an action, on whatever resource, that no other one allows: no proof is needed then.
fn is_plainly_needed(statement: &CompiledStatement, others: &CompiledPolicy) -> bool {
    let is_open = statement.conditions.is_empty() && !statement.is_not_resource;
    if !is_open || statement.is_not_action || statement.resources.is_empty() {
        return false;
    }
    let others = others.statements.iter();
    let allowing: Vec<&CompiledStatement> = others
        .filter(|other| other.effect == Effect::Allow)
        .collect();
    let is_own = |action: &str| !allowing.iter().any(|other| other.matches_action(action));
    let actions = statement.actions.iter();
    let names = actions.filter_map(|action| action.as_pattern().as_literal());
    names.filter(|name| is_action(name)).any(is_own)
}

/// Says whether a text may be the name of an action.
fn is_action(name: &str) -> bool {
    let parts = name.split_once(':');
    parts.is_some_and(|(service, action)| !service.is_empty() && !action.is_empty())
}

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.kind != PolicyKind::Identity {
        return Vec::new();
    }
    let options = Options::default();
    let work = Work::new(MOST_STEPS);
    let mut findings = Vec::new();
    // A statement found needless is left out when the next are judged, so that of two equal ones one is named.
    let mut rest = subject.compiled.clone();
    for part in subject.allowing() {
        let mut without = rest.clone();
        let place = without
            .statements
            .iter()
            .position(|other| other == part.compiled);
        let Some(place) = place else {
            continue;
        };
        without.statements.remove(place);
        if is_plainly_needed(part.compiled, &without) {
            continue;
        }
        let alone = CompiledPolicy {
            statements: vec![part.compiled.clone()],
        };
        let mut granting = without.clone();
        granting
            .statements
            .retain(|statement| statement.effect == Effect::Allow);
        let proof = work.share(MOST_STEPS_OF_ONE, |share| {
            contained_within(&[alone], &[granting], &options, share)
        });
        if proof == Containment::Contained {
            findings.push(part.finding("", "the other statements allow all of this"));
            rest = without;
        }
    }
    findings
}
