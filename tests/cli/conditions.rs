//! `polgen suggest --conditions`.

use serde_json::{Value, json};

use crate::world::{Place, assert_exit, call, polgen, s3_call, stderr, stdout, trail};

fn with(mut record: Value, members: &Value) -> Value {
    for (key, value) in members.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn queues(number: u32, members: &Value) -> Value {
    with(
        call(number, "sqs.amazonaws.com", "ListQueues", &json!({})),
        members,
    )
}

fn report(records: &[Value], conditions: &str) -> Value {
    let place = Place::new();
    let path = place.file("t.json", trail(records));
    let mut arguments = vec![
        "suggest", "--role", "app", "--trail", &path, "--format", "json",
    ];
    if !conditions.is_empty() {
        arguments.extend(["--conditions", conditions]);
    }
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// The conditions of the one statement.
fn condition(report: &Value) -> &Value {
    &report["policies"][0]["document"]["Statement"][0]["Condition"]
}

const TLS: &str = r#"{"tlsDetails":{"tlsVersion":"TLSv1.3"}}"#;

#[test]
fn what_all_calls_had_in_common_is_asked_for() {
    let tls: Value = serde_json::from_str(TLS).unwrap();
    let there = json!({ "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7" });
    let records = [queues(1, &tls), with(queues(2, &tls), &there)];
    let report = report(
        &records,
        "region,source-ip,secure-transport,via-service,principal-org=o-a1b2c3d4e5",
    );
    assert_eq!(
        *condition(&report),
        json!({
            "Bool": { "aws:SecureTransport": "true", "aws:ViaAWSService": "false" },
            "IpAddress": { "aws:SourceIp": ["192.0.2.10", "198.51.100.7"] },
            "StringEquals": {
                "aws:PrincipalOrgID": "o-a1b2c3d4e5",
                "aws:RequestedRegion": ["eu-central-1", "eu-west-1"],
            },
        })
    );
    assert_eq!(report["conditions"][0]["left_out"], json!([]));
    assert_eq!(report["verified"]["accesses"], 1);
}

#[test]
fn one_call_that_is_not_known_to_satisfy_it_is_enough() {
    let tls: Value = serde_json::from_str(TLS).unwrap();
    let forwarded = with(
        queues(2, &tls),
        &json!({ "sourceIPAddress": "cloudformation.amazonaws.com" }),
    );
    let mut forwarded = forwarded;
    forwarded["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
    for (other, name) in [
        (queues(2, &json!({})), "secure-transport"),
        (
            queues(2, &json!({ "sourceIPAddress": "10.0.0.7" })),
            "source-ip",
        ),
        (
            queues(2, &json!({ "vpcEndpointId": "vpce-1" })),
            "source-ip",
        ),
        (queues(2, &json!({})), "source-vpce"),
        (forwarded.clone(), "source-ip"),
        (forwarded.clone(), "secure-transport"),
        (forwarded, "via-service"),
    ] {
        let report = report(&[queues(1, &tls), other], name);
        assert!(condition(&report).is_null(), "{name}: {report}");
        let entry = &report["conditions"][0];
        assert_eq!(
            (&entry["condition"], &entry["grants"]),
            (&json!(name), &json!(0))
        );
        assert_eq!(entry["left_out"][0]["action"], "sqs:ListQueues");
        let warnings = report["warnings"].to_string();
        assert!(
            warnings.contains(&format!("`{name}` is asked of 0 grants")),
            "{warnings}"
        );
    }
}

#[test]
fn too_many_values_are_no_condition() {
    let from = |number: u32| {
        queues(
            number,
            &json!({ "sourceIPAddress": format!("192.0.2.{number}") }),
        )
    };
    let many: Vec<Value> = (1..20).map(from).collect();
    let report = report(&many, "source-ip,region");
    assert_eq!(
        *condition(&report),
        json!({ "StringEquals": { "aws:RequestedRegion": "eu-central-1" } })
    );
    assert!(
        report["warnings"]
            .to_string()
            .contains("too many different values")
    );
}

#[test]
fn endpoints_owners_and_forwarding_services_are_told_by_the_records() {
    let owned = json!({ "resources": [
        { "type": "AWS::S3::Object", "ARN": "arn:aws:s3:::theirs/x" },
        { "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::theirs", "accountId": "444455556666" },
    ], "vpcEndpointId": "vpce-0a1b" });
    let read = with(s3_call(1, "GetObject", "theirs", "x"), &owned);
    let found = report(&[read], "resource-account,source-vpce");
    assert_eq!(
        *condition(&found),
        json!({ "StringEquals": { "aws:ResourceAccount": "444455556666", "aws:SourceVpce": "vpce-0a1b" } })
    );
    let unknown = report(
        &[s3_call(1, "GetObject", "theirs", "x")],
        "resource-account",
    );
    assert!(condition(&unknown).is_null());
    let mut by_athena = call(
        2,
        "glue.amazonaws.com",
        "GetTable",
        &json!({ "databaseName": "d", "name": "t" }),
    );
    by_athena["userIdentity"]["invokedBy"] = json!("athena.amazonaws.com");
    let forwarded = report(&[by_athena], "via-service");
    assert_eq!(
        *condition(&forwarded),
        json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } })
    );
}

#[test]
fn a_wrong_condition_is_refused_with_what_was_meant() {
    let place = Place::new();
    let path = place.file("t.json", trail(&[queues(1, &json!({}))]));
    for (name, words) in [
        ("regoin", "did you mean `region`?"),
        ("principal-org", "which no record tells"),
        ("principal-org=acme", "found `acme`"),
        ("region=eu-west-1", "without a value"),
    ] {
        let output = polgen(&[
            "suggest",
            "--role",
            "app",
            "--trail",
            &path,
            "--conditions",
            name,
        ]);
        assert_exit(&output, 2);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

fn listing(number: u32, prefix: &Value) -> Value {
    let mut parameters = json!({ "bucketName": "data", "list-type": "2" });
    if !prefix.is_null() {
        parameters["prefix"] = prefix.clone();
    }
    call(number, "s3.amazonaws.com", "ListObjects", &parameters)
}

#[test]
fn listings_are_granted_for_the_few_prefixes_that_were_listed() {
    let days: Vec<Value> = (1..9)
        .map(|day| listing(day, &json!(format!("in/2026-06-0{day}/"))))
        .collect();
    let found = report(&days, "s3-prefix");
    assert_eq!(
        *condition(&found),
        json!({ "StringLike": { "s3:prefix": "in/*" } })
    );
    let exact = report(&[listing(1, &json!("a*b/"))], "s3-prefix");
    assert_eq!(
        *condition(&exact),
        json!({ "StringEquals": { "s3:prefix": "a${*}b/" } })
    );
    let whole = report(
        &[listing(1, &json!("in/")), listing(2, &Value::Null)],
        "s3-prefix",
    );
    assert!(condition(&whole).is_null(), "{whole}");
    let mut absent = s3_call(3, "GetObject", "data", "x");
    absent["errorCode"] = json!("NoSuchKey");
    let told = report(&[listing(1, &json!("in/")), absent], "s3-prefix");
    assert!(
        !told["policies"].to_string().contains("s3:prefix"),
        "{told}"
    );
}
