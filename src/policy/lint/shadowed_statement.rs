//! `shadowed-statement`: a grant that is wholly denied.

use super::{Finding, Rule, Severity, Subject};
use crate::policy::evaluate::{CompiledPolicy, CompiledStatement};
use crate::policy::prove::{Containment, Options, contained};
use crate::policy::{Effect, PolicyKind};

pub(super) const RULE: Rule = Rule {
    name: "shadowed-statement",
    severity: Severity::Low,
    what: "A `Deny` of the same policy refuses all that this statement allows.",
    why: "It grants nothing, and reads as if it did.",
    fix: "Remove the statement, or narrow the `Deny`.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let statements = subject.compiled.statements.iter();
    let denying: Vec<_> = statements
        .filter(|statement| statement.effect == Effect::Deny)
        .cloned()
        .collect();
    if denying.is_empty() || subject.kind != PolicyKind::Identity {
        return Vec::new();
    }
    let options = Options {
        most_steps: 2_000_000,
        ..Options::default()
    };
    let nothing = [CompiledPolicy {
        statements: Vec::new(),
    }];
    let is_shadowed = |statement: &CompiledStatement| {
        let mut statements = denying.clone();
        statements.push(statement.clone());
        contained(&[CompiledPolicy { statements }], &nothing, &options) == Containment::Contained
    };
    subject
        .allowing()
        .filter(|part| is_shadowed(part.compiled))
        .map(|part| part.finding("", "a `Deny` of this policy refuses all of this"))
        .collect()
}
