//! `wildcard-resource`: `*` where the action's resources have ARNs.

use super::subject::list;
use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "wildcard-resource",
    severity: Severity::Medium,
    what: "An action that changes something is allowed on `*` although its resources have ARNs.",
    why: "Whoever gets hold of the role can change every resource of the account, not only the role's own.",
    fix: "Name the ARNs; `polgen suggest` finds those in use.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.allowing() {
        if !(part.has_any_resource() && part.is_unconditional()) {
            continue;
        }
        let is_scopable = |action: &&String| {
            subject.fact(action).is_some_and(|(_, fact)| {
                let is_change = matches!(
                    fact.access_level.as_str(),
                    "Write" | "Permissions management"
                );
                is_change && !fact.resource_types.is_empty()
            })
        };
        let actions = part.actions.iter().flat_map(|(_, actions)| actions);
        let scopable: Vec<String> = actions.filter(is_scopable).cloned().collect();
        if !scopable.is_empty() {
            let message = format!("`*` allows {} on every resource", list(&scopable));
            findings.push(part.finding("Resource", message));
        }
    }
    findings
}
