//! Each kind of open-ended part: what it becomes, how many resources seen the pattern stands for, and what is said of the rest.

use std::collections::BTreeMap;

use polgen::synthesis::{Level, Style};
use serde_json::{Value, json};

use crate::world::{app, events, folded, options, record, suggested};

/// The resources granted, and for each pattern how many it stands for.
fn granted(calls: &[(&str, &str, Value)]) -> (Vec<String>, Vec<(String, usize)>) {
    let records: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(number, call)| record(number, call, &BTreeMap::new()))
        .collect();
    let usage = folded(&events(&records), &app());
    let suggestion = suggested(&usage, &options(Level::Pattern, Style::Readable)).unwrap();
    assert!(
        suggestion
            .generalizations
            .iter()
            .all(|general| !general.admits.is_empty() && !general.reason.is_empty())
    );
    let mut resources: Vec<String> = suggestion
        .grants
        .iter()
        .map(|grant| grant.resource.clone())
        .collect();
    resources.sort();
    resources.dedup();
    let general = suggestion
        .generalizations
        .iter()
        .map(|general| (general.pattern.clone(), general.seen));
    (resources, general.collect())
}

fn becomes(calls: &[(&str, &str, Value)], pattern: &str, seen: usize) {
    let pattern = format!("arn:aws:{pattern}");
    let (resources, general) = granted(calls);
    assert_eq!(resources, std::slice::from_ref(&pattern), "{general:?}");
    assert_eq!(general, [(pattern, seen)]);
}

#[test]
fn secrets_lose_their_random_characters() {
    let secret = |name: &str| {
        (
            "secretsmanager.amazonaws.com",
            "GetSecretValue",
            json!({ "secretId": format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}") }),
        )
    };
    becomes(
        &[secret("db/main-a1B2c3"), secret("db/main-Zz9Yy8")],
        "secretsmanager:eu-central-1:111122223333:secret:db/main-??????",
        2,
    );
}

#[test]
fn versions_and_aliases_of_functions_are_open_and_functions_are_not() {
    let function = |name: &str| {
        (
            "lambda.amazonaws.com",
            "GetFunction20150331v2",
            json!({ "functionName": format!("arn:aws:lambda:eu-central-1:111122223333:function:{name}") }),
        )
    };
    becomes(
        &[
            function("resize:41"),
            function("resize:42"),
            function("resize:live"),
        ],
        "lambda:eu-central-1:111122223333:function:resize:*",
        3,
    );
    let (resources, general) = granted(&[function("resize"), function("rotate")]);
    assert_eq!((resources.len(), general.len()), (2, 0));
}

#[test]
fn indexes_and_streams_of_a_table_are_open_and_tables_are_not() {
    let index = |name: &str| {
        (
            "dynamodb.amazonaws.com",
            "Query",
            json!({ "tableName": "orders", "indexName": name }),
        )
    };
    let (resources, _) = granted(&[index("by-day"), index("by-user")]);
    assert!(
        !resources.iter().any(|resource| resource.ends_with('*')),
        "{resources:?}"
    );
    let many: Vec<_> = (0..8)
        .map(|number| index(&format!("by-{number}")))
        .collect();
    let (resources, _) = granted(&many);
    assert!(
        resources.contains(
            &"arn:aws:dynamodb:eu-central-1:111122223333:table/orders/index/*".to_owned()
        ),
        "{resources:?}"
    );
    let stream = |label: &str| {
        (
            "dynamodb.amazonaws.com",
            "DescribeStream",
            json!({ "streamArn": format!("arn:aws:dynamodb:eu-central-1:111122223333:table/orders/stream/{label}") }),
        )
    };
    becomes(
        &[stream("2026-06-01T00:00:00.000")],
        "dynamodb:eu-central-1:111122223333:table/orders/stream/*",
        1,
    );
}

#[test]
fn ids_of_executions_and_tasks_are_open() {
    let execution = |id: &str| {
        (
            "states.amazonaws.com",
            "DescribeExecution",
            json!({ "executionArn": format!("arn:aws:states:eu-central-1:111122223333:execution:nightly:{id}") }),
        )
    };
    becomes(
        &[execution("a"), execution("b")],
        "states:eu-central-1:111122223333:execution:nightly:*",
        2,
    );
}

#[test]
fn dates_and_counters_in_keys_are_open_at_the_deepest_stable_prefix() {
    let key = |key: &str| {
        (
            "s3.amazonaws.com",
            "GetObject",
            json!({ "bucketName": "data", "key": key }),
        )
    };
    becomes(
        &[key("in/2026-06-01/a.csv"), key("in/2026-06-02/a.csv")],
        "s3:::data/in/*",
        2,
    );
    becomes(
        &[key("in/order-000123.json"), key("in/order-000124.json")],
        "s3:::data/in/order-*",
        2,
    );
    becomes(
        &[key("in/3f2504e0-4f89-11d3-9a0c-0305e82c3301")],
        "s3:::data/in/*",
        1,
    );
}

#[test]
fn paths_of_parameters_are_shared_where_there_are_many() {
    let parameter = |number: usize| {
        (
            "ssm.amazonaws.com",
            "GetParameter",
            json!({ "name": format!("/app/tenant-{number:04}/key") }),
        )
    };
    let calls: Vec<_> = (0..20).map(parameter).collect();
    becomes(
        &calls,
        "ssm:eu-central-1:111122223333:parameter/app/tenant-*",
        20,
    );
}
