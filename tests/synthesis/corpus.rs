//! The same promises over real records, principal by principal, where a folder of them is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use polgen::policy::prove::{Containment, Options as ProofOptions, contained};
use polgen::synthesis::{Level, Style, Suggestion};
use polgen::trail::Event;
use polgen::usage::{PrincipalKind, RoleQuery, RoleUsage};
use serde_json::Value;

use crate::world::{
    assert_no_excess, assert_sound, assert_well_made, events, folded, options, suggested,
};

/// The records of the folder named by `POLGEN_CORPUS`, or of the one beside the checkout.
fn corpus() -> Option<Vec<Event>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("POLGEN_CORPUS").map_or(beside, PathBuf::from);
    let path = folder.join("records.ndjson.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        println!("SKIPPED: no real records at {}", path.display());
        return None;
    };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let record = |line: &str| serde_json::from_str::<Value>(line).unwrap()["record"].take();
    Some(events(&text.lines().map(record).collect::<Vec<_>>()))
}

/// Every role and user with its events.
fn principals(events: &[Event]) -> Vec<(RoleQuery, Vec<&Event>)> {
    let mut by_principal: BTreeMap<(&str, bool), Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(role) = event.caller.principal() {
            let key = (role.arn.as_str(), role.is_user());
            by_principal.entry(key).or_default().push(event);
        }
    }

    let mut found = Vec::new();
    for ((arn, is_user), events) in by_principal {
        let kind = if is_user {
            PrincipalKind::User
        } else {
            PrincipalKind::Role
        };
        found.push((RoleQuery::parse_kind(arn, kind).unwrap(), events));
    }
    found
}

fn characters(suggestion: &Suggestion) -> usize {
    suggestion
        .policies
        .iter()
        .map(|policy| policy.characters)
        .sum()
}

fn operations(usage: &RoleUsage) -> usize {
    let names: BTreeSet<_> = usage.uses.keys().map(|used| &used.operation).collect();
    names.len()
}

#[test]
fn the_promises_hold_for_every_real_principal() {
    let Some(events) = corpus() else { return };
    let mut count = 0;
    for (query, events) in principals(&events) {
        let usage = folded(events.iter().copied(), &query);
        let Some(exact) = suggested(&usage, &options(Level::Exact, Style::Readable)) else {
            continue;
        };
        count += 1;
        let role = usage.roles.values().next().unwrap();
        assert_no_excess(role, &exact);
        for level in [Level::Exact, Level::Pattern] {
            let readable = suggested(&usage, &options(level, Style::Readable)).unwrap();
            for style in [Style::Readable, Style::Compact] {
                let suggestion = suggested(&usage, &options(level, style)).unwrap();
                assert_sound(role, &suggestion);
                assert_well_made(&suggestion, 6144);
            }
            let fewer = folded(events.iter().copied().step_by(2), &query);
            if let Some(fewer) = suggested(&fewer, &options(level, Style::Readable)) {
                let proof = contained(
                    &fewer.compiled,
                    &readable.compiled,
                    &ProofOptions::default(),
                );
                assert_eq!(proof, Containment::Contained, "{query:?}");
            }
        }
    }
    assert!(count > 50, "only {count} principals were allowed anything");
}

#[test]
fn the_compact_style_saves_three_tenths_on_the_largest_history() {
    let Some(events) = corpus() else { return };
    let principals = principals(&events);
    let usages = principals
        .iter()
        .map(|(query, events)| folded(events.iter().copied(), query));
    let largest = usages
        .max_by_key(|usage| usage.roles.values().next().map_or(0, operations))
        .unwrap();
    let role = largest.roles.values().next().unwrap();
    let size = |style| {
        let suggestion = suggested(&largest, &options(Level::Pattern, style)).unwrap();
        assert_well_made(&suggestion, 6144);
        (characters(&suggestion), suggestion.policies.len())
    };
    let (readable, compact) = (size(Style::Readable), size(Style::Compact));
    println!(
        "{}: {} operations, readable {readable:?}, compact {compact:?} characters and policies",
        role.role.name,
        operations(role)
    );
    assert!(
        compact.0 * 10 <= readable.0 * 7,
        "{compact:?} of {readable:?}"
    );
}
