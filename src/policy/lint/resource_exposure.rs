//! `resource-exposure`: resources can be opened to others.

use super::subject::list;
use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "resource-exposure",
    severity: Severity::High,
    what: "Actions that share resources with others are allowed on every resource.",
    why: "Whoever gets hold of the role can open any of the resources to another account, or to everyone, and come back through that door.",
    fix: "Name the resources, or leave sharing to another role.",
    check,
};

/// Actions that change who else may use a resource. Source: the service authorization reference.
const ACTIONS: &[&str] = &[
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "ecr:SetRepositoryPolicy",
    "glacier:SetVaultAccessPolicy",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "lambda:AddLayerVersionPermission",
    "lambda:AddPermission",
    "ram:CreateResourceShare",
    "rds:ModifyDBSnapshotAttribute",
    "rds:ModifyDBClusterSnapshotAttribute",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutObjectAcl",
    "secretsmanager:PutResourcePolicy",
    "sns:AddPermission",
    "sns:SetTopicAttributes",
    "sqs:AddPermission",
    "sqs:SetQueueAttributes",
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.allowing().filter_map(|part| {
        let found: Vec<String> = part.everywhere(ACTIONS);
        let message = format!("{} can open resources to others", list(&found));
        (!found.is_empty()).then(|| part.finding("Resource", message))
    });
    findings.collect()
}
