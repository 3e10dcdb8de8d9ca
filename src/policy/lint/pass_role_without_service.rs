//! `pass-role-without-service`: `iam:PassRole` to whatever service.

use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "pass-role-without-service",
    severity: Severity::Medium,
    what: "`iam:PassRole` is allowed without a condition on `iam:PassedToService`.",
    why: "The role can be given to any service that its trust policy names, and used from there.",
    fix: "Add `\"Condition\": {\"StringEquals\": {\"iam:PassedToService\": \"SERVICE.amazonaws.com\"}}`.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.allowing() {
        let mut conditions = part.compiled.conditions.iter();
        let is_tied = conditions.any(|condition| condition.key == "iam:passedtoservice");
        if part.compiled.matches_action("iam:passrole") && !is_tied {
            findings.push(part.finding("", "allows `iam:PassRole` to every service"));
        }
    }
    findings
}
