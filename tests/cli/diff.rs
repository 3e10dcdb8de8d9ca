//! `polgen diff`: relations with proof, from files, managed policies and standard input.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, polgen, polgen_reading, stderr, stdout};

fn policy(action: &str, resource: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": action, "Resource": resource } }).to_string()
}

fn diff(arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = ["diff", "--format", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn relations_are_proved_and_witnessed() {
    let place = Place::new();
    let wide = place.file("wide.json", policy("s3:*", "*"));
    let narrow = place.file("narrow.json", policy("s3:GetObject", "arn:aws:s3:::data/*"));
    let other = place.file("other.json", policy("sqs:SendMessage", "*"));
    let relation = |old: &str, new: &str| diff(&[old, new])["relation"].clone();
    assert_eq!(relation(&wide, &wide), "equal");
    assert_eq!(relation(&wide, &narrow), "narrower");
    assert_eq!(relation(&narrow, &wide), "broader");
    assert_eq!(relation(&narrow, &other), "incomparable");
    let broader = diff(&[&narrow, &wide]);
    assert_eq!(broader["witnesses"][0]["only_in"], "new");
    assert!(
        broader["witnesses"][0]["action"]
            .as_str()
            .unwrap()
            .starts_with("s3:")
    );
    assert!(broader["actions"]["after"].as_u64() > broader["actions"]["before"].as_u64());
}

#[test]
fn sides_may_be_managed_policies_joined_policies_and_standard_input() {
    let basic = "AWSLambdaBasicExecutionRole";
    let joined = format!("{basic}+AWSXRayDaemonWriteAccess");
    assert_eq!(diff(&[&joined, basic])["relation"], "narrower");
    assert_eq!(
        diff(&[
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            basic
        ])["relation"],
        "equal"
    );
    let output = polgen_reading(
        &["diff", basic, "-"],
        policy("logs:PutLogEvents", "*").as_bytes(),
    );
    assert_exit(&output, 0);
    assert!(
        stdout(&output).starts_with("Relation   narrower"),
        "{}",
        stdout(&output)
    );
    assert_exit(&polgen_reading(&["diff", "-", "-"], b"{}"), 2);
}

#[test]
fn a_condition_that_cannot_be_decided_is_named() {
    let place = Place::new();
    let statement = |condition: Value| {
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition } }).to_string()
    };
    let key = "s3:ExistingObjectTag/team";
    let one = place.file(
        "one.json",
        statement(json!({ "StringEquals": { key: "${aws:PrincipalTag/team}" } })),
    );
    let other = place.file(
        "other.json",
        statement(json!({ "StringLike": { key: "${aws:PrincipalTag/team}*" } })),
    );
    let report = diff(&[&one, &other]);
    assert_eq!(report["relation"], "unknown");
    assert!(
        report["undecided"]
            .as_str()
            .unwrap()
            .to_lowercase()
            .contains("s3:existingobjecttag/team"),
        "{report}"
    );
}

#[test]
fn more_access_is_an_exit_code_when_asked_for() {
    let place = Place::new();
    let wide = place.file("wide.json", policy("s3:*", "*"));
    let narrow = place.file("narrow.json", policy("s3:GetObject", "*"));
    assert_exit(&polgen(&["diff", &wide, &narrow, "--exit-code"]), 0);
    assert_exit(&polgen(&["diff", &narrow, &wide, "--exit-code"]), 10);
}

#[test]
fn a_name_that_nobody_knows_gets_a_hint() {
    let output = polgen(&["diff", "ReadOnlyAcces", "ReadOnlyAccess"]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("hint: did you mean `ReadOnlyAccess`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn each_action_changes_as_is_proved() {
    let old = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:ListBucket","s3:DeleteObject"],"Resource":"*"},
        {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111122223333:a*"}]}"#;
    let new = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"},
        {"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::secret/*"},
        {"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},
        {"Effect":"Allow","Action":"sqs:SendMessage","Resource":["arn:aws:sqs:eu-west-1:111122223333:a*","arn:aws:sqs:*:111122223333:b"]}]}"#;
    let place = Place::new();
    let (old, new) = (place.file("old.json", old), place.file("new.json", new));
    let found = diff(&[&old, &new]);
    let change = |action: &str| {
        let changes = found["changes"].as_array().unwrap();
        let change = changes.iter().find(|change| change["action"] == action);
        change.map(|change| change["change"].as_str().unwrap().to_owned())
    };
    for (action, wanted) in [
        ("s3:GetObject", "narrowed"),
        ("s3:GetBucketAcl", "added"),
        ("s3:ListBucket", "same"),
        ("s3:PutObject", "narrowed"),
        ("s3:DeleteObject", "removed"),
        ("sqs:SendMessage", "broadened"),
    ] {
        assert_eq!(change(action).as_deref(), Some(wanted), "{action}");
    }
    let witnesses = found["witnesses"].as_array().unwrap();
    assert!(
        witnesses
            .iter()
            .any(|witness| witness["resource"] == "arn:aws:s3:::example/example"),
        "{witnesses:?}"
    );
}

const TEMPLATE: &str = "
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: app
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action: !If [IsProd, sqs:SendMessage, 'sqs:*']
                Resource: !Sub arn:aws:sqs:eu-west-1:${AWS::AccountId}:jobs
";

#[test]
fn a_side_may_be_a_role_in_infrastructure_code() {
    let place = Place::new();
    let file = place.file("template.yaml", TEMPLATE);
    let queue = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    let policy = place.file("policy.json", policy("sqs:SendMessage", queue));
    let role = format!("{file}#AppRole");
    let known = ["--parameter", "AWS::AccountId=111122223333"];
    let open = diff(&[&role, &policy, known[0], known[1]]);
    assert_eq!(open["relation"], "unknown");
    assert_eq!(open["unresolved"][0]["line"], 12);
    assert_eq!(open["unresolved"][0]["effect"], "either");
    let all = [known[0], known[1], "--parameter", "IsProd=true"];
    let closed: Vec<&str> = [role.as_str(), &policy].into_iter().chain(all).collect();
    assert_eq!(diff(&closed)["relation"], "equal");
    assert_eq!(diff(&closed)["unresolved"], json!([]));
    // Without the account the resource is open, and the reason names it.
    let output = polgen(&["diff", &role, &policy, "--parameter", "IsProd=true"]);
    assert!(stdout(&output).contains("unknown"), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("AWS::AccountId"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_name_that_the_code_does_not_hold_gets_a_hint() {
    let place = Place::new();
    let file = place.file("template.yaml", TEMPLATE);
    let output = polgen(&["diff", &format!("{file}#ApRole"), "ReadOnlyAccess"]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("#AppRole`?"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn nothing_is_claimed_that_a_reference_could_change() {
    let place = Place::new();
    let text = |resource: &str, extra: &str| {
        format!(
            "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - {{Effect: Allow, Action: 'sqs:SendMessage', Resource: {resource}}}\n{extra}"
        )
    };
    let open = place.file("open.yaml", text("!Ref Queue", ""));
    let same = place.file("same.yaml", text("!Ref Queue", ""));
    let more = "          - {Effect: Allow, Action: 's3:GetObject', Resource: '*'}\n";
    let wider = place.file("wider.yaml", text("!Ref Queue", more));
    let all = place.file("all.yaml", text("'*'", ""));
    let one = place.file(
        "one.yaml",
        text("'arn:aws:sqs:eu-west-1:111122223333:jobs'", ""),
    );
    let relation = |old: &str, new: &str| diff(&[old, new])["relation"].clone();
    assert_eq!(relation(&open, &same), "equal");
    assert_eq!(relation(&open, &wider), "broader");
    assert_eq!(relation(&open, &one), "unknown");
    // The reference may hold everything, so that even `*` may be no more.
    assert_eq!(relation(&open, &all), "unknown");
}
