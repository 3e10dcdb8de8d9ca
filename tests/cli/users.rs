//! `polgen suggest --user`: IAM users beside roles.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, call, polgen, s3_call, stderr, stdout, trail};

const USER: &str = "arn:aws:iam::111122223333:user/ops/ann";

/// The record as if `identity` had made the call.
fn by(mut record: Value, identity: Value) -> Value {
    record["userIdentity"] = identity;
    record
}

fn ann(more: &Value) -> Value {
    let mut identity = json!({
        "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": USER,
        "accountId": "111122223333", "userName": "ann",
    });
    for (key, value) in more.as_object().unwrap() {
        identity[key] = value.clone();
    }
    identity
}

fn world() -> Vec<Value> {
    let session = json!({ "sessionContext": { "sessionIssuer": {}, "attributes": { "mfaAuthenticated": "true" } } });
    let federated = json!({
        "type": "FederatedUser", "principalId": "111122223333:ann-temporary",
        "arn": "arn:aws:sts::111122223333:federated-user/ann-temporary", "accountId": "111122223333",
        "sessionContext": { "sessionIssuer": { "type": "IAMUser", "arn": USER, "userName": "ann" } },
    });
    let root = json!({ "type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333" });
    vec![
        by(s3_call(1, "GetObject", "data", "in/a.csv"), ann(&json!({}))),
        by(s3_call(2, "PutObject", "data", "out/a.csv"), ann(&session)),
        by(
            s3_call(3, "GetObjectTagging", "data", "in/a.csv"),
            federated,
        ),
        by(s3_call(4, "DeleteObject", "data", "in/a.csv"), root),
        call(5, "sqs.amazonaws.com", "ListQueues", &json!({})),
    ]
}

fn actions(policy: &Value) -> Vec<String> {
    let mut actions: Vec<String> = policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            action => vec![action.clone()],
        })
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();
    actions.sort();
    actions
}

#[test]
fn a_user_is_looked_at_by_name_or_arn_with_all_its_sessions() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    for user in ["ann", USER] {
        let output = polgen(&["suggest", "--user", user, "--trail", &path]);
        assert_exit(&output, 0);
        let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(
            actions(&policy),
            ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject"]
        );
        assert!(
            stderr(&output).starts_with("User       ann (111122223333)"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn roles_and_users_of_one_name_are_kept_apart() {
    let place = Place::new();
    let mut records = world();
    let namesake = ann(&json!({ "arn": "arn:aws:iam::111122223333:user/app", "userName": "app" }));
    records.push(by(s3_call(6, "GetObjectAcl", "data", "x"), namesake));
    let path = place.file("t.json", trail(&records));
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "policy",
    ]);
    let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(actions(&policy), ["sqs:ListQueues"]);
    let output = polgen(&[
        "suggest", "--user", "app", "--trail", &path, "--format", "policy",
    ]);
    let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(actions(&policy), ["s3:GetObjectAcl"]);
}

#[test]
fn who_is_no_user_is_refused_with_the_reason() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    for (arguments, code, words) in [
        (["--user", "root"], 2, "no identity policy restricts"),
        (
            ["--user", "arn:aws:iam::111122223333:root"],
            2,
            "no identity policy restricts",
        ),
        (["--role", "ann"], 3, "`--user ann`"),
        (["--user", "app"], 3, "`--role app`"),
        (["--user", "anne"], 3, "did you mean `ann`?"),
        (
            ["--role", USER],
            2,
            "`--user arn:aws:iam::111122223333:user/ops/ann`",
        ),
    ] {
        let [flag, name] = arguments;
        let output = polgen(&["suggest", flag, name, "--trail", &path]);
        assert_exit(&output, code);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    let both = polgen(&[
        "suggest", "--user", "ann", "--role", "app", "--trail", &path,
    ]);
    assert_exit(&both, 2);
}

#[test]
fn a_users_policies_are_read_with_those_of_its_groups() {
    let place = Place::new();
    let path = place.file("t.json", trail(&world()));
    let document = |action: &str| json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" } });
    let details = json!({
        "UserDetailList": [{
            "UserName": "ann", "Arn": USER, "GroupList": ["readers"], "AttachedManagedPolicies": [],
            "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": document("s3:Put*") }],
        }],
        "GroupDetailList": [{
            "GroupName": "readers", "AttachedManagedPolicies": [],
            "GroupPolicyList": [{ "PolicyName": "read", "PolicyDocument": document("s3:Get*") }],
        }],
        "RoleDetailList": [], "Policies": [],
    });
    let current = place.file("details.json", details.to_string());
    let output = polgen(&[
        "suggest",
        "--user",
        "ann",
        "--trail",
        &path,
        "--current",
        &current,
        "--format",
        "json",
    ]);
    assert_exit(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["verified"]["within_current"]["answer"], "proved");
    let names: Vec<&str> = report["diffs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|diff| diff["policy"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["own", "read"]);
}
