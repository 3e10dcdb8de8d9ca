//! `credentials-exposure`: credentials can be fetched.

use super::subject::list;
use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "credentials-exposure",
    severity: Severity::High,
    what: "Actions that return credentials are allowed on every resource.",
    why: "Credentials outlive the session that fetched them, and often carry other rights.",
    fix: "Remove the action, or name the resources whose credentials are meant.",
    check,
};

/// Actions whose answer holds credentials. Source: the API references of their services.
const ACTIONS: &[&str] = &[
    "cognito-idp:DescribeUserPoolClient",
    "ec2:GetPasswordData",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "lightsail:DownloadDefaultKeyPair",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "rds-db:connect",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "sts:AssumeRole",
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.allowing().filter_map(|part| {
        let found: Vec<String> = part.everywhere(ACTIONS);
        let message = format!("{} can return credentials", list(&found));
        (!found.is_empty()).then(|| part.finding("Resource", message))
    });
    findings.collect()
}
