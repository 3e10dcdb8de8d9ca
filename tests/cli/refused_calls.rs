//! Denied and failed calls: never granted unasked, told apart, explained.

use serde_json::{Value, json};

use crate::honest::report;
use crate::world::{Place, assert_exit, call, polgen, s3_call, stderr, stdout, trail};

/// A denied or failed call by the role.
fn failing(number: u32, source: &str, name: &str, code: &str, message: &str) -> Value {
    let mut record = call(number, source, name, &json!({ "tableName": "t" }));
    record["errorCode"] = json!(code);
    record["errorMessage"] = json!(message);
    record
}

const MESSAGE: &str = "User: arn:aws:sts::111122223333:assumed-role/app/worker is not authorized to perform: dynamodb:DescribeTable on resource: arn:aws:dynamodb:eu-central-1:111122223333:table/t because no identity-based policy allows the dynamodb:DescribeTable action";

#[test]
fn a_role_that_was_only_denied_gets_no_policy() {
    let place = Place::new();
    let records = [failing(
        1,
        "dynamodb.amazonaws.com",
        "DescribeTable",
        "AccessDenied",
        MESSAGE,
    )];
    let path = place.file("t.json", trail(&records));
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    assert_exit(&output, 3);
    assert_eq!(stdout(&output), "");
    let words = stderr(&output);
    assert!(
        words.contains("1 events by the role were read, 1 of them denied")
            && words.contains(&MESSAGE.replace("app/worker", "app")),
        "{words}"
    );
}

#[test]
fn what_a_message_encodes_tells_no_two_refusals_apart() {
    let place = Place::new();
    let message = |code: &str| {
        let words = "is not authorized to perform: dynamodb:DescribeTable on resource: arn:aws:dynamodb:eu-central-1:111122223333:table/t";
        format!(
            "You are not authorized to perform this operation. User: {code} {words}. Encoded authorization failure message: {code}"
        )
    };
    let records: Vec<Value> = (1..=7)
        .map(|number| {
            let message = message(&format!("abc{number}"));
            failing(
                number,
                "dynamodb.amazonaws.com",
                "DescribeTable",
                "UnauthorizedOperation",
                &message,
            )
        })
        .collect();
    let path = place.file("t.json", trail(&records));
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    assert_exit(&output, 3);
    let words = stderr(&output);
    assert!(
        words.contains("(7 calls)") && !words.contains("Encoded"),
        "{words}"
    );
    assert_eq!(words.matches("denied DescribeTable").count(), 1, "{words}");
}

#[test]
fn an_empty_or_throttled_window_removes_nothing() {
    let place = Place::new();
    let throttled = failing(
        1,
        "dynamodb.amazonaws.com",
        "DescribeTable",
        "ThrottlingException",
        "Rate exceeded",
    );
    let path = place.file("t.json", trail(&[throttled]));
    for more in [&[][..], &["--since", "2026-07-01"]] {
        let base = [
            "suggest",
            "--role",
            "app",
            "--trail",
            &path,
            "--current",
            "AmazonDynamoDBReadOnlyAccess",
        ];
        let arguments: Vec<&str> = base.iter().chain(more).copied().collect();
        let output = polgen(&arguments);
        assert_exit(&output, 3);
        assert_eq!(stdout(&output), "");
        assert!(!stderr(&output).contains("removed"), "{}", stderr(&output));
    }
}

#[test]
fn calls_that_failed_before_authorization_add_no_right() {
    let place = Place::new();
    let records = [
        s3_call(1, "GetObject", "data", "a"),
        failing(
            2,
            "dynamodb.amazonaws.com",
            "DescribeTable",
            "ThrottlingException",
            "Rate exceeded",
        ),
    ];
    let path = place.file("t.json", trail(&records));
    let open = report(&["--trail", &path]);
    assert!(
        open["policies"]
            .to_string()
            .contains("dynamodb:DescribeTable")
    );
    assert!(
        open["warnings"]
            .to_string()
            .contains("none shows that it is permitted")
    );
    let bound = report(&["--trail", &path, "--current", "AmazonS3ReadOnlyAccess"]);
    assert!(!bound["policies"].to_string().contains("dynamodb"));
    assert_eq!(bound["untested"][0]["action"], "dynamodb:DescribeTable");
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    assert!(stderr(&output).contains(" failed "), "{}", stderr(&output));
}

#[test]
fn denied_calls_tell_what_was_missing_and_can_be_allowed() {
    let place = Place::new();
    let records = [
        s3_call(1, "GetObject", "data", "a"),
        failing(
            2,
            "dynamodb.amazonaws.com",
            "DescribeTable",
            "AccessDenied",
            MESSAGE,
        ),
    ];
    let path = place.file("t.json", trail(&records));
    let found = report(&["--trail", &path]);
    let denied = &found["denied"][0];
    assert_eq!(denied["missing"]["policy_type"], "identity-based policy");
    assert_eq!(denied["is_never_allowed"], true);
    assert!(!found["policies"].to_string().contains("dynamodb"));
    let found = report(&["--trail", &path, "--allow-denied", "dynamodb:DescribeTable"]);
    let policies = found["policies"].to_string();
    assert!(
        policies.contains("dynamodb:DescribeTable") && policies.contains("table/t"),
        "{policies}"
    );
    let refused = polgen(&[
        "suggest",
        "--role",
        "app",
        "--trail",
        &path,
        "--allow-denied",
        "sqs:SendMessage",
    ]);
    assert_exit(&refused, 2);
}

#[test]
fn an_error_text_becomes_the_smallest_statement() {
    let output = polgen(&["explain", MESSAGE]);
    assert_exit(&output, 0);
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let statement = &document["Statement"][0];
    assert_eq!(statement["Action"], "dynamodb:DescribeTable");
    assert_eq!(
        statement["Resource"],
        "arn:aws:dynamodb:eu-central-1:111122223333:table/t"
    );
    let wild = MESSAGE.replace("table/t ", "table/* ");
    let output = polgen(&["explain", &wild]);
    assert!(
        stdout(&output).contains("table/${*}"),
        "{}",
        stdout(&output)
    );
    let explicit = "User: x is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k with an explicit deny in a service control policy";
    let output = polgen(&["explain", explicit]);
    assert_exit(&output, 1);
    assert!(stderr(&output).contains("service control policy: no grant can allow it"));
    let bare = polgen(&[
        "explain",
        "User: x is not authorized to perform: s3:PutObject",
    ]);
    assert_exit(&bare, 1);
}

#[test]
fn actions_and_statements_are_explained_by_their_evidence() {
    let place = Place::new();
    let path = place.file("t.json", trail(&[s3_call(1, "GetObject", "data", "a")]));
    let output = polgen(&["explain", "s3:GetObject", "--role", "app", "--trail", &path]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    for part in [
        "Statement",
        "arn:aws:s3:::data/a",
        "1, on 1 days",
        "worker",
        "00000000-0000-4000-8000-000000000001",
        "s3.amazonaws.com:GetObject",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let sid = text
        .lines()
        .find_map(|line| line.strip_prefix("  Statement  "))
        .unwrap();
    let by_sid = polgen(&["explain", sid.trim(), "--role", "app", "--trail", &path]);
    assert_eq!(stdout(&by_sid), text);
    assert_exit(&polgen(&["explain", "s3:GetObject"]), 2);
}

/// A role that asks for one object after the other and gets none: the report stays small and says what it stands for.
#[test]
fn refusals_without_end_are_told_by_what_they_have_in_common() {
    let place = Place::new();
    let mut records = vec![s3_call(1, "GetObject", "data", "out/a.json")];
    records.extend((2..=4200).map(|number| {
        let mut record = s3_call(number, "GetObject", "data", &format!("in/{number}.json"));
        record["errorCode"] = json!("AccessDenied");
        record["errorMessage"] = json!(format!(
            "User: arn:aws:sts::111122223333:assumed-role/app/worker is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::data/in/{number}.json\" because no identity-based policy allows the s3:GetObject action"
        ));
        record
    }));
    let path = place.file("t.json", trail(&records));
    let report = report(&["--trail", &path]);
    let denied = report["denied"].as_array().unwrap();
    assert_eq!(denied.len(), 1, "{denied:#?}");
    assert_eq!(denied[0]["count"], json!(4199));
    assert_eq!(denied[0]["resources"], json!(["arn:aws:s3:::data/*"]));
    let policy = report["policies"][0]["document"].to_string();
    assert!(
        policy.contains("arn:aws:s3:::data/out/a.json") && !policy.contains("data/*"),
        "{policy}"
    );
    let words = stderr(&polgen(&["suggest", "--role", "app", "--trail", &path]));
    assert!(
        words.contains("the denied calls on 1 pattern were too many to be kept one by one")
            && words.contains("s3:GetObject on arn:aws:s3:::data/*"),
        "{words}"
    );
}

/// A pattern that mapping writes for one call stands for no other calls.
#[test]
fn a_refusal_on_a_pattern_is_not_told_as_many() {
    let place = Place::new();
    let mut refused = call(
        2,
        "logs.amazonaws.com",
        "FilterLogEvents",
        &json!({ "logGroupName": "/app/g" }),
    );
    refused["errorCode"] = json!("AccessDenied");
    let records = [s3_call(1, "GetObject", "data", "a"), refused];
    let path = place.file("t.json", trail(&records));
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    let words = stderr(&output);
    assert!(
        words.contains("log-group:/app/g:*") && !words.contains("too many"),
        "{words}"
    );
}
