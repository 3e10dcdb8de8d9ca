//! `grants-nothing`: an action that takes only `*` beside ARNs.

use super::subject::list;
use super::{Finding, Rule, Severity, Subject};
use crate::policy::Effect;

pub(super) const RULE: Rule = Rule {
    name: "grants-nothing",
    severity: Severity::Medium,
    what: "An action that acts on no resource is allowed on ARNs.",
    why: "A request for such an action names the resource `*`, which no ARN matches: the statement grants nothing for it.",
    fix: "Move the action to a statement with `\"Resource\": \"*\"`.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.parts() {
        // Whoever writes a wildcard means those of its actions that can be scoped; whoever writes a name means that action.
        let is_void = |pattern: &str, action: &String| {
            !pattern.contains(['*', '?'])
                && subject
                    .fact(action)
                    .is_some_and(|(_, fact)| fact.resource_types.is_empty())
        };
        if part.resources().is_empty() || part.has_any_resource() {
            continue;
        }
        let actions = part.actions.iter();
        let void: Vec<String> = actions
            .flat_map(|(pattern, actions)| actions.iter().filter(|action| is_void(pattern, action)))
            .cloned()
            .collect();
        if !void.is_empty() {
            let verb = match part.statement.effect {
                Effect::Allow => "allowed",
                Effect::Deny => "denied",
            };
            let message = format!(
                "only `*` is a resource of {}: with ARNs nothing is {verb}",
                list(&void)
            );
            findings.push(part.finding("Resource", message));
        }
    }
    findings
}
