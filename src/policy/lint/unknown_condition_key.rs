//! `unknown-condition-key`: a key that no request for these actions has.

use super::subject::Part;
use super::{Finding, Rule, Severity, Subject};
use crate::pattern::Pattern;

pub(super) const RULE: Rule = Rule {
    name: "unknown-condition-key",
    severity: Severity::Medium,
    what: "A condition asks for a key that the statement's actions do not have.",
    why: "Without the key a condition does not hold, or with a negated operator always holds: the statement grants nothing, or more than it seems.",
    fix: "Use a key of the service, or split the statement by service.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.parts() {
        for (operator, keys) in &part.statement.conditions {
            for key in keys.keys() {
                let (prefix, _) = key.split_once(':').unwrap_or((key, ""));
                // Global keys belong to every request; what an identity provider sends is not in the catalog.
                let is_of_service = subject
                    .catalog
                    .service(&prefix.to_ascii_lowercase())
                    .is_some();
                let is_judged = is_of_service && !part.actions.is_empty();
                if is_judged && !is_known(subject, part, prefix, key) {
                    let message = format!("`{key}` is no key of these actions");
                    findings.push(part.finding(&format!("Condition.{operator}"), message));
                }
            }
        }
    }
    findings
}

/// Says whether a service of the statement's actions has the key, or one of the actions lists it.
fn is_known(subject: &Subject<'_>, part: Part<'_>, prefix: &str, key: &str) -> bool {
    let key = Pattern::literal(&key.to_ascii_lowercase());
    let is_key = |known: &str| of_format(known).intersects(&key);
    let mut actions = part.actions.iter().flat_map(|(_, actions)| actions);
    actions.any(|action| {
        let Some((service, fact)) = subject.fact(action) else {
            return true;
        };
        let is_own = service.prefix.eq_ignore_ascii_case(prefix);
        fact.condition_keys.iter().any(|known| is_key(known))
            || (is_own && service.condition_keys.keys().any(|known| is_key(known)))
    })
}

/// Reads a key's format: `s3:ExistingObjectTag/<key>` and `aws:RequestTag/${TagKey}` stand for many keys.
pub(super) fn of_format(format: &str) -> Pattern {
    let format = format.to_ascii_lowercase();
    match format.split_once('<') {
        Some((start, _)) => Pattern::parse(&format!("{start}*")),
        None => Pattern::parse(&format),
    }
}
