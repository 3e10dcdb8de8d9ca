//! Roles.

use super::{Script, Thing, policy, quoted};
use crate::harden::fix::{Fix, Remedy};

pub(super) fn script(thing: &Thing<'_>) -> Script {
    let name = &thing.name;
    match &thing.fix.remedy {
        Remedy::Trust { whole, .. } => {
            let file = thing.kept("trust");
            let put = |document: &str| {
                format!("aws iam update-assume-role-policy --role-name {name} --policy-document {document}")
            };
            let keep = format!(
                "aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument --output json > {file}"
            );
            Script {
                run: vec![keep, put(&policy(whole))],
                back: vec![put(&format!("file://{file}"))],
                ..Script::default()
            }
            .needs_of(whole)
        }
        Remedy::Boundary => Script::one(
            format!("aws iam put-role-permissions-boundary --role-name {name} --permissions-boundary \"$BOUNDARY_ARN\""),
            format!("aws iam delete-role-permissions-boundary --role-name {name}"),
        )
        .needs("BOUNDARY_ARN", "ARN of the policy that the account keeps for roles of this kind"),
        Remedy::FromUsage => from_usage(thing),
        Remedy::RoleDeleted { .. } => deleted(thing),
        _ => Script::default(),
    }
}

/// What makes, replays and applies such policies is there already, with a way back to the byte.
fn from_usage(thing: &Thing<'_>) -> Script {
    let name = &thing.name;
    let (suggestion, back) = (thing.kept("suggestion"), thing.kept("policies"));
    Script {
        run: vec![
            format!("polgen suggest --role {name} --trail \"$TRAIL\" --current role:{name} --format json > {suggestion}"),
            format!("polgen apply {suggestion} --yes --rollback-file {back}"),
        ],
        back: vec![format!("polgen rollback {back} --yes")],
        ..Script::default()
    }
    .needs(
        "TRAIL",
        "where the trail's files are, e.g. s3://BUCKET/AWSLogs/",
    )
}

/// The parts of the role that `create-role` takes; what is not set stays so.
const ROLE: &str = "Role.{RoleName: RoleName, Path: Path, AssumeRolePolicyDocument: to_string(AssumeRolePolicyDocument), \
     Description: Description || '', MaxSessionDuration: MaxSessionDuration || `3600`, Tags: Tags || `[]`";

fn deleted(thing: &Thing<'_>) -> Script {
    let Fix {
        remedy:
            Remedy::RoleDeleted {
                inline,
                attached,
                is_bounded,
            },
        ..
    } = thing.fix
    else {
        return Script::default();
    };
    let name = &thing.name;
    let file = thing.kept("role");
    let boundary = if *is_bounded {
        ", PermissionsBoundary: PermissionsBoundary.PermissionsBoundaryArn"
    } else {
        ""
    };
    let query = quoted(&format!("{ROLE}{boundary}}}"));
    let mut script = Script {
        run: vec![format!(
            "aws iam get-role --role-name {name} --query {query} --output json > {file}"
        )],
        back: vec![format!(
            "aws iam create-role --cli-input-json file://{file}"
        )],
        lost: Some("the role's id, its date and what names it by its id"),
        ..Script::default()
    };
    for arn in attached {
        let about = format!("--role-name {name} --policy-arn {}", quoted(arn));
        script
            .run
            .push(format!("aws iam detach-role-policy {about}"));
        script
            .back
            .push(format!("aws iam attach-role-policy {about}"));
    }
    for (number, one) in inline.iter().enumerate() {
        let about = format!("--role-name {name} --policy-name {}", quoted(one));
        let file = thing.kept(&format!("policy-{}", number + 1));
        script.run.push(format!(
            "aws iam get-role-policy {about} --query PolicyDocument --output json > {file}"
        ));
        script
            .run
            .push(format!("aws iam delete-role-policy {about}"));
        script.back.push(format!(
            "aws iam put-role-policy {about} --policy-document file://{file}"
        ));
    }
    script
        .run
        .push(format!("aws iam delete-role --role-name {name}"));
    script
}
