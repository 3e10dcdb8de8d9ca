//! Checks hidden inside a call: roles handed over, calls that a service forwarded.

use std::collections::BTreeMap;

use polgen::mapping::{Access, Mapped, Reason, Scope};
use serde_json::{Value, json};

use super::{mapped, mapped_with};

const ROLE: &str = "arn:aws:iam::111122223333:role/service/worker";

fn passed(mapped: &Mapped) -> Vec<&Access> {
    let accesses = mapped.accesses.iter();
    accesses
        .filter(|access| access.action == "iam:PassRole")
        .collect()
}

#[test]
fn a_role_arn_in_a_role_parameter_is_passed_to_the_service() {
    let mapped = mapped(
        "lambda",
        "CreateFunction20150331",
        &json!({"functionName": "f", "role": ROLE}),
    );
    let passed = passed(&mapped);
    assert_eq!(passed.len(), 1);
    assert_eq!(passed[0].resource, ROLE);
    assert_eq!(passed[0].scope, Scope::Exact);
    assert_eq!(passed[0].reason, Reason::Implied);
    let service = vec!["lambda.amazonaws.com".to_owned()];
    assert_eq!(
        passed[0].conditions,
        BTreeMap::from([("iam:PassedToService".to_owned(), service)]).into()
    );
}

#[test]
fn nothing_but_a_role_arn_is_passed() {
    for role in [
        "worker",
        "role/worker",
        "arn:aws:iam::111122223333:user/worker",
        "arn:aws:iam::*:role/worker",
    ] {
        let mapped = mapped(
            "lambda",
            "CreateFunction20150331",
            &json!({"functionName": "f", "role": role}),
        );
        assert!(passed(&mapped).is_empty(), "{role}");
        assert!(
            mapped.notes[0].contains("requestParameters.role"),
            "{:?}",
            mapped.notes
        );
    }
    let elsewhere = json!({"functionName": "f", "description": ROLE});
    assert!(passed(&mapped("lambda", "CreateFunction20150331", &elsewhere)).is_empty());
    let other = json!({"functionName": "f", "role": ROLE});
    assert!(passed(&mapped("lambda", "GetFunction20150331v2", &other)).is_empty());
}

#[test]
fn wildcards_in_a_role_name_stay_literal() {
    let role = "arn:aws:iam::111122223333:role/*";
    let mapped = mapped(
        "states",
        "CreateStateMachine",
        &json!({"name": "s", "roleArn": role}),
    );
    assert_eq!(
        passed(&mapped)[0].resource,
        "arn:aws:iam::111122223333:role/${*}"
    );
}

#[test]
fn task_roles_in_overrides_are_passed_and_those_of_the_definition_are_told_of() {
    let request =
        json!({"cluster": "c", "taskDefinition": "web:7", "overrides": {"taskRoleArn": ROLE}});
    let mapped = mapped("ecs", "RunTask", &request);
    assert_eq!(passed(&mapped).len(), 1);
    assert!(
        mapped
            .notes
            .iter()
            .any(|note| note.contains("task definition")),
        "{:?}",
        mapped.notes
    );
}

fn via(request: &Value, members: &Value) -> Option<Vec<String>> {
    let mapped = mapped_with("kms", "Decrypt", request, members);
    mapped.accesses[0].conditions.get("kms:ViaService").cloned()
}

#[test]
fn a_forwarded_call_keeps_the_service_that_forwarded_it() {
    let internal = |mut members: Value| {
        members["sourceIPAddress"] = json!("AWS Internal");
        members
    };
    let by = |host: &str| json!({"sourceIPAddress": host});
    let value = |name: &str| Some(vec![format!("{name}.eu-west-1.amazonaws.com")]);
    let context = |key: &str| json!({"encryptionContext": {key: "x"}});
    assert_eq!(
        via(&json!({}), &by("secretsmanager.amazonaws.com")),
        value("secretsmanager")
    );
    assert_eq!(via(&json!({}), &by("s3.amazonaws.com")), value("s3"));
    assert_eq!(
        via(&context("aws:s3:arn"), &internal(json!({}))),
        value("s3")
    );
    assert_eq!(
        via(&context("PARAMETER_ARN"), &internal(json!({}))),
        value("ssm")
    );
    assert_eq!(
        via(&context("aws:sqs:arn"), &internal(json!({}))),
        value("sqs")
    );
}

#[test]
fn no_condition_is_made_up() {
    // The caller wrote this context: no service forwarded the call.
    assert_eq!(
        via(
            &json!({"encryptionContext": {"aws:s3:arn": "x"}}),
            &Value::Null
        ),
        None
    );
    // The condition does not know this service.
    assert_eq!(
        via(
            &json!({}),
            &json!({"sourceIPAddress": "cloudtrail.amazonaws.com"})
        ),
        None
    );
    // No document says what the value is in this partition.
    let china = json!({"sourceIPAddress": "s3.amazonaws.com", "awsRegion": "cn-north-1",
        "userIdentity": {"type": "AWSAccount", "accountId": "111122223333"}});
    assert_eq!(via(&json!({}), &china), None);
}

#[test]
fn roles_stand_in_parameters_of_many_names() {
    let attribute = |name: &str| json!({"subscriptionArn": "arn:aws:sns:eu-west-1:111122223333:t:1", "attributeName": name, "attributeValue": ROLE});
    let entry = |kind: &str| json!({"clusterName": "c", "principalArn": ROLE, "type": kind});
    let cases = [
        (
            "sns",
            "SetSubscriptionAttributes",
            attribute("SubscriptionRoleArn"),
            1,
        ),
        (
            "sns",
            "SetSubscriptionAttributes",
            attribute("DisplayName"),
            0,
        ),
        ("eks", "CreateAccessEntry", entry("EC2_LINUX"), 1),
        ("eks", "CreateAccessEntry", entry("STANDARD"), 0),
        (
            "apigateway",
            "UpdateAccount",
            json!({"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE}]}),
            1,
        ),
        (
            "textract",
            "StartDocumentAnalysis",
            json!({"notificationChannel": {"roleArn": ROLE}}),
            1,
        ),
        (
            "cloudformation",
            "UpdateResource",
            json!({"typeName": "AWS::SQS::Queue", "roleArn": ROLE}),
            1,
        ),
    ];
    for (source, name, request, wanted) in cases {
        let mapped = mapped(source, name, &request);
        assert_eq!(
            passed(&mapped).len(),
            wanted,
            "{source} {name} {request}: {mapped:?}"
        );
    }
}

#[test]
fn a_launch_configuration_hides_the_role_of_its_profile() {
    let request = json!({"launchConfigurationName": "l", "iamInstanceProfile": "p"});
    let mapped = mapped("autoscaling", "CreateLaunchConfiguration", &request);
    assert!(passed(&mapped).is_empty());
    assert!(
        mapped.notes[0].contains("instance profile"),
        "{:?}",
        mapped.notes
    );
}
