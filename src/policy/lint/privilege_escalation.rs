//! `privilege-escalation`: actions that together lead to more rights than the policy has.

use super::subject::{Part, list};
use super::{Finding, Rule, Severity, Subject};

pub(super) const RULE: Rule = Rule {
    name: "privilege-escalation",
    severity: Severity::High,
    what: "Actions are allowed that together let their holder take more rights.",
    why: "Whoever can change policies, make credentials for others, or run code under another role has all the rights that can be reached so.",
    fix: "Remove one of the actions, or limit it to resources and services that give nothing away.",
    check,
};

/// Sets of actions, each enough. Source: the IAM service authorization reference (what each action does).
const WAYS: &[(&str, &[&str])] = &[
    ("a new version of a policy", &["iam:CreatePolicyVersion"]),
    (
        "another version of a policy",
        &["iam:SetDefaultPolicyVersion"],
    ),
    ("a policy on a user", &["iam:AttachUserPolicy"]),
    ("a policy on a group", &["iam:AttachGroupPolicy"]),
    ("a policy on a role", &["iam:AttachRolePolicy"]),
    ("an inline policy on a user", &["iam:PutUserPolicy"]),
    ("an inline policy on a group", &["iam:PutGroupPolicy"]),
    ("an inline policy on a role", &["iam:PutRolePolicy"]),
    ("membership of a group", &["iam:AddUserToGroup"]),
    ("another user's access key", &["iam:CreateAccessKey"]),
    ("another user's password", &["iam:CreateLoginProfile"]),
    ("another user's password", &["iam:UpdateLoginProfile"]),
    (
        "a role by its trust policy",
        &["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"],
    ),
    (
        "a role on an instance",
        &["iam:PassRole", "ec2:RunInstances"],
    ),
    (
        "a role of a function",
        &[
            "iam:PassRole",
            "lambda:CreateFunction",
            "lambda:InvokeFunction",
        ],
    ),
    (
        "a role of a function",
        &[
            "iam:PassRole",
            "lambda:CreateFunction",
            "lambda:CreateEventSourceMapping",
        ],
    ),
    (
        "the role of a function that exists",
        &["lambda:UpdateFunctionCode"],
    ),
    (
        "a role of a stack",
        &["iam:PassRole", "cloudformation:CreateStack"],
    ),
    (
        "a role of a stack",
        &["iam:PassRole", "cloudformation:UpdateStack"],
    ),
    (
        "a role of a task",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
    ),
    (
        "a role of a build",
        &[
            "iam:PassRole",
            "codebuild:CreateProject",
            "codebuild:StartBuild",
        ],
    ),
    (
        "a role of a pipeline",
        &[
            "iam:PassRole",
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
        ],
    ),
    (
        "a role of a job",
        &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"],
    ),
    (
        "a role of an endpoint",
        &["iam:PassRole", "glue:CreateDevEndpoint"],
    ),
    (
        "the role of an endpoint that exists",
        &["glue:UpdateDevEndpoint"],
    ),
    (
        "a role of a notebook",
        &[
            "iam:PassRole",
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreatePresignedNotebookInstanceUrl",
        ],
    ),
    (
        "a role of a state machine",
        &[
            "iam:PassRole",
            "states:CreateStateMachine",
            "states:StartExecution",
        ],
    ),
    ("the roles of managed instances", &["ssm:SendCommand"]),
    ("the roles of managed instances", &["ssm:StartSession"]),
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (gain, actions) in WAYS {
        let parts: Vec<Part<'_>> = actions
            .iter()
            .filter_map(|action| subject.allows(action))
            .collect();
        // A statement tied to one resource, or to a service by a condition, is a decision that somebody took.
        let is_open = |part: &Part<'_>| part.is_unconditional() && is_wide(*part);
        if let Some(part) = parts.first()
            && parts.len() == actions.len()
            && parts.iter().all(is_open)
        {
            let names: Vec<String> = actions.iter().map(|action| (*action).to_owned()).collect();
            findings.push(part.finding("", format!("{} give {gain}", list(&names))));
        }
    }
    findings
}

/// Says whether the resources of a statement are more than some named ones.
fn is_wide(part: Part<'_>) -> bool {
    part.compiled.is_not_resource
        || part.compiled.resources.iter().any(|pattern| {
            let name = pattern
                .literal_prefix()
                .rsplit([':', '/'])
                .next()
                .unwrap_or_default();
            pattern.as_literal().is_none() && name.is_empty()
        })
}
