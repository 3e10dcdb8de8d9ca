//! What polgen says about what it cannot see: coverage, fates, denied and failed calls, odd uses.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, call, polgen, s3_call, stderr, stdout, trail};

/// A policy that names these actions on one resource.
fn policy(place: &Place, name: &str, statements: &Value) -> String {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    place.file(name, text)
}

pub(crate) fn report(arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["suggest", "--role", "app", "--format", "json"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let output = polgen(&all);
    assert_exit(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn fate<'a>(report: &'a Value, action: &str) -> &'a Value {
    let fates = report["fates"].as_array().unwrap();
    fates.iter().find(|fate| fate["action"] == action).unwrap()
}

#[test]
fn a_trail_of_some_buckets_says_nothing_about_the_others() {
    let place = Place::new();
    let trail = place.file("t.json", trail(&[s3_call(1, "GetObject", "seen", "a")]));
    let statement = |bucket: &str| {
        json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"],
                "Resource": format!("arn:aws:s3:::{bucket}/*") })
    };
    let current = policy(
        &place,
        "p.json",
        &json!([statement("seen"), statement("dark")]),
    );
    let found = report(&["--trail", &trail, "--current", &current]);
    let policies = found["policies"].to_string();
    assert!(policies.contains("arn:aws:s3:::dark/*"), "{policies}");
    let delete = fate(&found, "s3:DeleteObject");
    assert_eq!(delete["fate"], "not-observable");
    assert!(
        delete["visible_with"]
            .as_str()
            .unwrap()
            .contains("put-event-selectors")
    );
    let selectors = json!({ "AdvancedEventSelectors": [{ "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Data"] },
        { "Field": "resources.type", "Equals": ["AWS::S3::Object"] }] }] });
    let selectors = place.file("s.json", selectors.to_string());
    let found = report(&[
        "--trail",
        &trail,
        "--current",
        &current,
        "--event-selectors",
        &selectors,
    ]);
    let delete = fate(&found, "s3:DeleteObject");
    assert_eq!(
        (delete["fate"].as_str(), delete["observable_days"].as_u64()),
        (Some("unused"), Some(1))
    );
    assert!(!found["policies"].to_string().contains("dark"));
}

#[test]
fn what_is_kept_respects_what_is_denied() {
    let place = Place::new();
    let trail = place.file(
        "t.json",
        trail(&[call(
            1,
            "dynamodb.amazonaws.com",
            "DescribeTable",
            &json!({ "tableName": "t" }),
        )]),
    );
    let allow = json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*" });
    let run = |deny: &Value| {
        let current = policy(&place, "p.json", &json!([allow, deny]));
        report(&["--trail", &trail, "--current", &current])
    };
    let region = json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": "eu-central-1" } } });
    let found = run(&region);
    let text = found["policies"].to_string();
    assert!(
        text.contains("sqs:SendMessage") && text.contains("aws:RequestedRegion"),
        "{text}"
    );
    let queue =
        json!({ "Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:secret" });
    let found = run(&queue);
    assert!(!found["policies"].to_string().contains("sqs:SendMessage"));
    assert_eq!(fate(&found, "sqs:SendMessage")["fate"], "not-observable");
    assert!(
        found["warnings"].to_string().contains("deny it"),
        "{}",
        found["warnings"]
    );
}

#[test]
fn conditions_are_kept_and_compared() {
    let place = Place::new();
    let trail = place.file(
        "t.json",
        trail(&[call(
            1,
            "dynamodb.amazonaws.com",
            "DescribeTable",
            &json!({ "tableName": "t" }),
        )]),
    );
    let statement = json!({ "Effect": "Allow", "Action": ["sqs:SendMessage", "dynamodb:DescribeTable"],
        "Resource": "*", "Condition": { "StringEquals": { "aws:PrincipalTag/team": "a" } } });
    let current = policy(&place, "p.json", &statement);
    let found = report(&["--trail", &trail, "--current", &current]);
    assert!(
        found["policies"]
            .to_string()
            .contains("aws:PrincipalTag/team")
    );
    // Without the condition the suggestion is no narrowing of what there was.
    assert_ne!(fate(&found, "dynamodb:DescribeTable")["fate"], "narrowed");
}

#[test]
fn all_but_some_resources_are_compared_as_such() {
    let place = Place::new();
    let trail = place.file(
        "t.json",
        trail(&[call(
            1,
            "dynamodb.amazonaws.com",
            "DescribeTable",
            &json!({ "tableName": "t" }),
        )]),
    );
    for (excluded, wanted) in [("table/other", "narrowed"), ("table/*", "added")] {
        let statement = json!({ "Effect": "Allow", "Action": "dynamodb:DescribeTable",
            "NotResource": format!("arn:aws:dynamodb:*:*:{excluded}") });
        let current = policy(&place, "p.json", &statement);
        let found = report(&["--trail", &trail, "--current", &current]);
        assert_eq!(
            fate(&found, "dynamodb:DescribeTable")["fate"],
            wanted,
            "{excluded}"
        );
    }
}

/// A management call at a moment, from an address, in a session.
fn at(
    (time, address, session): (&str, &str, &str),
    source: &str,
    name: &str,
    parameters: &Value,
) -> Value {
    let mut record = call(1, source, name, parameters);
    record["eventTime"] = json!(time);
    record["sourceIPAddress"] = json!(address);
    record["eventID"] = json!(format!("{time}-{name}"));
    let arn = format!("arn:aws:sts::111122223333:assumed-role/app/{session}");
    record["userIdentity"]["arn"] = json!(arn);
    record
}

fn burgled(place: &Place) -> String {
    let mut records: Vec<Value> = (1..=28)
        .map(|day| {
            let time = format!("2026-06-{day:02}T10:00:00Z");
            at(
                (&time, "192.0.2.10", "worker"),
                "dynamodb.amazonaws.com",
                "DescribeTable",
                &json!({ "tableName": "t" }),
            )
        })
        .collect();
    for (minute, name) in ["ListUsers", "ListRoles", "ListPolicies"]
        .into_iter()
        .enumerate()
    {
        let time = format!("2026-06-27T03:{minute:02}:00Z");
        let mut record = at(
            (&time, "203.0.113.9", "shell"),
            "iam.amazonaws.com",
            name,
            &json!({}),
        );
        record["errorCode"] = json!("AccessDenied");
        records.push(record);
    }
    records.push(at(
        ("2026-06-27T03:10:00Z", "203.0.113.9", "shell"),
        "iam.amazonaws.com",
        "AttachRolePolicy",
        &json!({ "roleName": "app", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
    ));
    place.file("t.json", trail(&records))
}

#[test]
fn odd_uses_are_marked_and_can_be_left_out() {
    let place = Place::new();
    let path = burgled(&place);
    let found = report(&["--trail", &path]);
    let suspicions = found["suspicions"].as_array().unwrap();
    let attach = suspicions
        .iter()
        .find(|one| one["action"] == "iam:AttachRolePolicy")
        .unwrap();
    let why = attach["why"].to_string();
    for part in [
        "first seen late",
        "203.0.113.0/24",
        "3 different actions were denied",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert!(
        suspicions
            .iter()
            .any(|one| one["action"] == "privilege-escalation"),
        "{suspicions:?}"
    );
    for exclusion in [
        "session=shell",
        "source-ip=203.0.113.0/24",
        "time=2026-06-27T03:00:00Z..2026-06-27T04:00:00Z",
    ] {
        let found = report(&["--trail", &path, "--exclude", exclusion]);
        assert!(
            !found["policies"].to_string().contains("iam:"),
            "{exclusion}"
        );
        assert_eq!(found["coverage"]["excluded"], 4, "{exclusion}");
        assert_eq!(found["suspicions"], json!([]), "{exclusion}");
    }
}

#[test]
fn silent_days_of_an_active_region_are_named() {
    let place = Place::new();
    let records: Vec<Value> = (1..=28)
        .filter(|day| ![11, 12].contains(day))
        .map(|day| {
            let time = format!("2026-06-{day:02}T10:00:00Z");
            at(
                (&time, "192.0.2.10", "worker"),
                "dynamodb.amazonaws.com",
                "DescribeTable",
                &json!({ "tableName": "t" }),
            )
        })
        .collect();
    let path = place.file("t.json", trail(&records));
    let found = report(&["--trail", &path]);
    assert_eq!(found["coverage"]["day_gaps"][0]["first"], "2026-06-11");
    assert_eq!(found["coverage"]["day_gaps"][0]["last"], "2026-06-12");
    assert!(
        found["warnings"]
            .to_string()
            .contains("2026-06-11 to 2026-06-12")
    );
}

#[test]
fn asking_needs_a_terminal() {
    let place = Place::new();
    let path = place.file("t.json", trail(&[s3_call(1, "GetObject", "data", "a")]));
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--hidden", "ask",
    ]);
    assert_exit(&output, 2);
    assert!(
        stderr(&output).contains("expected a terminal"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_backtest_keeps_its_contract() {
    let place = Place::new();
    let mut records: Vec<Value> = (0..20)
        .map(|day| s3_call(day, "GetObject", "data", "config.json"))
        .collect();
    records.push(s3_call(19, "PutObject", "data", "late.json"));
    records.push(s3_call(0, "ListObjectsV2", "data", ""));
    let path = place.file("t.json", trail(&records));
    let output = polgen(&[
        "backtest", "--role", "app", "--trail", &path, "--split", "0.7", "--format", "json",
    ]);
    assert_exit(&output, 0);
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(found["learned"]["accesses"], 2);
    let denied = found["replayed"]["denied"].as_array().unwrap();
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0]["action"], "s3:PutObject");
    assert_eq!(found["under_privilege"], 0.5);
    assert_eq!(found["over_privilege"], 0.5);
    assert!(found["predicted"]["new_needs"].is_number());
    for split in ["0", "1", "x"] {
        assert_exit(
            &polgen(&[
                "backtest", "--role", "app", "--trail", &path, "--split", split,
            ]),
            2,
        );
    }
    assert_exit(
        &polgen(&[
            "backtest", "--role", "app", "--trail", &path, "--split", "0.0001",
        ]),
        0,
    );
}

#[test]
fn the_environment_of_a_function_needs_no_key() {
    let place = Place::new();
    let mut decrypt = call(
        1,
        "kms.amazonaws.com",
        "Decrypt",
        &json!({
        "encryptionContext": { "aws:lambda:FunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:f" } }),
    );
    decrypt["resources"] = json!([{ "ARN": "arn:aws:kms:eu-central-1:111122223333:key/k", "accountId": "111122223333", "type": "AWS::KMS::Key" }]);
    let path = place.file(
        "t.json",
        trail(&[decrypt, s3_call(2, "GetObject", "data", "a")]),
    );
    let found = report(&["--trail", &path]);
    assert!(!found["policies"].to_string().contains("kms:Decrypt"));
    let rule = &found["platform"][0];
    assert_eq!(
        (rule["verdict"].as_str(), rule["count"].as_u64()),
        (Some("not-needed"), Some(1))
    );
}
