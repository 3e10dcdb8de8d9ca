//! `polgen suggest` where it is easily wrong: conditions, quotas, families of names, strange characters, other people's roles.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, call, polgen, s3_call, stderr, stdout, trail};

/// A policy's grants, one for each action on each resource under each condition.
fn grants(policy: &Value) -> BTreeSet<(String, String, String)> {
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    };
    let mut grants = BTreeSet::new();
    for statement in list(&policy["Statement"]) {
        assert_eq!(statement["Effect"], "Allow");
        for action in list(&statement["Action"]) {
            for resource in list(&statement["Resource"]) {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                grants.insert((
                    text(&action),
                    text(&resource),
                    statement["Condition"].to_string(),
                ));
            }
        }
    }
    grants
}

#[test]
fn a_kept_grant_keeps_its_condition() {
    let place = Place::new();
    let trail = place.file(
        "t.json",
        trail(&[call(1, "sqs.amazonaws.com", "ListQueues", &json!({}))]),
    );
    let condition = json!({ "StringLike": { "aws:PrincipalTag/team": "blue*" } });
    let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*", "Condition": condition });
    let current = place.file(
        "p.json",
        json!({ "Version": "2012-10-17", "Statement": statement }).to_string(),
    );
    for style in ["readable", "compact"] {
        let output = polgen(&[
            "suggest",
            "--role",
            "app",
            "--trail",
            &trail,
            "--current",
            &current,
            "--style",
            style,
            "--format",
            "policy",
        ]);
        assert_exit(&output, 0);
        let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let kept = statements
            .iter()
            .find(|statement| statement["Action"] == "s3:GetObject")
            .unwrap();
        assert_eq!(kept["Condition"], condition);
    }
}

#[test]
fn many_buckets_fill_several_policies_within_the_quota() {
    let place = Place::new();
    let records: Vec<Value> = (0..40)
        .map(|number| {
            s3_call(
                number,
                "GetObject",
                &format!("bucket-number-{number}"),
                "file",
            )
        })
        .collect();
    let path = place.file("t.json", trail(&records));
    let arguments = [
        "suggest", "--role", "app", "--trail", &path, "--quota", "600", "--format", "json",
    ];
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let policies = report["policies"].as_array().unwrap();
    assert!(policies.len() > 2, "{report}");
    let mut resources = BTreeSet::new();
    for policy in policies {
        assert!(policy["characters"].as_u64().unwrap() <= 600, "{policy}");
        resources.extend(
            grants(&policy["document"])
                .into_iter()
                .map(|(_, resource, _)| resource),
        );
    }
    assert_eq!(resources.len(), 40);
}

#[test]
fn names_of_one_family_share_a_pattern() {
    let place = Place::new();
    let records: Vec<Value> = ('a'..='z')
        .map(|letter| {
            s3_call(
                letter as u32,
                "GetObject",
                "data",
                &format!("media/{letter}/cover.png"),
            )
        })
        .collect();
    let path = place.file("t.json", trail(&records));
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "json",
    ]);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        report["policies"][0]["document"]["Statement"][0]["Resource"],
        "arn:aws:s3:::data/media/*"
    );
    assert_eq!(report["generalizations"][0]["seen"], 26);
    assert_eq!(
        report["generalizations"][0]["admits"],
        "any ObjectName that begins with `media/`"
    );
}

#[test]
fn a_service_linked_role_is_refused() {
    let place = Place::new();
    let text = trail(&[call(1, "sqs.amazonaws.com", "ListQueues", &json!({}))]);
    let text = text.replace(
        "role/svc/app",
        "role/aws-service-role/ecs.amazonaws.com/app",
    );
    let path = place.file("t.json", text);
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("service-linked role"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn names_that_a_policy_cannot_hold_become_patterns_that_are_told() {
    let place = Place::new();
    let key = "\u{65e5}\u{672c}/\u{1b}report.txt";
    let path = place.file("t.json", trail(&[s3_call(1, "GetObject", "data", key)]));
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "json",
    ]);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        report["policies"][0]["document"]["Statement"][0]["Resource"],
        "arn:aws:s3:::data/*/*report.txt"
    );
    assert_eq!(
        report["generalizations"][0]["reason"],
        "a policy cannot hold all characters of the name"
    );
}

#[test]
fn a_statement_that_cannot_be_split_is_refused() {
    let place = Place::new();
    let path = place.file(
        "t.json",
        trail(&[s3_call(1, "GetObject", "data", &"k".repeat(900))]),
    );
    let output = polgen(&[
        "suggest",
        "--role",
        "app",
        "--trail",
        &path,
        "--quota",
        "500",
        "--resources",
        "exact",
        "--format",
        "policy",
    ]);
    assert_exit(&output, 1);
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).contains("of 500 characters"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn denied_calls_tell_nothing_of_the_runtime() {
    let place = Place::new();
    let mut denied = call(
        1,
        "logs.amazonaws.com",
        "CreateLogStream",
        &json!({ "logGroupName": "/audit", "logStreamName": "x" }),
    );
    denied["userAgent"] = json!("awslambda-worker/1.0");
    denied["errorCode"] = json!("AccessDenied");
    let path = place.file(
        "t.json",
        trail(&[
            denied,
            call(2, "sqs.amazonaws.com", "ListQueues", &json!({})),
        ]),
    );
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "policy",
    ]);
    assert_exit(&output, 0);
    assert!(!stdout(&output).contains("logs:"), "{}", stdout(&output));
}
