//! Which operation an event is: API versions, S3's log names, what is no API call, what is unknown.

use polgen::mapping::Status;
use serde_json::{Value, json};

use super::{assert_cases, lines, mapped, mapped_with};

#[test]
fn versions_are_cut_off_and_log_names_are_known() {
    let bucket = || json!({"bucketName": "b", "accelerate": ""});
    assert_cases(&[
        (
            "lambda",
            "GetFunction20150331v2",
            json!({"functionName": "f"}),
            &["lambda:GetFunction = arn:aws:lambda:eu-west-1:111122223333:function:f"],
        ),
        (
            "s3",
            "GetAccelerateConfiguration",
            bucket(),
            &["s3:GetAccelerateConfiguration = arn:aws:s3:::b"],
        ),
        (
            "s3",
            "GetBucketPublicAccessBlock",
            bucket(),
            &["s3:GetBucketPublicAccessBlock = arn:aws:s3:::b"],
        ),
        (
            "s3",
            "GetBucketCors",
            bucket(),
            &["s3:GetBucketCORS = arn:aws:s3:::b"],
        ),
        (
            "s3",
            "GetBucketEncryption",
            bucket(),
            &["s3:GetEncryptionConfiguration = arn:aws:s3:::b"],
        ),
        (
            "monitoring",
            "PutMetricAlarm",
            json!({"alarmName": "high"}),
            &["cloudwatch:PutMetricAlarm = arn:aws:cloudwatch:eu-west-1:111122223333:alarm:high"],
        ),
        (
            "s3",
            "ListBuckets",
            Value::Null,
            &["s3:ListAllMyBuckets * *"],
        ),
    ]);
}

#[test]
fn calls_that_need_no_permission_say_why() {
    let caller = mapped("sts", "GetCallerIdentity", &Value::Null);
    assert!(
        matches!(caller.status, Status::NoPermissionNeeded(reason) if reason.contains("no permissions"))
    );
    assert!(caller.accesses.is_empty());
    let sign_up = mapped("cognito-idp", "SignUp", &json!({"clientId": "c"}));
    assert!(matches!(sign_up.status, Status::NoPermissionNeeded(_)));
}

#[test]
fn what_is_no_api_call_is_not_mapped() {
    let members = json!({"eventType": "AwsServiceEvent"});
    let mapped = mapped_with("kms", "RotateKey", &Value::Null, &members);
    assert_eq!(mapped.status, Status::NotAnApiCall);
    assert!(mapped.accesses.is_empty());
}

#[test]
fn the_unknown_is_unmapped_and_never_guessed() {
    for (source, name) in [
        ("nosuch", "GetThing"),
        ("s3", "GetNoSuchThing"),
        ("s3", "GetObject12345678"),
        ("s3", "GetObject2"),
        ("cloudhsm", "CreateHapg"),
    ] {
        let mapped = mapped(source, name, &json!({"bucketName": "b", "key": "k"}));
        assert!(
            matches!(mapped.status, Status::Unmapped(_)),
            "{source} {name}"
        );
        assert!(mapped.accesses.is_empty(), "{source} {name}");
    }
}

#[test]
fn a_statement_that_the_record_hides_is_unmapped() {
    let hidden = mapped(
        "dynamodb",
        "ExecuteStatement",
        &json!({"statement": "HIDDEN"}),
    );
    assert!(matches!(hidden.status, Status::Unmapped(_)));
}

#[test]
fn denied_and_failed_calls_are_mapped_like_allowed_ones() {
    let request = json!({"bucketName": "b", "key": "k"});
    let allowed = mapped("s3", "GetObject", &request);
    for code in ["AccessDenied", "NoSuchKey"] {
        let members = json!({"errorCode": code, "errorMessage": "x"});
        let ended = mapped_with("s3", "GetObject", &request, &members);
        assert_eq!(lines(&ended), lines(&allowed), "{code}");
    }
}

#[test]
fn what_policies_append_is_appended_to_what_is_named_and_to_nothing_else() {
    let unnamed = mapped("secretsmanager", "GetSecretValue", &json!({}));
    assert_eq!(
        lines(&unnamed),
        ["secretsmanager:GetSecretValue ~ arn:aws:secretsmanager:eu-west-1:111122223333:secret:*"]
    );
    let nowhere = json!({"awsRegion": ""});
    let group = json!({"logGroupName": "g", "retentionInDays": 1});
    let named = mapped_with("logs", "PutRetentionPolicy", &group, &nowhere);
    assert_eq!(
        lines(&named),
        ["logs:PutRetentionPolicy ~ arn:aws:logs:*:111122223333:log-group:g:*"]
    );
}
