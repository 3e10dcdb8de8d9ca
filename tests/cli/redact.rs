//! `polgen redact`: secrets that are planted in the input stand in no output once it is redacted, and it still means the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{
    Place, assert_exit, call, polgen, polgen_reading, s3_call, stderr, stdout, trail,
};

/// What belongs to the account, and must not be shown.
const PLANTED: [&str; 11] = [
    "111122223333",
    "999988887777",
    "billing-worker",
    "acme-ledger",
    "quarterly",
    "salaries",
    "topsecret-queue",
    "alice@acme.example",
    "192.0.2.10",
    "AROAEXAMPLEAPPEXAMPLE",
    "00000000-0000-4000-8000-000000000001",
];

fn records() -> Vec<Value> {
    let mut records = vec![
        s3_call(1, "GetObject", "acme-ledger", "quarterly/salaries.csv"),
        call(
            2,
            "sqs.amazonaws.com",
            "SendMessage",
            &json!({ "queueUrl": "https://sqs.eu-central-1.amazonaws.com/999988887777/topsecret-queue" }),
        ),
        call(
            3,
            "dynamodb.amazonaws.com",
            "GetItem",
            &json!({ "tableName": "salaries" }),
        ),
        call(4, "sqs.amazonaws.com", "ListQueues", &json!({})),
    ];
    records[3]["errorCode"] = json!("AccessDenied");
    records[3]["errorMessage"] = json!(
        "User: arn:aws:sts::111122223333:assumed-role/billing-worker/alice@acme.example is not authorized to perform: sqs:ListQueues"
    );
    let text = Value::from(records).to_string();
    let text = text
        .replace("role/svc/app", "role/svc/billing-worker")
        .replace(
            "assumed-role/app/worker",
            "assumed-role/billing-worker/alice@acme.example",
        );
    let text = text.replace("\"userName\":\"app\"", "\"userName\":\"billing-worker\"");
    serde_json::from_str::<Value>(&text)
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

const TEMPLATE: &str = "Resources:\n  Worker:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: billing-worker\n      Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Version: '2012-10-17'\n            Statement:\n              - {Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::acme-ledger/*'}\n              - {Effect: Allow, Action: '*', Resource: '*'}\n";

#[expect(clippy::too_many_lines, reason = "a list of commands")]
#[test]
fn planted_secrets_stand_in_no_redacted_output() {
    let place = Place::new();
    let path = place.file("t.json", trail(&records()));
    let template = place.file("template.yaml", TEMPLATE);
    let usage = format!("{}/u.usage", place.path());
    assert_exit(&polgen(&["usage", "--trail", &path, "--output", &usage]), 0);
    let key = format!("{}/key", place.path());
    let role = ["--role", "billing-worker", "--trail", &path];
    let subject = format!("{template}#Worker");
    let with =
        |command: &'static str, more: &[&'static str]| [&[command], &role[..], more].concat();
    let mut shown = 0;
    for arguments in [
        with("suggest", &["--format", "json"]),
        with("suggest", &["--format", "policy"]),
        with("suggest", &["--format", "markdown"]),
        with("suggest", &["--format", "terraform"]),
        [
            &with("suggest", &["--verbose"])[..],
            &["--current", &subject],
        ]
        .concat(),
        [
            &with("suggest", &["--format", "json"])[..],
            &["--current", &subject],
        ]
        .concat(),
        with("explain", &["s3:GetObject"]),
        with("backtest", &["--format", "json"]),
        vec!["usage", "--usage", &usage, "--format", "json"],
        vec!["map", "--trail", &path],
        vec!["check", &template],
        vec!["check", &template, "--format", "json"],
        vec!["harden", &template, "--format", "json"],
        vec!["diff", &subject, "ReadOnlyAccess", "--format", "json"],
        [&with("comment", &[])[..], &["--current", &subject]].concat(),
    ] {
        let output = polgen(&arguments);
        let said = format!("{}{}", stdout(&output), stderr(&output));
        shown += PLANTED
            .iter()
            .filter(|secret| said.contains(**secret))
            .count();
        let redacted = polgen_reading(
            &[
                "redact",
                "--key-file",
                &key,
                "--names",
                &path,
                "--names",
                &template,
            ],
            said.as_bytes(),
        );
        assert_exit(&redacted, 0);
        let found: Vec<&str> = PLANTED
            .into_iter()
            .filter(|secret| stdout(&redacted).contains(secret))
            .collect();
        assert_eq!(
            found,
            Vec::<&str>::new(),
            "{arguments:?}: {}",
            stdout(&redacted)
        );
        assert!(said.len() > 20, "{arguments:?}");
    }
    assert!(
        shown > 40,
        "the outputs show only {shown} secrets: the test looks at nothing"
    );
}

#[test]
fn a_redacted_policy_allows_the_redacted_calls_and_no_others() {
    let place = Place::new();
    let path = place.file("t.json", trail(&records()));
    let key = format!("{}/key", place.path());
    let redact = |text: &str| {
        let output = polgen_reading(&["redact", "--key-file", &key], text.as_bytes());
        assert_exit(&output, 0);
        stdout(&output)
    };
    let policy = stdout(&polgen(&[
        "suggest",
        "--role",
        "billing-worker",
        "--trail",
        &path,
        "--format",
        "policy",
    ]));
    let hidden = redact(&policy);
    assert_eq!(redact(&policy), hidden, "the same key gives the same");
    let requests = [
        json!({ "action": "s3:GetObject", "resource": "arn:aws:s3:::acme-ledger/quarterly/salaries.csv" }),
        json!({ "action": "sqs:SendMessage", "resource": "arn:aws:sqs:eu-central-1:999988887777:topsecret-queue" }),
        json!({ "action": "s3:GetObject", "resource": "arn:aws:s3:::acme-ledger/quarterly/other.csv" }),
    ];
    let lines = requests.each_ref().map(ToString::to_string).join("\n");
    let ask = |policy: &str, lines: &str| -> Vec<Value> {
        let policy = place.file("p.json", policy);
        let output = polgen_reading(
            &["eval", "--policy", &policy, "--requests", "-"],
            lines.as_bytes(),
        );
        let answers = stdout(&output);
        answers
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"].clone())
            .collect()
    };
    assert_eq!(
        ask(&policy, &lines),
        ["allowed", "allowed", "implicit-deny"]
    );
    assert_eq!(
        ask(&hidden, &redact(&lines)),
        ["allowed", "allowed", "implicit-deny"]
    );
    // Another key, other stand-ins.
    let other = polgen_reading(
        &["redact", "--key-file", &format!("{}/other", place.path())],
        policy.as_bytes(),
    );
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|one: char| !one.is_ascii_alphanumeric() && one != '-');
        words
            .filter(|word| word.starts_with("n-"))
            .map(str::to_owned)
            .collect()
    };
    assert!(words(&hidden).len() >= 3 && words(&hidden).is_disjoint(&words(&stdout(&other))));
}

#[cfg(unix)]
#[test]
fn the_key_is_nobody_elses_and_a_short_one_is_none() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let key = format!("{}/key", place.path());
    assert_exit(&polgen_reading(&["redact", "--key-file", &key], b"x"), 0);
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let short = place.file("short", "abc");
    let output = polgen_reading(&["redact", "--key-file", &short], b"x");
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("expected a key of 16 bytes or more"),
        "{}",
        stderr(&output)
    );
}
