//! `shadowed-statement`: a grant that is wholly denied.

use super::{Finding, Rule, Severity, Subject};
use crate::policy::evaluate::{CompiledPolicy, CompiledStatement};
use crate::policy::prove::{Containment, Options, Work, contained_within};
use crate::policy::{Effect, PolicyKind};

pub(super) const RULE: Rule = Rule {
    name: "shadowed-statement",
    severity: Severity::Low,
    what: "A `Deny` of the same policy refuses all that this statement allows.",
    why: "It grants nothing, and reads as if it did.",
    fix: "Remove the statement, or narrow the `Deny`.",
    check,
};

/// The most steps for one policy, and for one statement of it.
const MOST_STEPS: usize = 10_000_000;
const MOST_STEPS_OF_ONE: usize = 2_000_000;

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let statements = subject.compiled.statements.iter();
    let denying: Vec<_> = statements
        .filter(|statement| statement.effect == Effect::Deny)
        .cloned()
        .collect();
    if denying.is_empty() || subject.kind != PolicyKind::Identity {
        return Vec::new();
    }
    let options = Options::default();
    let work = Work::new(MOST_STEPS);
    let nothing = [CompiledPolicy {
        statements: Vec::new(),
    }];
    let is_shadowed = |statement: &CompiledStatement| {
        let mut statements = denying.clone();
        statements.push(statement.clone());
        let denied = [CompiledPolicy { statements }];
        let proof = work.share(MOST_STEPS_OF_ONE, |share| {
            contained_within(&denied, &nothing, &options, share)
        });
        proof == Containment::Contained
    };
    subject
        .allowing()
        .filter(|part| is_shadowed(part.compiled))
        .map(|part| part.finding("", "a `Deny` of this policy refuses all of this"))
        .collect()
}
