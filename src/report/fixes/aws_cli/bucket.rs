//! Buckets.

use serde_json::{Value, json};

use super::{ALL_ON, Script, Thing, filled, policy, quoted};
use crate::harden::fix::{Remedy, replication_policy};
use crate::report::fixes::OLD_VERSION_DAYS;

/// A setting of a bucket as the AWS CLI calls it.
struct Setting {
    /// What stands behind `get-`, `put-` and `delete-`.
    what: &'static str,
    /// The flag of the new value.
    flag: &'static str,
    /// What of the answer is the value.
    query: &'static str,
    /// Says whether there is a command that takes it away; else the value that means none.
    none: Option<&'static str>,
}

impl Setting {
    /// Writes the change, from what is there to a value, and back.
    fn change(&self, thing: &Thing<'_>, value: &str) -> Script {
        let (name, what, flag) = (&thing.name, self.what, self.flag);
        let put = |value: &str| format!("aws s3api put-{what} --bucket {name} --{flag} {value}");
        let mut script = Script::default();
        if thing.fix.was_set {
            let file = thing.kept(what);
            script.run.push(format!(
                "aws s3api get-{what} --bucket {name} --query {} --output json > {file}",
                quoted(self.query)
            ));
            script.back.push(put(&format!("file://{file}")));
        } else {
            script.back.push(match self.none {
                Some(value) => put(value),
                None => format!("aws s3api delete-{} --bucket {name}", self.deleted()),
            });
        }
        script.run.push(put(value));
        script
    }

    fn deleted(&self) -> &'static str {
        match self.what {
            "bucket-lifecycle-configuration" => "bucket-lifecycle",
            what => what,
        }
    }
}

const fn setting(what: &'static str, flag: &'static str, query: &'static str) -> Setting {
    Setting {
        what,
        flag,
        query,
        none: None,
    }
}

const BLOCK: Setting = setting(
    "public-access-block",
    "public-access-block-configuration",
    "PublicAccessBlockConfiguration",
);
const OWNERSHIP: Setting = setting(
    "bucket-ownership-controls",
    "ownership-controls",
    "OwnershipControls",
);
const ENCRYPTION: Setting = setting(
    "bucket-encryption",
    "server-side-encryption-configuration",
    "ServerSideEncryptionConfiguration",
);
const LIFECYCLE: Setting = setting(
    "bucket-lifecycle-configuration",
    "lifecycle-configuration",
    "{Rules: Rules}",
);
const REPLICATION: Setting = setting(
    "bucket-replication",
    "replication-configuration",
    "ReplicationConfiguration",
);
const LOGGING: Setting = Setting {
    none: Some("'{}'"),
    ..setting(
        "bucket-logging",
        "bucket-logging-status",
        "{LoggingEnabled: LoggingEnabled}",
    )
};
/// What had versions once has them for good.
const VERSIONING: Setting = Setting {
    none: Some("Status=Suspended"),
    ..setting(
        "bucket-versioning",
        "versioning-configuration",
        "{Status: Status}",
    )
};

pub(super) fn script(thing: &Thing<'_>) -> Script {
    match &thing.fix.remedy {
        Remedy::BucketBlock => BLOCK.change(thing, ALL_ON),
        Remedy::BucketPolicy { whole, .. } => put_policy(thing, &policy(whole), "policy"),
        Remedy::BucketNarrowed { whole, .. } => {
            put_policy(thing, &policy(whole), "policy-before").needs_of(whole)
        }
        Remedy::ListsOff { has_list } => lists_off(thing, *has_list),
        Remedy::Encryption { key, .. } => {
            ENCRYPTION.change(thing, &quoted(&encryption(key.as_deref()).to_string()))
        }
        Remedy::Versioning => VERSIONING.change(thing, "Status=Enabled"),
        Remedy::OldVersions { .. } => old_versions(thing),
        Remedy::Logging => {
            let status =
                json!({"LoggingEnabled": {"TargetBucket": "$LOG_BUCKET", "TargetPrefix": ""}});
            LOGGING
                .change(thing, &filled(&status, &["LOG_BUCKET"]))
                .needs("LOG_BUCKET", "the name of a bucket that access logs go to")
        }
        Remedy::Replication { .. } => replication(thing),
        _ => Script::default(),
    }
}

/// A policy is kept as the text that it is, to the byte.
fn put_policy(thing: &Thing<'_>, value: &str, kept: &str) -> Script {
    let name = &thing.name;
    let put = |value: &str| format!("aws s3api put-bucket-policy --bucket {name} --policy {value}");
    let mut script = Script::default();
    if thing.fix.was_set {
        let file = thing.kept(kept);
        script.run.push(format!(
            "aws s3api get-bucket-policy --bucket {name} --query Policy --output text > {file}"
        ));
        // The shell takes away the line end that the AWS CLI adds.
        script.back.push(put(&format!("\"$(cat {file})\"")));
    } else {
        let back = format!("aws s3api delete-bucket-policy --bucket {name}");
        script.back.push(back);
    }
    script.run.push(put(value));
    script
}

fn lists_off(thing: &Thing<'_>, has_list: bool) -> Script {
    let name = &thing.name;
    let controls = json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
    let mut script = OWNERSHIP.change(thing, &quoted(&controls.to_string()));
    if has_list {
        let file = thing.kept("acl");
        let keep = format!(
            "aws s3api get-bucket-acl --bucket {name} --query '{{Owner: Owner, Grants: Grants}}' --output json > {file}"
        );
        let private = format!("aws s3api put-bucket-acl --bucket {name} --acl private");
        script.run.splice(..0, [keep, private]);
        script.back.push(format!(
            "aws s3api put-bucket-acl --bucket {name} --access-control-policy file://{file}"
        ));
    }
    script
}

fn encryption(key: Option<&str>) -> Value {
    let mut default = json!({"SSEAlgorithm": "aws:kms"});
    if let (Some(key), Value::Object(members)) = (key, &mut default) {
        members.insert("KMSMasterKeyID".to_owned(), key.into());
    }
    json!({"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": true}]})
}

/// The rules that are there stay: they are in the file that keeps them.
fn old_versions(thing: &Thing<'_>) -> Script {
    let rule = json!({
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {},
        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS},
    });
    if !thing.fix.was_set {
        let value = quoted(&json!({"Rules": [rule]}).to_string());
        return LIFECYCLE.change(thing, &value);
    }
    // JMESPath has no way to add to a list but to flatten one of two.
    let merged = format!(
        "aws s3api get-bucket-lifecycle-configuration --bucket {} --query {} --output json",
        thing.name,
        quoted(&format!("{{Rules: [Rules, `[{rule}]`][]}}"))
    );
    LIFECYCLE.change(thing, &format!("\"$({merged})\""))
}

fn replication(thing: &Thing<'_>) -> Script {
    let bare = thing.name.trim_matches(['\'', '"']);
    let source = format!("arn:aws:s3:::{bare}");
    let names: Vec<&str> = ["COPY", bare.trim_start_matches('$')].into();
    let policy = replication_policy(&source, "arn:aws:s3:::$COPY");
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
    let mut script = REPLICATION.change(thing, &filled(&configuration, &["ROLE_ARN", "COPY"]));
    let before = [
        format!(
            "ROLE_ARN=$(aws iam create-role --role-name \"$COPY_ROLE\" --assume-role-policy-document {} --query Role.Arn --output text)",
            quoted(&trust.to_string())
        ),
        format!(
            "aws iam put-role-policy --role-name \"$COPY_ROLE\" --policy-name copy --policy-document {}",
            filled(&policy.to_json(), &names)
        ),
    ];
    script.run.splice(..0, before);
    script.back.extend([
        "aws iam delete-role-policy --role-name \"$COPY_ROLE\" --policy-name copy".to_owned(),
        "aws iam delete-role --role-name \"$COPY_ROLE\"".to_owned(),
    ]);
    script
        .needs(
            "COPY",
            "the name of a bucket with versioning in another region",
        )
        .needs("COPY_ROLE", "a name for the role")
}
