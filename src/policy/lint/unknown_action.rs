//! `unknown-action`: a service or an action that the catalog does not know.

use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "unknown-action",
    severity: Severity::Medium,
    what: "An action pattern matches no action that exists.",
    why: "IAM accepts names that do not exist and grants nothing by them, so a slip of the pen stays unseen until a call is denied.",
    fix: "Correct the name, or remove it; `polgen catalog` lists what exists.",
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in subject.parts() {
        for (pattern, actions) in part.actions {
            if !actions.is_empty() {
                continue;
            }
            let prefix = pattern.split(':').next().unwrap_or_default();
            let is_known = prefix.contains(['*', '?']) || subject.catalog.service(prefix).is_some();
            let message = if is_known {
                format!("`{pattern}` matches no action")
            } else {
                format!("`{pattern}`: no service has the prefix `{prefix}`")
            };
            findings.push(part.finding("Action", message));
        }
    }
    findings
}
