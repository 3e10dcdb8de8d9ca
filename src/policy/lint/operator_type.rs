//! `operator-type`: an operator that does not fit the type of its key.

use super::unknown_condition_key::of_format;
use super::{Finding, Rule, Severity, Subject};
use crate::pattern::Pattern;
use crate::policy::operator::{Family, Operator, Quantifier};

pub(super) const RULE: Rule = Rule {
    name: "operator-type",
    severity: Severity::Low,
    what: "A condition operator compares a key as another type than it has.",
    why: "A value that the operator cannot read matches nothing, so the condition never holds; a set operator on a key with one value holds without the key.",
    fix: "Use the operators of the key's type.",
    check,
};

/// Global keys that are no text. Source: the IAM user guide, "AWS global condition context keys".
const GLOBAL_TYPES: [(&str, &str); 13] = [
    ("aws:currenttime", "Date"),
    ("aws:epochtime", "Date"),
    ("aws:multifactorauthage", "Numeric"),
    ("aws:multifactorauthpresent", "Bool"),
    ("aws:principalarn", "ARN"),
    ("aws:principalisawsservice", "Bool"),
    ("aws:securetransport", "Bool"),
    ("aws:sourcearn", "ARN"),
    ("aws:sourceip", "IPAddress"),
    ("aws:tokenissuetime", "Date"),
    ("aws:viaawsservice", "Bool"),
    ("aws:vpcsourceip", "IPAddress"),
    ("aws:userid", "String"),
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.parts() {
        for (name, keys) in &part.statement.conditions {
            let Some(operator) = Operator::parse(name) else {
                continue;
            };
            for key in keys.keys() {
                let Some(found) = type_of(subject, key) else {
                    continue;
                };
                let is_single = !found.starts_with("ArrayOf");
                let place = format!("Condition.{name}");
                if !fits(
                    operator.comparison.family(),
                    found.trim_start_matches("ArrayOf"),
                ) {
                    let message =
                        format!("`{key}` is of type {found}, which `{name}` does not compare");
                    findings.push(part.finding(&place, message));
                } else if is_single && operator.quantifier == Quantifier::ForAllValues {
                    let message =
                        format!("`{key}` has one value; `{name}` holds without the key, too");
                    findings.push(part.finding(&place, message));
                }
            }
        }
    }
    findings
}

/// Says whether a family of operators reads values of a type. ARNs are often compared as texts, and times as numbers.
fn fits(family: Family, kind: &str) -> bool {
    match family {
        Family::Presence => true,
        Family::Text | Family::TextOfAnyCase | Family::Like | Family::Binary => {
            matches!(kind, "String" | "ARN" | "Binary")
        }
        Family::Number => matches!(kind, "Numeric" | "Date"),
        Family::Moment => kind == "Date",
        Family::Boolean => kind == "Bool",
        Family::Network => kind == "IPAddress",
        // Some services list ARN-valued keys as strings.
        Family::Arn => matches!(kind, "ARN" | "String"),
    }
}

fn type_of<'s>(subject: &'s Subject<'_>, key: &str) -> Option<&'s str> {
    let key = key.to_ascii_lowercase();
    if let Some((_, found)) = GLOBAL_TYPES.iter().find(|(known, _)| *known == key) {
        return Some(found);
    }
    let service = subject.catalog.service(key.split(':').next()?)?;
    let literal = Pattern::literal(&key);
    let mut known = service.condition_keys.iter();
    let (_, found) = known.find(|(format, _)| of_format(format).intersects(&literal))?;
    Some(found)
}
