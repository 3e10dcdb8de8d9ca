//! `data-exfiltration`: stored data of the whole account can be read.

use super::subject::list;
use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "data-exfiltration",
    severity: Severity::High,
    what: "Actions that read stored data or secrets are allowed on every resource.",
    why: "Whoever gets hold of the role can carry off all data of the account that lies there.",
    fix: "Name the buckets, tables, parameters and secrets that are read.",
    check,
};

/// Actions that return what others stored. Source: the service authorization reference.
const ACTIONS: &[&str] = &[
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "s3:GetObject",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.allowing().filter_map(|part| {
        let found: Vec<String> = part.everywhere(ACTIONS);
        let message = format!("{} can read all that is stored", list(&found));
        (!found.is_empty()).then(|| part.finding("Resource", message))
    });
    findings.collect()
}
