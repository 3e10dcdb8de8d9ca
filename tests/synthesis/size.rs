//! Many resources: the policy stays one that a person accepts at a glance.

use std::collections::BTreeMap;

use polgen::synthesis::{Level, Style};
use serde_json::json;

use crate::world::{app, assert_well_made, events, folded, options, record, suggested};

#[test]
fn ten_thousand_keys_become_a_policy_for_a_glance() {
    let call = |number: usize| {
        let (bucket, prefix) = (number % 5, number % 40);
        let key = format!(
            "feed-{prefix:02}/2026/06/{:02}/part-{number:06}.parquet",
            number % 28 + 1
        );
        (
            "s3.amazonaws.com",
            "GetObject",
            json!({ "bucketName": format!("acme-{bucket}"), "key": key }),
        )
    };
    let records: Vec<_> = (0..10_000)
        .map(|number| record(number, &call(number), &BTreeMap::new()))
        .collect();
    let usage = folded(&events(&records), &app());
    assert_eq!(usage.roles.values().next().unwrap().uses.len(), 10_000);
    let suggestion = suggested(&usage, &options(Level::Pattern, Style::Readable)).unwrap();
    assert_well_made(&suggestion, 6144);
    assert_eq!(suggestion.policies.len(), 1);
    let statements = &suggestion.policies[0].document.statements;
    assert_eq!(statements.len(), 1);
    let resources = statements[0].resource.as_ref().unwrap().patterns();
    // One pattern for each of the prefixes, none of them across buckets.
    assert_eq!(resources.len(), 40, "{resources:#?}");
    assert!(
        resources
            .iter()
            .all(|resource| resource.contains("/feed-") && resource.ends_with("/*"))
    );
    let seen: usize = suggestion
        .generalizations
        .iter()
        .map(|general| general.seen)
        .sum();
    assert_eq!(seen, 10_000);
}
