//! What AWS itself replied is read as saved answers are: with the ARN as place, and errors told from what is not set.

use std::collections::BTreeMap;

use polgen::catalog::Catalog;
use polgen::finding::Status;
use polgen::harden::harden;
use polgen::posture::{Reply, read_replies};
use serde_json::json;

const ARN: &str = "arn:aws:s3:::data";

fn failed(code: &str) -> Reply {
    Reply::Failed {
        code: code.to_owned(),
        why: format!("s3:GetBucketX: {code}"),
    }
}

#[test]
fn errors_that_mean_none_are_told_from_others() {
    let replies = BTreeMap::from([
        (
            "bucket/data/policy.json".to_owned(),
            failed("NoSuchBucketPolicy"),
        ),
        (
            "bucket/data/encryption.json".to_owned(),
            failed("AccessDenied"),
        ),
        (
            "bucket/data/versioning.json".to_owned(),
            Reply::Said(json!({"Status": "Suspended"})),
        ),
    ]);
    let posture = read_replies(ARN, &replies, None);
    let found = harden(&posture, Catalog::bundled());
    let of = |rule: &str| {
        let mut all = found.findings.iter();
        all.find(|one| one.rule.name == rule).expect("a finding")
    };
    assert_eq!(of("bucket-without-tls").status, Status::Failed);
    let versioning = of("bucket-without-versioning");
    assert_eq!(versioning.status, Status::Failed);
    assert_eq!(
        (versioning.place.file.as_str(), versioning.place.line),
        (ARN, 0)
    );
    assert_eq!(versioning.place.resource, "data");
    let encryption = of("bucket-without-encryption");
    assert_eq!(encryption.status, Status::NotChecked);
    assert_eq!(encryption.what, "s3:GetBucketX: AccessDenied");
    // What was not asked is not passed either.
    assert_eq!(of("bucket-without-logging").status, Status::NotChecked);
}

#[test]
fn variables_that_could_not_be_decrypted_are_not_clean() {
    let said = json!({
        "Runtime": "python3.13",
        "Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no key"}},
    });
    let path = "function/worker/configuration.json".to_owned();
    let replies = BTreeMap::from([(path, Reply::Said(said))]);
    let posture = read_replies("arn:aws:lambda:eu-west-1:1:function:worker", &replies, None);
    let found = harden(&posture, Catalog::bundled());
    let mut all = found.findings.iter();
    let one = all.find(|one| one.rule.name == "function-secret-in-environment");
    assert_eq!(one.expect("a finding").status, Status::NotChecked);
}

#[test]
fn a_security_group_reads_as_in_templates() {
    let group = json!({"GroupId": "sg-1", "SecurityGroupIngress": [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
    ]});
    let said = Reply::Said(json!({"SecurityGroups": [group]}));
    let replies = BTreeMap::from([("account/security-groups.json".to_owned(), said)]);
    let posture = read_replies(
        "arn:aws:ec2:eu-west-1:1:security-group/sg-1",
        &replies,
        None,
    );
    let found = harden(&posture, Catalog::bundled());
    let mut all = found.findings.iter();
    assert!(all.any(|one| one.rule.name == "security-group-open"));
}
