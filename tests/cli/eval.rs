//! `polgen eval`: one decision for each request, in input order, with the statement that decided.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, polgen_reading, stderr, stdout};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/${aws:username}/*"},
    {"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;

#[test]
fn each_request_is_answered_in_order() {
    let place = Place::new();
    let policy = place.file("policy.json", POLICY);
    let key = "arn:aws:s3:::b/ann/x";
    let requests = [
        json!({"id": 1, "action": "S3:getobject", "resource": key, "context": {"AWS:username": ["ann"]}}).to_string(),
        json!({"id": "b", "action": "s3:GetObject", "resource": key,
               "context": {"aws:username": "ann", "aws:SecureTransport": [false]}}).to_string(),
        json!({"action": "s3:GetObject", "resource": key}).to_string(),
        json!({"id": 4, "action": "GetObject", "resource": key}).to_string(),
        String::new(),
        "no JSON".to_owned(),
    ];
    let output = polgen_reading(
        &["eval", "--policy", &policy, "--requests", "-"],
        requests.join("\n").as_bytes(),
    );
    assert_exit(&output, 0);
    let text = stdout(&output);
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let at = |index: u32, sid: Option<&str>| json!({"layer": "identity", "policy": policy, "index": index, "sid": sid});
    assert_eq!(
        answers[..3],
        [
            json!({"id": 1, "decision": "allowed", "statement": at(0, Some("Read"))}),
            json!({"id": "b", "decision": "explicit-deny", "statement": at(1, None)}),
            json!({"id": null, "decision": "implicit-deny", "statement": null}),
        ]
    );
    assert_eq!(answers.len(), 5, "{text}");
    assert_eq!(answers[3]["id"], 4);
    for answer in &answers[3..] {
        assert_eq!(answer["decision"], "invalid");
    }
    assert_eq!(
        answers[3]["problem"],
        "action: expected `service:Action`, found `GetObject`"
    );
}

#[test]
fn every_layer_is_asked() {
    let place = Place::new();
    let policy = |name: &str, effect: &str, action: &str, principal: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"*"}}}}"#
        );
        place.file(name, text)
    };
    let all = policy("all.json", "Allow", "*", "");
    let get = policy("get.json", "Allow", "s3:Get*", "");
    let list = policy("list.json", "Allow", "s3:*", "");
    let owner = policy(
        "owner.json",
        "Allow",
        "s3:GetObject",
        r#""Principal":{"AWS":"111122223333"},"#,
    );
    let line = |action: &str, account: &str| {
        json!({"action": action, "resource": "arn:aws:s3:::b/x", "account": account,
               "principal": "arn:aws:sts::111122223333:assumed-role/app/s"})
        .to_string()
    };
    let requests = [
        line("s3:GetObject", "444455556666"),
        line("s3:GetObjectAcl", "444455556666"),
        line("s3:GetObjectAcl", "111122223333"),
        line("s3:PutObject", "111122223333"),
    ];
    let arguments = [
        "eval",
        "--policy",
        &all,
        "--boundary",
        &list,
        "--session-policy",
        &get,
        "--service-control-policy",
        &all,
        "--resource-policy",
        &owner,
    ];
    let output = polgen_reading(&arguments, requests.join("\n").as_bytes());
    assert_exit(&output, 0);
    let decisions: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"].clone())
        .collect();
    assert_eq!(
        decisions,
        ["allowed", "implicit-deny", "allowed", "implicit-deny"]
    );
}

#[test]
fn a_policy_that_is_none_is_refused_with_its_place() {
    let place = Place::new();
    let policy = place.file("policy.json", r#"{"Statement":[{"effect":"Allow"}]}"#);
    let output = polgen_reading(&["eval", "--policy", &policy], b"");
    assert_exit(&output, 1);
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        format!(
            "error: {policy}: Statement[0]: expected `Effect`, found no such key\n\nhint: keys are compared with case: write `Effect` for `effect`\n"
        )
    );
}
