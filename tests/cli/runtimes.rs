//! A matrix over runtimes: a trail as AWS would write it, the managed policy that people attach, and the policy that a careful
//! engineer would write. What polgen suggests must equal the last, by proof.

mod containers;
mod delivery;
mod lambda;
mod others;

use std::fs;

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, polgen, stderr, stdout, trail};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

/// A record by the role `unit-role`, in a session, by a client.
fn by(session: &str, agent: &str, source: &str, name: &str, parameters: &Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLEUNITEXAMPL:{session}"),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/unit-role/{session}"),
            "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEUNITEXAMPL",
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/unit-role"),
                "accountId": ACCOUNT,
                "userName": "unit-role"
            } }
        },
        "eventTime": "2026-06-10T10:00:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.10",
        "userAgent": agent,
        "requestParameters": parameters,
        "responseElements": null,
        "eventID": format!("id-{session}-{name}-{parameters}"),
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management"
    })
}

/// The same by somebody who sets things up.
fn by_deployer(source: &str, name: &str, parameters: &Value, response: &Value) -> Value {
    let mut record = by("deploy", "aws-cli/2", source, name, parameters);
    record["userIdentity"] = json!({
        "type": "IAMUser",
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/deploy"),
        "accountId": ACCOUNT,
        "userName": "deploy"
    });
    record["responseElements"] = response.clone();
    record
}

/// A service takes the role on.
fn assumed(service: &str, session: &str) -> Value {
    let parameters = json!({
        "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/unit-role"),
        "roleSessionName": session
    });
    let mut record = by(session, service, "sts", "AssumeRole", &parameters);
    record["userIdentity"] =
        json!({ "type": "AWSService", "invokedBy": format!("{service}.amazonaws.com") });
    record
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn role_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/unit-role")
}

fn log_group(name: &str) -> String {
    arn("logs", &format!("log-group:{name}:*"))
}

/// A policy of one's own that names these actions on everything.
fn own(actions: &[&str]) -> String {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

struct Case {
    name: &'static str,
    records: Vec<Value>,
    /// Names of managed policies.
    current: Vec<&'static str>,
    /// Actions that a policy of one's own names, on everything.
    own: Vec<&'static str>,
    expected: Vec<(Vec<&'static str>, Vec<String>)>,
}

/// The log worker makes a stream for the function.
fn log_worker(function: &str, group: &str) -> Value {
    by(
        function,
        "awslambda-worker/1.0",
        "logs",
        "CreateLogStream",
        &json!({ "logGroupName": group, "logStreamName": "2026/06/10/[$LATEST]abc" }),
    )
}

fn function_config(more: &Value) -> Value {
    let mut parameters = json!({ "functionName": "orders", "role": role_arn() });
    for (key, value) in more.as_object().unwrap() {
        parameters[key] = value.clone();
    }
    by_deployer(
        "lambda",
        "CreateFunction20150331",
        &parameters,
        &json!(null),
    )
}

fn mapping(source: &str) -> Value {
    by_deployer(
        "lambda",
        "CreateEventSourceMapping20150331",
        &json!({ "functionName": "orders", "eventSourceArn": source }),
        &json!({ "eventSourceArn": source, "functionArn": arn("lambda", "function:orders") }),
    )
}

fn lambda_logs() -> (Vec<&'static str>, Vec<String>) {
    (
        vec!["logs:CreateLogStream", "logs:PutLogEvents"],
        vec![log_group("/aws/lambda/orders")],
    )
}

const NETWORK: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

fn suggested(case: &Case, place: &Place) -> (String, String) {
    let path = place.file("trail.json", trail(&case.records));
    let mut arguments = vec![
        "suggest",
        "--role",
        "unit-role",
        "--trail",
        &path,
        "--format",
        "policy",
    ];
    let own = place.file("own.json", own(&case.own));
    for current in &case.current {
        arguments.extend(["--current", current]);
    }
    if !case.own.is_empty() {
        arguments.extend(["--current", &own]);
    }
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    let policy = place.file("suggested.json", stdout(&output));
    (policy, stderr(&output))
}

#[test]
fn a_mounted_file_system_is_reached_through_its_access_point_alone() {
    let place = Place::new();
    let point = arn("elasticfilesystem", "access-point/fsap-1");
    let mounts = json!({ "fileSystemConfigs": [{ "arn": point, "localMountPath": "/mnt/x" }] });
    let records = [
        function_config(&mounts),
        log_worker("orders", "/aws/lambda/orders"),
    ];
    let path = place.file("trail.json", trail(&records));
    let output = polgen(&[
        "suggest",
        "--role",
        "unit-role",
        "--trail",
        &path,
        "--format",
        "policy",
    ]);
    assert_exit(&output, 0);
    let policy: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let mount = statements
        .iter()
        .find(|one| one.to_string().contains("ClientMount"))
        .unwrap();
    assert_eq!(
        mount["Condition"]["StringEquals"]["elasticfilesystem:AccessPointArn"],
        point
    );
}

#[test]
fn what_each_runtime_needs_is_what_a_careful_engineer_would_write() {
    let mut count = 0;
    let mut wrong: Vec<String> = Vec::new();
    for case in lambda::cases()
        .into_iter()
        .chain(containers::cases())
        .chain(others::cases())
        .chain(delivery::cases())
    {
        let place = Place::new();
        let (suggested, words) = suggested(&case, &place);
        if case.expected.is_empty() {
            continue;
        }
        count += 1;
        let statements: Vec<Value> = case
            .expected
            .iter()
            .map(|(actions, resources)| {
                json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
            })
            .collect();
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let expected = place.file("expected.json", policy.to_string());
        let diff = polgen(&["diff", &expected, &suggested, "--format", "json"]);
        let relation: Value = serde_json::from_str(&stdout(&diff)).unwrap();
        if relation["relation"] != "equal" {
            let policy = fs::read_to_string(&suggested).unwrap();
            wrong.push(format!("{}: {relation}\n{policy}\n{words}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 20, "{count}");
}

#[test]
fn the_agent_of_an_instance_keeps_all_that_its_managed_policy_names() {
    let case = others::cases()
        .into_iter()
        .find(|case| case.name.contains("SSM agent"))
        .unwrap();
    let place = Place::new();
    let (suggested, _) = suggested(&case, &place);
    let text = fs::read_to_string(suggested).unwrap();
    for action in [
        "ssmmessages:OpenDataChannel",
        "ec2messages:GetMessages",
        "ssm:UpdateInstanceInformation",
    ] {
        assert!(text.contains(action), "{action}: {text}");
    }
}

#[test]
fn the_agent_of_function_code_alone_makes_no_grant() {
    let place = Place::new();
    let records = [by(
        "someone",
        "Boto3/1.34 exec-env/AWS_Lambda_python3.12",
        "sts",
        "AssumeRole",
        &json!({ "roleArn": "arn:aws:iam::111122223333:role/other", "roleSessionName": "x" }),
    )];
    let path = place.file("trail.json", trail(&records));
    let base = ["suggest", "--role", "unit-role", "--trail", &path];
    let weak = polgen(&base);
    assert_exit(&weak, 0);
    assert!(!stdout(&weak).contains("logs:"), "{}", stdout(&weak));
    assert!(
        stderr(&weak).contains("--runtime lambda:function=someone"),
        "{}",
        stderr(&weak)
    );
    let with = |more: &[&str]| {
        let arguments: Vec<&str> = base.iter().chain(more).copied().collect();
        let output = polgen(&arguments);
        assert_exit(&output, 0);
        stdout(&output)
    };
    let said = with(&["--runtime", "lambda:function=someone,log_group=/x"]);
    assert!(
        said.contains("log-group:/x:*") && said.contains("logs:PutLogEvents"),
        "{said}"
    );
    let attached = with(&["--current", "AWSLambdaBasicExecutionRole"]);
    assert!(
        attached.contains("log-group:/aws/lambda/someone:*"),
        "{attached}"
    );
}

#[test]
fn functions_that_share_a_role_get_a_policy_each_when_asked() {
    let place = Place::new();
    let table = |function: &str, name: &str| {
        by(
            function,
            "Boto3/1 exec-env/AWS_Lambda_python3.12",
            "dynamodb",
            "DescribeTable",
            &json!({ "tableName": name }),
        )
    };
    let records = [
        assumed("lambda", "orders"),
        assumed("lambda", "bills"),
        table("orders", "orders"),
        table("bills", "bills"),
    ];
    let path = place.file("trail.json", trail(&records));
    let base = ["suggest", "--role", "unit-role", "--trail", &path];
    let together = polgen(&base);
    assert_exit(&together, 0);
    assert!(
        stderr(&together).contains("--split-by session"),
        "{}",
        stderr(&together)
    );
    let output = polgen(&[
        "suggest",
        "--role",
        "unit-role",
        "--trail",
        &path,
        "--split-by",
        "session",
        "--format",
        "json",
    ]);
    assert_exit(&output, 0);
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let parts = value["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 2);
    for (part, own, other) in [
        (&parts[0], "bills", "orders"),
        (&parts[1], "orders", "bills"),
    ] {
        assert_eq!(part["role"]["session"], *own);
        let policy = part["policies"].to_string();
        assert!(
            policy.contains(&format!("table/{own}")) && !policy.contains(&format!("table/{other}")),
            "{policy}"
        );
        assert!(policy.contains(&format!("/aws/lambda/{own}")), "{policy}");
    }
}
