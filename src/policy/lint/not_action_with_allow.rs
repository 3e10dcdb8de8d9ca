//! `not-action-with-allow`: a grant of all the rest.

use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "not-action-with-allow",
    severity: Severity::High,
    what: "`NotAction` is used with `Allow`.",
    why: "It grants every other action, also those of services that do not exist yet.",
    fix: "List the actions that are needed; to take some away, use a `Deny`.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject
        .allowing()
        .filter(|part| part.compiled.is_not_action)
    {
        let all = subject.catalog.all_actions();
        let granted = all
            .iter()
            .filter(|action| part.compiled.matches_action(&action.to_ascii_lowercase()))
            .count();
        let message = format!(
            "allows {granted} of the {} actions that exist today",
            all.len()
        );
        findings.push(part.finding("NotAction", message));
    }
    findings
}
