//! Where resources are found: `resources[]` before parameters before the answer, and patterns where nothing tells.

use polgen::mapping::Scope;
use serde_json::{Value, json};

use super::{assert_cases, lines, mapped, mapped_with};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0e5d0ab6";

fn resources(arns: &[&str]) -> Value {
    let entries: Vec<_> = arns
        .iter()
        .map(|arn| json!({"ARN": arn, "accountId": "111122223333"}))
        .collect();
    json!({ "resources": entries })
}

#[test]
fn each_action_takes_only_arns_of_its_types() {
    let members = resources(&["arn:aws:s3:::b/k/l", "arn:aws:s3:::b"]);
    let object = mapped_with(
        "s3",
        "GetObject",
        &json!({"bucketName": "b", "key": "k/l"}),
        &members,
    );
    assert_eq!(lines(&object), ["s3:GetObject = arn:aws:s3:::b/k/l"]);
    assert_eq!(object.accesses[0].rule, "resources[]");
    let bucket = mapped_with("s3", "ListObjects", &json!({"bucketName": "b"}), &members);
    assert_eq!(lines(&bucket), ["s3:ListBucket = arn:aws:s3:::b"]);
}

#[test]
fn resources_win_over_an_alias_and_without_them_the_key_is_a_pattern() {
    let request = json!({"keyId": "alias/app", "encryptionAlgorithm": "SYMMETRIC_DEFAULT"});
    let told = mapped_with("kms", "Encrypt", &request, &resources(&[KEY]));
    assert_eq!(lines(&told), [format!("kms:Encrypt = {KEY}")]);
    let untold = mapped("kms", "Encrypt", &request);
    assert_eq!(
        lines(&untold),
        ["kms:Encrypt ~ arn:aws:kms:eu-west-1:111122223333:key/*"]
    );
    assert!(untold.accesses[0].rule.contains("KeyId"), "{untold:?}");
}

#[test]
fn a_resource_elsewhere_counts_only_with_a_word_for_it() {
    let elsewhere = "arn:aws:kms:eu-west-1:999999999999:key/1";
    let unowned = json!({"resources": [{"ARN": elsewhere}]});
    let refused = mapped_with("kms", "Decrypt", &json!({}), &unowned);
    assert_eq!(refused.accesses[0].scope, Scope::Unscoped);
    let owned = json!({"resources": [{"ARN": elsewhere, "accountId": "999999999999"}]});
    let shared = mapped_with("kms", "Decrypt", &json!({}), &owned);
    assert_eq!(lines(&shared), [format!("kms:Decrypt = {elsewhere}")]);
    let named = mapped_with("kms", "Decrypt", &json!({"keyId": elsewhere}), &unowned);
    assert_eq!(lines(&named), [format!("kms:Decrypt = {elsewhere}")]);
}

#[test]
fn an_alias_of_another_account_never_means_an_own_key() {
    let alias = json!({"keyId": "arn:aws:kms:us-east-1:999999999999:alias/shared"});
    assert_eq!(
        lines(&mapped("kms", "Encrypt", &alias)),
        ["kms:Encrypt ~ arn:aws:kms:us-east-1:999999999999:key/*"]
    );
    let both = json!({
        "sourceKeyId": "arn:aws:kms:eu-west-1:999999999999:alias/shared",
        "destinationKeyId": "alias/own",
    });
    assert_eq!(
        lines(&mapped("kms", "ReEncrypt", &both)),
        [
            "kms:ReEncryptFrom ~ arn:aws:kms:eu-west-1:999999999999:key/*",
            "kms:ReEncryptTo ~ arn:aws:kms:eu-west-1:111122223333:key/*",
        ]
    );
}

#[test]
fn listings_carry_prefixes() {
    let members =
        json!({"resources": [{"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/in/"}]});
    let mapped = mapped_with(
        "s3",
        "DeleteObjects",
        &json!({"bucketName": "b", "delete": ""}),
        &members,
    );
    assert_eq!(lines(&mapped), ["s3:DeleteObject ~ arn:aws:s3:::b/in/*"]);
}

#[test]
fn a_part_of_the_resource_narrows_the_pattern() {
    assert_cases(&[(
        "s3",
        "DeleteObjects",
        json!({"bucketName": "b", "delete": ""}),
        &["s3:DeleteObject ~ arn:aws:s3:::b/*"],
    )]);
}

#[test]
fn what_a_call_makes_is_a_pattern_and_never_its_id() {
    let members = json!({"responseElements": {"volumeId": "vol-1", "size": 8}});
    let request = json!({"size": "8", "zone": "eu-west-1a"});
    let mapped = mapped_with("ec2", "CreateVolume", &request, &members);
    assert_eq!(
        lines(&mapped),
        ["ec2:CreateVolume ~ arn:aws:ec2:eu-west-1:111122223333:volume/*"]
    );
}

#[test]
fn answers_tell_of_what_was_there_before() {
    let request = json!({"instancesSet": {"items": [{"imageId": "ami-1", "keyName": "k"}]},
        "iamInstanceProfile": {"name": "web"}});
    let members = json!({"responseElements": {"instancesSet": {"items": [{
        "instanceId": "i-1", "subnetId": "subnet-1", "groupSet": {"items": [{"groupId": "sg-1"}, {"groupId": "sg-2"}]}}]}}});
    let mapped = mapped_with("ec2", "RunInstances", &request, &members);
    let wanted = [
        "ec2:RunInstances ~ arn:aws:ec2:eu-west-1:111122223333:instance/*",
        "ec2:RunInstances = arn:aws:ec2:eu-west-1:111122223333:key-pair/k",
        "ec2:RunInstances ~ arn:aws:ec2:eu-west-1:111122223333:network-interface/*",
        "ec2:RunInstances = arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
        "ec2:RunInstances = arn:aws:ec2:eu-west-1:111122223333:security-group/sg-2",
        "ec2:RunInstances = arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1",
        "ec2:RunInstances ~ arn:aws:ec2:eu-west-1:111122223333:volume/*",
        "ec2:RunInstances = arn:aws:ec2:eu-west-1::image/ami-1",
    ];
    assert_eq!(lines(&mapped), wanted);
    assert_eq!(mapped.notes.len(), 1, "{:?}", mapped.notes);
    assert!(
        mapped.notes[0].contains("iam:PassRole"),
        "{:?}",
        mapped.notes
    );
}

#[test]
fn keys_are_compared_without_regard_to_case() {
    assert_cases(&[
        (
            "dynamodb",
            "GetItem",
            json!({"TABLENAME": "t"}),
            &["dynamodb:GetItem = arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
        ),
        (
            "ec2",
            "DeleteFlowLogs",
            json!({"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}}),
            &["ec2:DeleteFlowLogs = arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-1"],
        ),
    ]);
}

#[test]
fn partitions_come_from_the_caller_or_the_region() {
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("eu-west-1", "aws"),
    ] {
        let members = json!({"awsRegion": region, "userIdentity": {"type": "AWSAccount", "accountId": "111122223333"}});
        let mapped = mapped_with("dynamodb", "GetItem", &json!({"tableName": "t"}), &members);
        let wanted =
            format!("dynamodb:GetItem = arn:{partition}:dynamodb:{region}:111122223333:table/t");
        assert_eq!(lines(&mapped), [wanted]);
    }
    let members = json!({"userIdentity": {"type": "IAMUser", "arn": "arn:aws-us-gov:iam::111122223333:user/u"}});
    let global = mapped_with("iam", "GetRole", &json!({"roleName": "r"}), &members);
    assert!(
        global.accesses[0]
            .resource
            .starts_with("arn:aws-us-gov:iam::")
    );
}

#[test]
fn without_an_account_the_pattern_stays_open() {
    let members = json!({"userIdentity": {"type": "AWSService"}, "recipientAccountId": null});
    let mapped = mapped_with("dynamodb", "GetItem", &json!({"tableName": "t"}), &members);
    assert_eq!(
        lines(&mapped),
        ["dynamodb:GetItem ~ arn:aws:dynamodb:eu-west-1:*:table/t"]
    );
}

#[test]
fn nothing_follows_from_hidden_parameters() {
    let denied = json!({"errorCode": "AccessDenied", "errorMessage": "x"});
    let hidden = mapped_with("ecs", "CreateCluster", &Value::Null, &denied);
    assert_eq!(
        lines(&hidden),
        ["ecs:CreateCluster ~ arn:aws:ecs:eu-west-1:111122223333:cluster/*"]
    );
    let plain = mapped("ecs", "CreateCluster", &Value::Null);
    assert_eq!(
        lines(&plain),
        ["ecs:CreateCluster = arn:aws:ecs:eu-west-1:111122223333:cluster/default"]
    );
}
