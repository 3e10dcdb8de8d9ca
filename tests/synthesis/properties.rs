//! Properties of every suggestion, over generated usages.

use std::collections::BTreeMap;

use polgen::catalog::Catalog;
use polgen::policy::prove::{Containment, Options as ProofOptions, Relation, contained, relate};
use polgen::synthesis::{Basis, CurrentGrants, CurrentPolicy, Level, Style, suggest};
use polgen::usage::Usage;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{
    app, assert_no_excess, assert_sound, assert_well_made, events, folded, options, record,
    suggested,
};

/// Names with and without what changes from day to day, and with what a policy must escape.
const NAMES: [&str; 12] = [
    "in/2026/06/01/a.csv",
    "in/2026/06/02/b.csv",
    "in/fixed.csv",
    "out/x",
    "top",
    "a*b",
    "why?",
    "${x}",
    "run-000123",
    "run-000124",
    "deep/er/and/er",
    "日本/é",
];

fn call(kind: usize, place: usize, name: usize) -> (&'static str, &'static str, Value) {
    let name = NAMES[name % NAMES.len()];
    let bucket = ["data", "logs", "media"][place % 3];
    let object = json!({ "bucketName": bucket, "key": name });
    let table = json!({ "tableName": (["orders", "users"][place % 2]) });
    let queue = json!({ "queueUrl": format!("https://sqs.eu-central-1.amazonaws.com/111122223333/q{}", place % 2) });
    match kind {
        0 => ("s3.amazonaws.com", "GetObject", object),
        1 => ("s3.amazonaws.com", "PutObject", object),
        2 => (
            "s3.amazonaws.com",
            "ListObjects",
            json!({ "bucketName": bucket, "prefix": name }),
        ),
        3 => (
            "s3.amazonaws.com",
            "ListObjects",
            json!({ "bucketName": bucket }),
        ),
        4 => ("dynamodb.amazonaws.com", "GetItem", table),
        5 => ("dynamodb.amazonaws.com", "Query", table),
        6 => ("sqs.amazonaws.com", "SendMessage", queue),
        7 => ("sqs.amazonaws.com", "ListQueues", json!({})),
        8 => (
            "ssm.amazonaws.com",
            "GetParameter",
            json!({ "name": format!("/app/{bucket}/key") }),
        ),
        9 => ("ec2.amazonaws.com", "DescribeInstances", json!({})),
        10 => (
            "lambda.amazonaws.com",
            "CreateFunction20150331",
            json!({ "functionName": format!("f{place}"), "role": "arn:aws:iam::111122223333:role/made" }),
        ),
        _ => (
            "secretsmanager.amazonaws.com",
            "GetSecretValue",
            json!({ "secretId": format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-{bucket}-a1B2c3") }),
        ),
    }
}

const ERRORS: [&str; 4] = ["", "", "AccessDenied", "ThrottlingException"];

fn usages() -> impl Strategy<Value = Vec<Value>> {
    let one = (0..12_usize, 0..3_usize, 0..NAMES.len(), 0..ERRORS.len());
    prop::collection::vec(one, 1..40).prop_map(|calls| {
        let make = |(number, (kind, place, name, error)): (usize, (usize, usize, usize, usize))| {
            let error = match ERRORS[error] {
                "" => BTreeMap::new(),
                code => BTreeMap::from([("errorCode", json!(code))]),
            };
            record(number, &call(kind, place, name), &error)
        };
        calls.into_iter().enumerate().map(make).collect()
    })
}

fn contains(
    small: &polgen::synthesis::Suggestion,
    large: &polgen::synthesis::Suggestion,
) -> Containment {
    contained(&small.compiled, &large.compiled, &ProofOptions::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn suggestions_are_sound_and_well_made(records in usages()) {
        let usage = folded(&events(&records), &app());
        for level in [Level::Exact, Level::Pattern, Level::Type] {
            for style in [Style::Readable, Style::Compact] {
                let Some(suggestion) = suggested(&usage, &options(level, style)) else { continue };
                assert_sound(usage.roles.values().next().unwrap(), &suggestion);
                assert_well_made(&suggestion, 6144);
            }
        }
    }

    #[test]
    fn nothing_is_granted_in_excess_at_level_exact(mut records in usages()) {
        // What a policy cannot hold becomes a pattern at any level, and is told.
        records.retain(|record| record["requestParameters"].to_string().is_ascii());
        let usage = folded(&events(&records), &app());
        if let Some(suggestion) = suggested(&usage, &options(Level::Exact, Style::Readable)) {
            assert_no_excess(usage.roles.values().next().unwrap(), &suggestion);
        }
    }

    #[test]
    fn the_order_of_events_and_of_files_plays_no_part(records in usages(), cut in 0..40_usize) {
        let events = events(&records);
        let whole = folded(&events, &app());
        prop_assert_eq!(&whole, &folded(events.iter().rev(), &app()));
        let (first, second) = events.split_at(cut.min(events.len()));
        let mut merged = Usage::default();
        for part in [second, first] {
            let mut usage = Usage::default();
            for event in part {
                usage.fold(event, &app(), Catalog::bundled());
            }
            merged.merge(usage);
        }
        merged.finish();
        prop_assert_eq!(whole, merged);
    }

    #[test]
    fn a_suggestion_put_on_the_role_is_suggested_again(records in usages()) {
        let usage = folded(&events(&records), &app());
        for style in [Style::Readable, Style::Compact] {
            let options = options(Level::Pattern, style);
            let Some(first) = suggested(&usage, &options) else { continue };
            let twice = suggested(&usage, &options).unwrap();
            prop_assert_eq!(&first, &twice);
            let current: Vec<CurrentPolicy> = first
                .policies
                .iter()
                .map(|policy| CurrentPolicy { name: policy.name.clone(), arn: None, document: policy.document.clone() })
                .collect();
            let basis = Basis {
                usage: usage.roles.values().next().unwrap(),
                coverage: &usage.coverage,
                current: &CurrentGrants::expand(&current, Catalog::bundled()),
                catalog: Catalog::bundled(),
            };
            let again = suggest(basis, &options).unwrap();
            let relation = relate(&first.compiled, &again.compiled, &ProofOptions::default()).relation;
            prop_assert_eq!(relation, Relation::Equal);
        }
    }

    #[test]
    fn more_events_never_remove_a_grant(records in usages(), cut in 1..40_usize) {
        let events = events(&records);
        let fewer = folded(events.iter().take(cut), &app());
        let all = folded(&events, &app());
        for level in [Level::Exact, Level::Pattern, Level::Type] {
            let options = options(level, Style::Readable);
            let Some(before) = suggested(&fewer, &options) else { continue };
            let after = suggested(&all, &options).unwrap();
            prop_assert_eq!(contains(&before, &after), Containment::Contained, "at {:?}", level);
        }
    }
}
