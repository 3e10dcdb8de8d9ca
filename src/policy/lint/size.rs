//! `size`: a policy that does not fit, or hardly.

use super::{Finding, Rule, Severity, Subject};
use crate::policy::PolicyKind;
use crate::policy::document::Quota;

pub(super) const RULE: Rule = Rule {
    name: "size",
    severity: Severity::Medium,
    what: "The policy has more characters than IAM accepts.",
    why: "It cannot be attached; IAM says so only when it is tried.",
    fix: "Split it into several managed policies, or shorten its lists with wildcards.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let (quota, name) = match subject.kind {
        PolicyKind::Identity => (Quota::Managed, "a managed policy"),
        PolicyKind::Trust => (Quota::Trust, "a trust policy"),
        PolicyKind::Resource => return Vec::new(),
    };
    let (size, most) = (subject.document.size(), quota.characters());
    if size <= most {
        return Vec::new();
    }
    vec![Finding {
        statement: None,
        path: String::new(),
        rule: "",
        severity: Severity::Medium,
        message: format!(
            "{size} characters, {} more than {name} may have",
            size - most
        ),
    }]
}
