//! `polgen map`: one line for each event, in input order, each accounted for.

use serde_json::{Value, json};

use crate::world::{
    Place, assert_exit, call, polgen, polgen_reading, s3_call, stderr, stdout, trail,
};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_event_is_one_line_in_order() {
    let mut denied = s3_call(2, "PutObject", "data", "b");
    denied["errorCode"] = json!("AccessDenied");
    let mut sign_in = call(3, "signin.amazonaws.com", "ConsoleLogin", &Value::Null);
    sign_in["eventType"] = json!("AwsConsoleSignIn");
    let mut user = s3_call(4, "GetObject", "data", "c");
    user["userIdentity"] = json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/u", "accountId": "111122223333" });
    let input = trail(&[
        s3_call(1, "GetObject", "data", "a"),
        denied,
        sign_in,
        user,
        call(5, "s3.amazonaws.com", "NoSuchOperation", &json!({})),
    ]);
    let output = polgen_reading(&["map", "--trail", "-"], input.as_bytes());
    assert_exit(&output, 0);
    let lines = lines(&stdout(&output));
    let column = |key: &str| {
        lines
            .iter()
            .map(|line| line[key].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        column("status"),
        [
            "mapped",
            "mapped",
            "not-an-api-call",
            "not-a-role",
            "unmapped"
        ]
    );
    assert_eq!(
        column("outcome"),
        ["allowed", "denied", "allowed", "allowed", "allowed"]
    );
    assert_eq!(lines[0]["role"], "arn:aws:iam::111122223333:role/svc/app");
    assert_eq!(lines[3]["role"], Value::Null);
    assert_eq!(
        lines[0]["accesses"][0]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, _)| *key != "rule")
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect::<Vec<_>>(),
        [
            ("action", json!("s3:GetObject")),
            ("resource", json!("arn:aws:s3:::data/a")),
            ("reason", json!("operation")),
            ("scope", json!("exact")),
            ("conditions", json!({})),
        ]
    );
}

#[test]
fn users_are_mapped_when_asked_for() {
    let mut user = s3_call(4, "GetObject", "data", "c");
    user["userIdentity"] = json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/u", "accountId": "111122223333" });
    let output = polgen_reading(
        &["map", "--trail", "-", "--all-principals"],
        trail(&[user]).as_bytes(),
    );
    assert_exit(&output, 0);
    assert_eq!(lines(&stdout(&output))[0]["status"], "mapped");
}

#[test]
fn names_with_wildcards_are_literals() {
    let input = trail(&[s3_call(1, "GetObject", "data", "a*b?c$d${aws:username}")]);
    let output = polgen_reading(&["map", "--trail", "-"], input.as_bytes());
    assert_exit(&output, 0);
    assert_eq!(
        lines(&stdout(&output))[0]["accesses"][0]["resource"],
        "arn:aws:s3:::data/a${*}b${?}c${$}d${$}{aws:username}"
    );
}

#[test]
fn readable_records_are_mapped_beside_a_broken_one() {
    let place = Place::new();
    let good = s3_call(1, "GetObject", "data", "a").to_string();
    let path = place.file("trail.json", format!("{{\"Records\":[{good},17,{good}]}}"));
    let output = polgen(&["map", "--trail", &path]);
    assert_exit(&output, 4);
    assert_eq!(stdout(&output).lines().count(), 2);
    assert!(
        stderr(&output).contains(&format!("{path}: Records[1]")),
        "{}",
        stderr(&output)
    );
    assert_exit(&polgen(&["map", "--trail", &path, "--allow-gaps"]), 0);
}

/// The accesses of one DynamoDB call that names tables in `resources[]`, as `action table`, sorted.
fn on_tables(name: &str, parameters: &Value, tables: &[&str]) -> Vec<String> {
    let prefix = "arn:aws:dynamodb:eu-central-1:111122223333:table/";
    let mut record = call(1, "dynamodb.amazonaws.com", name, parameters);
    let resource = |name: &&str| json!({ "accountId": "111122223333", "type": "AWS::DynamoDB::Table", "ARN": format!("{prefix}{name}") });
    record["resources"] = tables.iter().map(resource).collect();
    let output = polgen_reading(&["map", "--trail", "-"], trail(&[record]).as_bytes());
    assert_exit(&output, 0);
    let lines = lines(&stdout(&output));
    let accesses = lines[0]["accesses"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> = accesses
        .iter()
        .map(|access| {
            format!(
                "{} {}",
                text(&access["action"]),
                text(&access["resource"]).replace(prefix, "")
            )
        })
        .collect();
    found.sort();
    found
}

// CloudTrail writes both in another shape than the API has: `requestItems`, with the operation beside the table.
#[test]
fn each_table_of_a_transaction_needs_only_what_was_done_to_it() {
    let parameters = json!({ "requestItems": [
        { "operation": "Put", "tableName": "orders", "key": { "id": "1" }, "items": ["id", "state"] },
        { "operation": "ConditionCheck", "TableName": "customers", "Key": { "id": "2" } },
    ] });
    assert_eq!(
        on_tables("TransactWriteItems", &parameters, &["orders", "customers"]),
        [
            "dynamodb:ConditionCheckItem customers",
            "dynamodb:PutItem orders"
        ]
    );
}

#[test]
fn statements_of_a_batch_tell_the_actions() {
    let parameters = json!({ "requestItems": [
        { "statement": "UPDATE orders SET state = ***(Redacted)" },
        { "statement": "INSERT INTO orders VALUE {}" },
    ] });
    assert_eq!(
        on_tables("BatchExecuteStatement", &parameters, &["orders"]),
        [
            "dynamodb:PartiQLInsert orders",
            "dynamodb:PartiQLUpdate orders"
        ]
    );
}
