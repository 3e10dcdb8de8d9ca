//! Nothing that CloudTrail cannot show is ever called unused: the whole catalog, over trails with and without data events.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up its world should fail at once"
)]

use std::collections::BTreeSet;

use polgen::catalog::{Catalog, Visibility};
use polgen::diff::{Fate, fates};
use polgen::policy::{Document, PolicyKind};
use polgen::source::{ReadOptions, TrailSource, read};
use polgen::synthesis::{
    Basis, CurrentGrants, CurrentPolicy, HiddenChoice, Levels, Options, Pins, Room, Style, suggest,
};
use polgen::usage::{RoleQuery, Selectors, Usage};
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

/// Events that a trail may hold, each with the type of data events that it is of.
const EVENTS: [(&str, &str, &str, Option<&str>); 7] = [
    ("dynamodb", "DescribeTable", r#"{"tableName":"t"}"#, None),
    (
        "s3",
        "GetObject",
        r#"{"bucketName":"seen","key":"a"}"#,
        Some("AWS::S3::Object"),
    ),
    (
        "dynamodb",
        "GetItem",
        r#"{"tableName":"seen"}"#,
        Some("AWS::DynamoDB::Table"),
    ),
    (
        "sqs",
        "SendMessage",
        r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/seen"}"#,
        Some("AWS::SQS::Queue"),
    ),
    (
        "lambda",
        "Invoke",
        r#"{"functionName":"seen"}"#,
        Some("AWS::Lambda::Function"),
    ),
    (
        "kinesis",
        "PutRecord",
        r#"{"streamName":"seen"}"#,
        Some("AWS::Kinesis::Stream"),
    ),
    ("kms", "Decrypt", r#"{"keyId":"k"}"#, None),
];

fn record(
    index: usize,
    (service, name, parameters, kind): (&str, &str, &str, Option<&str>),
) -> Value {
    let parameters: Value = serde_json::from_str(parameters).unwrap();
    json!({
        "eventVersion": "1.11",
        "userIdentity": { "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/app/s",
            "accountId": "111122223333",
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::111122223333:role/app",
                "accountId": "111122223333", "userName": "app" } } },
        "eventTime": format!("2026-06-{:02}T10:00:00Z", index % 28 + 1),
        "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
        "requestParameters": parameters, "eventID": format!("e{index}"), "eventType": "AwsApiCall",
        "managementEvent": kind.is_none(), "recipientAccountId": "111122223333"
    })
}

fn usage(events: &[usize]) -> Usage {
    let records: Vec<Value> = events
        .iter()
        .map(|index| record(*index, EVENTS[*index]))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.json");
    std::fs::write(&path, json!({ "Records": records }).to_string()).unwrap();
    let query = RoleQuery::parse("app").unwrap();
    let mut usage = Usage::default();
    read(
        &[TrailSource::Path(path)],
        &ReadOptions::default(),
        &mut |event| {
            usage.fold(&event, &query, Catalog::bundled());
        },
    );
    usage.finish();
    usage
}

fn current(actions: &[String], resource: &str) -> Vec<CurrentPolicy> {
    let text = json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": actions, "Resource": resource } });
    vec![CurrentPolicy {
        name: "current".to_owned(),
        arn: None,
        document: Document::parse(&text.to_string(), PolicyKind::Identity).unwrap(),
    }]
}

/// The rule, in plain words: is there any operation behind the action whose use this input could not show?
fn is_hidden(action: &str, seen: &BTreeSet<&str>, has_kms: bool) -> bool {
    let classes = Catalog::bundled().visibilities_of_action(action);
    classes.is_empty()
        || classes.iter().any(|class| match class {
            Visibility::NeverLogged | Visibility::Unknown => true,
            // Directory buckets are another service's, with ARNs of their own.
            Visibility::Data(kind) if kind.starts_with("AWS::S3Express::") => {
                !action.starts_with("s3:")
            }
            Visibility::Data(kind) => !seen.contains(kind.as_str()),
            Visibility::Excludable => !(has_kms && action.starts_with("kms:")),
            Visibility::Management => false,
        })
}

fn check(usage: &Usage, actions: &[String], resource: &str, events: &[usize]) {
    let seen: BTreeSet<&str> = events.iter().filter_map(|index| EVENTS[*index].3).collect();
    let has_kms = events.iter().any(|index| EVENTS[*index].0 == "kms");
    let grants = CurrentGrants::expand(&current(actions, resource), Catalog::bundled());
    let basis = Basis {
        usage: usage.roles.values().next().unwrap(),
        coverage: &usage.coverage,
        current: &grants,
        catalog: Catalog::bundled(),
    };
    let options = Options {
        levels: Levels::default(),
        style: Style::Readable,
        hidden: HiddenChoice::Drop,
        conditions: BTreeSet::new(),
        pins: Pins::default(),
        quota: Room {
            characters: 6144,
            policies: 10,
            may_compress: false,
        },
        allow_denied: Vec::new(),
    };
    let suggestion = suggest(basis, &options).unwrap();
    for fate in fates(basis, &suggestion).actions {
        let is_called_unused = matches!(fate.fate, Fate::Unused | Fate::DeniedOnly);
        assert!(
            !(is_called_unused && is_hidden(&fate.action, &seen, has_kms)),
            "{} on {resource} is called {}, but {events:?} could not show it",
            fate.action,
            fate.fate.as_str()
        );
        assert!(
            !is_called_unused || fate.observable_days.is_some_and(|days| days > 0),
            "{}",
            fate.action
        );
    }
}

#[test]
fn no_action_of_the_catalog_is_called_unused_unseen() {
    let actions = Catalog::bundled().all_actions();
    assert!(actions.len() > 20_000);
    for events in [&[0][..], &[0, 1, 2, 3], &[0, 1, 2, 3, 4, 5, 6]] {
        check(&usage(events), &actions, "*", events);
    }
}

/// Actions that are hidden in one trail or another.
fn interesting() -> Vec<String> {
    let of = [
        "s3",
        "dynamodb",
        "sqs",
        "lambda",
        "kinesis",
        "kms",
        "logs",
        "xray",
        "events",
        "iam",
        "sns",
        "ssmmessages",
    ];
    let catalog = Catalog::bundled();
    let mut actions = catalog.all_actions();
    actions.retain(|action| of.contains(&action.split(':').next().unwrap()));
    actions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_hidden_use_is_called_unused(
        events in subsequence((0..EVENTS.len()).collect::<Vec<_>>(), 1..=EVENTS.len()),
        actions in subsequence(interesting(), 1..40),
        is_dark in any::<bool>(),
    ) {
        let usage = usage(&events);
        let resource = if is_dark { "arn:aws:s3:::dark/*" } else { "*" };
        check(&usage, &actions, resource, &events);
        if is_dark {
            // Whatever is recorded of other buckets says nothing about this one.
            let objects = ["s3:DeleteObject".to_owned(), "s3:PutObjectAcl".to_owned()];
            let without_s3: Vec<usize> = events.iter().copied().filter(|index| *index != 1).collect();
            check(&usage, &objects, resource, &without_s3);
        }
    }
}

#[test]
fn selectors_that_leave_a_type_out_hide_it_whatever_was_seen() {
    let mut usage = usage(&[0, 1, 3]);
    let none = r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[]}]}"#;
    usage.coverage.selectors = Some(Selectors::parse(none).unwrap());
    check(&usage, &interesting(), "*", &[0, 6]);
}
