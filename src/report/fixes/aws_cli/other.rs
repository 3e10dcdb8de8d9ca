//! Accounts, access points, stacks and security groups.

use serde_json::{Map, Value, json};

use super::{ALL_ON, OWN_ACCOUNT, Script, Thing, filled, quoted};
use crate::harden::fix::{Remedy, world};
use crate::posture::{Block, Opening};

/// The types that hold data, which a stack policy keeps.
const WITH_DATA: [&str; 8] = [
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::SQS::Queue",
    "AWS::KMS::Key",
    "AWS::EFS::FileSystem",
];

pub(super) fn public_access(thing: &Thing<'_>) -> Script {
    match &thing.fix.remedy {
        Remedy::AccessPoint {
            block,
            vpc,
            has_policy,
        } => access_point(thing, *block, vpc.as_deref(), *has_policy),
        _ => account_block(thing),
    }
}

fn account_block(thing: &Thing<'_>) -> Script {
    let about = format!("--account-id {OWN_ACCOUNT}");
    let put = |value: &str| {
        format!(
            "aws s3control put-public-access-block {about} --public-access-block-configuration {value}"
        )
    };
    let mut script = Script::default();
    if thing.fix.was_set {
        let file = "account-public-access-block.json";
        script.run.push(format!(
            "aws s3control get-public-access-block {about} --query PublicAccessBlockConfiguration --output json > {file}"
        ));
        script.back.push(put(&format!("file://{file}")));
    } else {
        let back = format!("aws s3control delete-public-access-block {about}");
        script.back.push(back);
    }
    script.run.push(put(ALL_ON));
    script
}

fn access_point(thing: &Thing<'_>, block: Block, vpc: Option<&str>, has_policy: bool) -> Script {
    let about = format!(
        "{} --account-id {OWN_ACCOUNT} --name {}",
        thing.region, thing.name
    );
    let vpc = vpc.map(|id| format!(" --vpc-configuration VpcId={}", quoted(id)));
    let vpc = vpc.unwrap_or_default();
    let delete = format!("aws s3control delete-access-point{about}");
    let create = |switches: &str| {
        format!(
            "aws s3control create-access-point{about} --bucket \"$POINT_BUCKET\"{vpc} --public-access-block-configuration {switches}"
        )
    };
    let file = thing.kept("policy");
    let policy = format!("aws s3control put-access-point-policy{about} --policy \"$(cat {file})\"");
    let mut script = Script::default();
    let bucket = format!(
        "POINT_BUCKET=$(aws s3control get-access-point{about} --query Bucket --output text)"
    );
    script.run.push(bucket.clone());
    if has_policy {
        script.run.push(format!(
            "aws s3control get-access-point-policy{about} --query Policy --output text > {file}"
        ));
    }
    let (on, before) = (create(ALL_ON), create(&switches(block)));
    script.run.extend([delete.clone(), on]);
    script.back.extend([bucket, delete, before]);
    if has_policy {
        script.run.push(policy.clone());
        script.back.push(policy);
    }
    script.lost = Some("the alias of the access point, which is made anew each time");
    script
}

fn switches(block: Block) -> String {
    format!(
        "BlockPublicAcls={},IgnorePublicAcls={},BlockPublicPolicy={},RestrictPublicBuckets={}",
        block.block_public_acls,
        block.ignore_public_acls,
        block.block_public_policy,
        block.restrict_public_buckets
    )
}

pub(super) fn stack(thing: &Thing<'_>) -> Script {
    let about = format!("{} --stack-name {}", thing.region, thing.name);
    match &thing.fix.remedy {
        Remedy::TerminationProtection => {
            let update = |flag: &str| {
                format!("aws cloudformation update-termination-protection{about} {flag}")
            };
            Script::one(
                update("--enable-termination-protection"),
                update("--no-enable-termination-protection"),
            )
        }
        Remedy::StackPolicy => {
            let set = |policy: &str| {
                format!("aws cloudformation set-stack-policy{about} --stack-policy-body {policy}")
            };
            let run = set(&quoted(&stack_policy().to_string()));
            if !thing.fix.was_set {
                return Script {
                    // Without one every update is allowed.
                    lost: Some(
                        "that there is no policy: one that allows every update means the same",
                    ),
                    ..Script::one(run, set(&quoted(&every_update().to_string())))
                };
            }
            let file = thing.kept("stack-policy");
            let keep = format!(
                "aws cloudformation get-stack-policy{about} --query StackPolicyBody --output text > {file}"
            );
            Script {
                run: vec![keep, run],
                back: vec![set(&format!("\"$(cat {file})\""))],
                ..Script::default()
            }
        }
        _ => drift(&about),
    }
}

/// A change set that takes what the resources really are into account. Source: CloudFormation user guide, "Drift-aware change sets".
fn drift(about: &str) -> Script {
    let set = "--change-set-name revert-drift";
    Script {
        run: vec![
            format!(
                "aws cloudformation create-change-set{about} {set} --use-previous-template --deployment-mode REVERT_DRIFT --capabilities CAPABILITY_NAMED_IAM"
            ),
            format!("aws cloudformation wait change-set-create-complete{about} {set}"),
            format!("aws cloudformation execute-change-set{about} {set}"),
            format!("aws cloudformation wait stack-update-complete{about}"),
        ],
        lost: Some("what was changed by hand, which no template says"),
        ..Script::default()
    }
}

fn every_update() -> Value {
    json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}]})
}

fn stack_policy() -> Value {
    json!({"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["Update:Replace", "Update:Delete"],
            "Resource": "*",
            "Condition": {"StringEquals": {"ResourceType": WITH_DATA}},
        },
    ]})
}

pub(super) fn openings(thing: &Thing<'_>, openings: &[Opening]) -> Script {
    let about = format!("{} --group-id {}", thing.region, thing.name);
    let revoke = |what: &str| {
        format!("aws ec2 revoke-security-group-ingress{about} --ip-permissions {what}")
    };
    let allow = |what: &str| {
        format!("aws ec2 authorize-security-group-ingress{about} --ip-permissions {what}")
    };
    let mut script = Script::default();
    for (number, opening) in openings.iter().enumerate() {
        let file = thing.kept(&format!("opening-{}", number + 1));
        // With their descriptions, which revoking does not ask for.
        script.run.push(format!(
            "aws ec2 describe-security-groups{} --group-ids {} --query {} --output json > {file}",
            thing.region,
            thing.name,
            quoted(&asked(opening))
        ));
        let narrowed = permission(opening, &["$NETWORK"]);
        let narrowed = filled(&narrowed, &["NETWORK"]);
        let open: Vec<&str> = world(opening).collect();
        let open = quoted(&permission(opening, &open).to_string());
        script.run.extend([revoke(&open), allow(&narrowed)]);
        let back = [revoke(&narrowed), allow(&format!("file://{file}"))];
        script.back.extend(back);
    }
    script.needs(
        "NETWORK",
        "the addresses that may come in, e.g. 203.0.113.0/24",
    )
}

/// The rule for some networks, as EC2 takes it.
fn permission(opening: &Opening, networks: &[&str]) -> Value {
    let mut rule = Map::new();
    rule.insert("IpProtocol".to_owned(), opening.protocol.as_str().into());
    if let Some((from, to)) = opening.ports {
        rule.insert("FromPort".to_owned(), from.into());
        rule.insert("ToPort".to_owned(), to.into());
    }
    let (six, four): (Vec<&&str>, Vec<&&str>) = networks.iter().partition(|one| one.contains(':'));
    let ranges = |key: &str, all: Vec<&&str>| -> Value {
        all.into_iter().map(|one| json!({key: one})).collect()
    };
    if !four.is_empty() {
        rule.insert("IpRanges".to_owned(), ranges("CidrIp", four));
    }
    if !six.is_empty() {
        rule.insert("Ipv6Ranges".to_owned(), ranges("CidrIpv6", six));
    }
    json!([rule])
}

/// The question for what is open now, in the shape in which it is set again.
fn asked(opening: &Opening) -> String {
    let protocol = &opening.protocol;
    let (which, ports) = match opening.ports {
        Some((from, to)) => (
            format!("IpProtocol=='{protocol}' && FromPort==`{from}` && ToPort==`{to}`"),
            "FromPort: FromPort, ToPort: ToPort, ",
        ),
        None => (format!("IpProtocol=='{protocol}'"), ""),
    };
    let mut ranges = Vec::new();
    for network in world(opening) {
        ranges.push(if network.contains(':') {
            format!("Ipv6Ranges: Ipv6Ranges[?CidrIpv6=='{network}']")
        } else {
            format!("IpRanges: IpRanges[?CidrIp=='{network}']")
        });
    }
    let ranges = ranges.join(", ");
    format!("SecurityGroups[0].IpPermissions[?{which}].{{IpProtocol: IpProtocol, {ports}{ranges}}}")
}
