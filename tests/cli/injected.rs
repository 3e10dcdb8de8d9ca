//! What others write into the records must not widen a policy: names, ARNs of other accounts, forged members. From end to end:
//! the policy that comes out is asked what it allows.

use serde_json::{Value, json};

use crate::world::{
    Place, assert_exit, call, polgen, polgen_reading, s3_call, stderr, stdout, trail,
};

/// Makes the policy for `app`; returns the document, if there is one, and what was said.
fn suggested(place: &Place, records: &[Value]) -> (Option<String>, String) {
    let path = place.file("t.json", trail(records));
    let arguments = [
        "suggest", "--role", "app", "--trail", &path, "--format", "policy",
    ];
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    let text = stdout(&output);
    ((!text.trim().is_empty()).then_some(text), stderr(&output))
}

/// Asks the evaluator which of these requests the policy allows.
fn decisions(place: &Place, policy: &str, requests: &[(&str, &str)]) -> Vec<bool> {
    let policy = place.file("policy.json", policy);
    let lines: Vec<String> = requests
        .iter()
        .map(|(action, resource)| json!({ "action": action, "resource": resource }).to_string())
        .collect();
    let output = polgen_reading(
        &["eval", "--policy", &policy, "--requests", "-"],
        lines.join("\n").as_bytes(),
    );
    assert_exit(&output, 0);
    let text = stdout(&output);
    let answers: Vec<bool> = text
        .lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).unwrap();
            assert_ne!(answer["decision"], "invalid", "{line}");
            answer["decision"] == "allowed"
        })
        .collect();
    assert_eq!(answers.len(), requests.len(), "{text}");
    answers
}

/// Keys that mean something in a policy, in JSON, on a screen, or look like another.
const KEYS: [&str; 16] = [
    "*",
    "?",
    "$",
    "${",
    "${*}",
    "${aws:username}",
    "a/*/b",
    "\"],\"Action\":\"*\",\"Resource\":[\"*",
    "'; --",
    "\\ustar",
    "\\",
    "%2a",
    "@everyone <img src=x onerror=alert(1)>",
    "\u{e9}\u{ff}",
    "../../etc/passwd",
    "| `code` | ~~~",
];

#[test]
fn a_key_is_its_own_key_and_no_other() {
    for key in KEYS {
        let place = Place::new();
        let (policy, _) = suggested(&place, &[s3_call(1, "GetObject", "data", key)]);
        let policy = policy.unwrap();
        let own = format!("arn:aws:s3:::data/{key}");
        let others = [
            "arn:aws:s3:::data/x".to_owned(),
            format!("arn:aws:s3:::data/{key}x"),
            format!("arn:aws:s3:::data/x{key}"),
            "arn:aws:s3:::data/a/x/b".to_owned(),
            "arn:aws:s3:::other/x".to_owned(),
        ];
        let mut requests = vec![("s3:GetObject", own.as_str())];
        requests.extend(others.iter().map(|other| ("s3:GetObject", other.as_str())));
        requests.extend([("s3:PutObject", own.as_str()), ("iam:CreateUser", "*")]);
        let allowed = decisions(&place, &policy, &requests);
        assert!(allowed[0], "{key}: {policy}");
        assert_eq!(
            &allowed[1..],
            vec![false; requests.len() - 1],
            "{key}: {policy}"
        );
    }
}

#[test]
fn a_look_alike_is_not_the_name_that_it_looks_like() {
    let place = Place::new();
    let records = [s3_call(1, "GetObject", "data", "team/p\u{430}y/x")];
    let (policy, said) = suggested(&place, &records);
    let policy = policy.unwrap();
    let requests = [
        ("s3:GetObject", "arn:aws:s3:::data/team/p\u{430}y/x"),
        ("s3:GetObject", "arn:aws:s3:::data/team/other"),
        ("s3:GetObject", "arn:aws:s3:::data/x"),
    ];
    assert_eq!(decisions(&place, &policy, &requests), [true, false, false]);
    assert!(
        said.contains("1 pattern is wider than what was seen because no policy can hold"),
        "{said}"
    );
}

/// The service, operation, parameters, and what must not be allowed afterwards.
fn impossible_names() -> Vec<(
    &'static str,
    &'static str,
    Value,
    &'static str,
    &'static str,
)> {
    vec![
        (
            "s3.amazonaws.com",
            "GetObject",
            json!({ "bucketName": "\u{65e5}", "key": "k" }),
            "s3:GetObject",
            "arn:aws:s3:::other/k",
        ),
        (
            "s3.amazonaws.com",
            "GetObject",
            json!({ "bucketName": "data", "key": "k".repeat(10_000) }),
            "s3:GetObject",
            "arn:aws:s3:::data/k",
        ),
        (
            "dynamodb.amazonaws.com",
            "GetItem",
            json!({ "tableName": "\u{202e}orders" }),
            "dynamodb:GetItem",
            "arn:aws:dynamodb:eu-central-1:111122223333:table/orders",
        ),
        (
            "sqs.amazonaws.com",
            "SendMessage",
            json!({ "queueUrl": "https://sqs.eu-central-1.amazonaws.com/111122223333/\u{1}" }),
            "sqs:SendMessage",
            "arn:aws:sqs:eu-central-1:111122223333:orders",
        ),
        (
            "secretsmanager.amazonaws.com",
            "GetSecretValue",
            json!({ "secretId": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:\u{0}-AbCdEf" }),
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod-AbCdEf",
        ),
    ]
}

#[test]
fn a_name_that_nothing_can_have_is_told_and_not_granted() {
    for (source, operation, parameters, action, other) in impossible_names() {
        let place = Place::new();
        let records = [
            call(1, source, operation, &parameters),
            call(2, "sqs.amazonaws.com", "ListQueues", &json!({})),
        ];
        let (policy, said) = suggested(&place, &records);
        let requests = [(action, other), ("sqs:ListQueues", "*")];
        let allowed = decisions(&place, &policy.unwrap(), &requests);
        assert_eq!(allowed, [false, true], "{parameters}");
        assert!(
            said.contains("because no policy can name its resource"),
            "{parameters}: {said}"
        );
    }
}

#[test]
fn what_was_not_granted_stands_in_the_report_with_its_reason() {
    let place = Place::new();
    let path = place.file(
        "t.json",
        trail(&[s3_call(1, "GetObject", "\u{65e5}\u{1b}[31m", "k")]),
    );
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "json",
    ]);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["withheld"][0]["action"], "s3:GetObject");
    assert_eq!(report["withheld"][0]["uses"], 1);
    assert_eq!(
        report["withheld"][0]["reason"],
        "its name holds characters that no policy can hold"
    );
    let output = polgen(&["suggest", "--role", "app", "--trail", &path]);
    assert!(!stderr(&output).contains('\u{1b}'), "{:?}", stderr(&output));
}

#[test]
fn arns_of_other_accounts_and_partitions_are_told() {
    let place = Place::new();
    let topic = "arn:aws-cn:sns:cn-north-1:999988887777:t";
    let records = [
        call(
            1,
            "sns.amazonaws.com",
            "Publish",
            &json!({ "topicArn": topic }),
        ),
        call(
            2,
            "sqs.amazonaws.com",
            "ReceiveMessage",
            &json!({ "queueUrl": "https://sqs.eu-central-1.amazonaws.com/999988887777/q" }),
        ),
    ];
    let (policy, said) = suggested(&place, &records);
    let requests = [
        ("sns:Publish", topic),
        ("sns:Publish", "arn:aws:sns:eu-central-1:111122223333:t"),
        (
            "sqs:ReceiveMessage",
            "arn:aws:sqs:eu-central-1:999988887777:q",
        ),
        (
            "sqs:ReceiveMessage",
            "arn:aws:sqs:eu-central-1:111122223333:q",
        ),
        (
            "sqs:ReceiveMessage",
            "arn:aws:sqs:eu-central-1:999988887777:other",
        ),
    ];
    let allowed = decisions(&place, &policy.unwrap(), &requests);
    assert_eq!(allowed, [true, false, true, false, false]);
    assert!(
        said.contains("2 grants reach resources of other accounts"),
        "{said}"
    );
}

fn get_item(number: u32, table: Option<&str>, listed: &Value) -> Value {
    let parameters = table.map_or(Value::Null, |table| json!({ "tableName": table }));
    let mut record = call(number, "dynamodb.amazonaws.com", "GetItem", &parameters);
    record["resources"] = json!([listed]);
    record
}

const TABLES: [(&str, &str); 3] = [
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-central-1:111122223333:table/mine",
    ),
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-central-1:111122223333:table/other",
    ),
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:us-east-1:999988887777:table/other",
    ),
];

#[test]
fn listed_resources_must_fit_the_call() {
    let kind = "AWS::DynamoDB::Table";
    let own = json!({ "ARN": TABLES[0].1, "type": kind, "accountId": "111122223333" });
    let contradicting = json!({ "ARN": TABLES[1].1, "type": kind, "accountId": "111122223333" });
    let elsewhere = json!({ "ARN": TABLES[2].1, "type": kind });
    for (listed, doubt) in [
        (&own, None),
        (
            &contradicting,
            Some("names another resource than the parameters do"),
        ),
        (
            &elsewhere,
            Some("of another account, region or partition than the call's"),
        ),
    ] {
        let place = Place::new();
        let path = place.file("t.json", trail(&[get_item(1, Some("mine"), listed)]));
        let arguments = ["suggest", "--role", "app", "--trail", &path];
        let policy = stdout(&polgen(&[&arguments[..], &["--format", "policy"]].concat()));
        assert_eq!(
            decisions(&place, &policy, &TABLES),
            [true, false, false],
            "{listed}"
        );
        let said = stderr(&polgen(&arguments));
        match doubt {
            Some(doubt) => assert!(said.contains(doubt), "{said}"),
            None => assert!(!said.contains("believed"), "{said}"),
        }
    }
}

#[test]
fn a_listed_resource_from_elsewhere_that_nothing_else_names_is_unscoped_and_told() {
    let place = Place::new();
    let listed = json!({ "ARN": TABLES[2].1, "type": "AWS::DynamoDB::Table" });
    let (policy, said) = suggested(&place, &[get_item(1, None, &listed)]);
    let allowed = decisions(&place, &policy.unwrap(), &TABLES);
    assert_eq!(allowed, [true, true, false]);
    assert!(
        said.contains("the resource of 1 access could not be told"),
        "{said}"
    );
}

#[test]
fn a_record_that_claims_the_role_of_another_account_is_nobodys() {
    let mut claims = s3_call(1, "GetObject", "data", "stolen");
    claims["userIdentity"]["arn"] = json!("arn:aws:sts::999988887777:assumed-role/app/worker");
    claims["userIdentity"]["accountId"] = json!("999988887777");
    let mut names = s3_call(2, "GetObject", "data", "stolen");
    names["userIdentity"]["arn"] = json!("arn:aws:sts::111122223333:assumed-role/other/app");
    for forged in [claims, names] {
        let place = Place::new();
        let path = place.file(
            "t.json",
            trail(&[forged, s3_call(3, "GetObject", "data", "own")]),
        );
        let arguments = [
            "suggest", "--role", "app", "--trail", &path, "--format", "policy",
        ];
        let output = polgen(&arguments);
        assert_exit(&output, 4);
        assert_eq!(stdout(&output), "");
        assert!(
            stderr(&output).contains(
                "userIdentity.sessionContext.sessionIssuer.arn: expected the role of the session"
            ),
            "{}",
            stderr(&output)
        );
        let output = polgen(&[&arguments[..], &["--allow-gaps"]].concat());
        assert_exit(&output, 0);
        let requests = [
            ("s3:GetObject", "arn:aws:s3:::data/own"),
            ("s3:GetObject", "arn:aws:s3:::data/stolen"),
        ];
        assert_eq!(
            decisions(&place, &stdout(&output), &requests),
            [true, false]
        );
    }
}

#[test]
fn a_role_of_the_same_name_elsewhere_is_another_role() {
    let place = Place::new();
    let other =
        trail(&[s3_call(1, "GetObject", "data", "theirs")]).replace("111122223333", "999988887777");
    let path = place.file("other.json", other);
    let own = place.file("own.json", trail(&[s3_call(2, "GetObject", "data", "own")]));
    let arguments = [
        "suggest", "--trail", &path, "--trail", &own, "--format", "policy", "--role",
    ];
    let output = polgen(&[&arguments[..], &["app"]].concat());
    assert_ne!(output.status.code(), Some(0), "{}", stdout(&output));
    let output = polgen(&[&arguments[..], &["arn:aws:iam::111122223333:role/svc/app"]].concat());
    assert_exit(&output, 0);
    let requests = [
        ("s3:GetObject", "arn:aws:s3:::data/own"),
        ("s3:GetObject", "arn:aws:s3:::data/theirs"),
    ];
    assert_eq!(
        decisions(&place, &stdout(&output), &requests),
        [true, false]
    );
}
