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
    let name = match &fix.target.name {
        Some(name) => quoted(name),
        None => {
            let variable = word(&fix.target.id, "_").to_ascii_uppercase();
            lines.push(format!(
                "#   {variable}: the name of `{}` in AWS",
                plain(&fix.target.id)
            ));
            format!("\"${variable}\"")
        }
    };
    lines.extend(commands(fix, &name));
    lines.join("\n") + "\n"
}

fn commands(fix: &Fix, name: &str) -> Vec<String> {
    let all = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
    let put = |operation: &str, option: &str, value: &Value| {
        format!(
            "aws s3api {operation} --bucket {name} {option} {}",
            quoted(&value.to_string())
        )
    };
    match &fix.remedy {
        Remedy::AccountBlock => vec![format!(
            "aws s3control put-public-access-block --account-id \"$(aws sts get-caller-identity --query Account --output text)\" --public-access-block-configuration {all}"
        )],
        Remedy::BucketBlock => vec![format!(
            "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration {all}"
        )],
        Remedy::BucketPolicy { whole, .. } => {
            vec![put("put-bucket-policy", "--policy", &whole.to_json())]
        }
        Remedy::ListsOff { has_list } => {
            let mut commands = Vec::new();
            if *has_list {
                commands.push(format!(
                    "aws s3api put-bucket-acl --bucket {name} --acl private"
                ));
            }
            let controls = json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
            commands.push(put(
                "put-bucket-ownership-controls",
                "--ownership-controls",
                &controls,
            ));
            commands
        }
        Remedy::Encryption { key } => {
            let mut default = json!({"SSEAlgorithm": "aws:kms"});
            if let (Some(key), Value::Object(members)) = (key, &mut default) {
                members.insert("KMSMasterKeyID".to_owned(), key.as_str().into());
            }
            let rule =
                json!({"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": true});
            let option = "--server-side-encryption-configuration";
            vec![put(
                "put-bucket-encryption",
                option,
                &json!({"Rules": [rule]}),
            )]
        }
        Remedy::Versioning => vec![format!(
            "aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
        )],
        Remedy::OldVersions { has_rules } => {
            let rule = json!({
                "ID": "old-versions",
                "Status": "Enabled",
                "Filter": {},
                "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS},
            });
            let command = put(
                "put-bucket-lifecycle-configuration",
                "--lifecycle-configuration",
                &json!({"Rules": [rule]}),
            );
            if *has_rules {
                // The command replaces all rules.
                let first =
                    "# add the rules that are there: aws s3api get-bucket-lifecycle-configuration";
                vec![format!("{first} --bucket {name}"), command]
            } else {
                vec![command]
            }
        }
        Remedy::Logging => {
            let status = "{\\\"LoggingEnabled\\\":{\\\"TargetBucket\\\":\\\"$LOG_BUCKET\\\",\\\"TargetPrefix\\\":\\\"\\\"}}";
            vec![
                "#   LOG_BUCKET: the name of a bucket that access logs go to".to_owned(),
                format!(
                    "aws s3api put-bucket-logging --bucket {name} --bucket-logging-status \"{status}\""
                ),
            ]
        }
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
    let open = |value: &Value| format!("\"{}\"", value.to_string().replace('"', "\\\""));
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
