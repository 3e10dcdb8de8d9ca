//! Changes as commands of the AWS CLI. A name that is not known is a variable of the shell, said before.

use serde_json::{Value, json};

use super::{OLD_VERSION_DAYS, heading, told, word};
use crate::harden::fix::{Fix, Remedy, replication_policy};
use crate::report::plain;

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

/// Writes the changes.
pub fn fixes_aws_cli(fixes: &[&Fix]) -> String {
    let texts: Vec<String> = fixes.iter().map(|fix| one(fix)).collect();
    texts.join("\n")
}

fn one(fix: &Fix) -> String {
    let mut lines: Vec<String> = heading(fix)
        .iter()
        .map(|line| format!("# {line}"))
        .collect();
    if let Some(words) = told(fix) {
        lines.push(format!("#   {words}"));
        return lines.join("\n") + "\n";
    }
    let name = if let Some(name) = &fix.target.name {
        quoted(name)
    } else {
        let variable = word(&fix.target.id, "_").to_ascii_uppercase();
        lines.push(format!(
            "#   {variable}: the name of `{}` in AWS",
            plain(&fix.target.id)
        ));
        format!("\"${variable}\"")
    };
    lines.extend(commands(fix, &name));
    lines.join("\n") + "\n"
}

/// All four switches.
const ALL_ON: &str =
    "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
/// Who the caller is.
const OWN_ACCOUNT: &str = "\"$(aws sts get-caller-identity --query Account --output text)\"";

fn commands(fix: &Fix, name: &str) -> Vec<String> {
    match &fix.remedy {
        Remedy::AccountBlock => vec![format!(
            "aws s3control put-public-access-block --account-id {OWN_ACCOUNT} --public-access-block-configuration {ALL_ON}"
        )],
        Remedy::BucketBlock => vec![format!(
            "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration {ALL_ON}"
        )],
        Remedy::BucketPolicy { whole, .. } => {
            vec![put(name, "bucket-policy", "policy", &whole.to_json())]
        }
        Remedy::ListsOff { has_list } => lists_off(name, *has_list),
        Remedy::Encryption { key, .. } => vec![encryption(name, key.as_deref())],
        Remedy::Versioning => vec![format!(
            "aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
        )],
        Remedy::OldVersions { has_rules } => old_versions(name, *has_rules),
        Remedy::Logging => logging(name),
        Remedy::Replication { .. } => replication(name),
        Remedy::TerminationProtection => vec![format!(
            "aws cloudformation update-termination-protection --enable-termination-protection --stack-name {name}"
        )],
        Remedy::StackPolicy => vec![format!(
            "aws cloudformation set-stack-policy --stack-name {name} --stack-policy-body {}",
            quoted(&stack_policy().to_string())
        )],
        Remedy::Told(_) => Vec::new(),
    }
}

fn put(name: &str, what: &str, option: &str, value: &Value) -> String {
    let value = quoted(&value.to_string());
    format!("aws s3api put-{what} --bucket {name} --{option} {value}")
}

fn lists_off(name: &str, has_list: bool) -> Vec<String> {
    let mut commands = Vec::new();
    if has_list {
        commands.push(format!(
            "aws s3api put-bucket-acl --bucket {name} --acl private"
        ));
    }
    let controls = json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
    let what = "bucket-ownership-controls";
    commands.push(put(name, what, "ownership-controls", &controls));
    commands
}

fn encryption(name: &str, key: Option<&str>) -> String {
    let mut default = json!({"SSEAlgorithm": "aws:kms"});
    if let (Some(key), Value::Object(members)) = (key, &mut default) {
        members.insert("KMSMasterKeyID".to_owned(), key.into());
    }
    let rule = json!({"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": true});
    let option = "server-side-encryption-configuration";
    put(name, "bucket-encryption", option, &json!({"Rules": [rule]}))
}

fn old_versions(name: &str, has_rules: bool) -> Vec<String> {
    let mut commands = Vec::new();
    if has_rules {
        // The command replaces all rules.
        commands.push(format!(
            "# add the rules that are there: aws s3api get-bucket-lifecycle-configuration --bucket {name}"
        ));
    }
    let rule = json!({
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {},
        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS},
    });
    let what = "bucket-lifecycle-configuration";
    commands.push(put(
        name,
        what,
        "lifecycle-configuration",
        &json!({"Rules": [rule]}),
    ));
    commands
}

fn logging(name: &str) -> Vec<String> {
    let status = json!({"LoggingEnabled": {"TargetBucket": "$LOG_BUCKET", "TargetPrefix": ""}});
    vec![
        "#   LOG_BUCKET: the name of a bucket that access logs go to".to_owned(),
        format!(
            "aws s3api put-bucket-logging --bucket {name} --bucket-logging-status {}",
            open(&status)
        ),
    ]
}

/// Quotes a document into which the shell fills names.
fn open(value: &Value) -> String {
    format!("\"{}\"", value.to_string().replace('"', "\\\""))
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

/// The shell fills names into these documents, so they are quoted for it with the names open.
fn replication(name: &str) -> Vec<String> {
    let bare = name.trim_matches(['\'', '"']);
    let policy = replication_policy(&format!("arn:aws:s3:::{bare}"), "arn:aws:s3:::$COPY");
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]});
    let configuration = json!({"Role": "$ROLE_ARN", "Rules": [{
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": "arn:aws:s3:::$COPY"},
    }]});
    vec![
        "#   COPY: the name of a bucket with versioning in another region; COPY_ROLE: a name for the role".to_owned(),
        format!(
            "ROLE_ARN=$(aws iam create-role --role-name \"$COPY_ROLE\" --assume-role-policy-document {} --query Role.Arn --output text)",
            quoted(&trust.to_string())
        ),
        format!(
            "aws iam put-role-policy --role-name \"$COPY_ROLE\" --policy-name copy --policy-document {}",
            open(&policy.to_json())
        ),
        format!(
            "aws s3api put-bucket-replication --bucket {name} --replication-configuration {}",
            open(&configuration)
        ),
    ]
}

/// Quotes a word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
