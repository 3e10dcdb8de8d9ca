//! Real records, where a folder of them is at hand: how many are mapped, and how many resources the parameters alone tell.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use polgen::catalog::Catalog;
use polgen::mapping::{Access, Mapped, Scope, Status, map};
use polgen::pattern::Pattern;
use serde_json::{Value, json};

use super::event;

#[expect(clippy::print_stdout, reason = "a skipped test has to say so")]
/// The lines of a file in the folder named by `POLGEN_CORPUS`, or in the one beside the checkout.
fn read(name: &str) -> Option<Vec<Value>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("POLGEN_CORPUS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("SKIPPED: no real records at {}", folder.display());
        return None;
    }
    let mut text = String::new();
    let file = File::open(folder.join(name)).unwrap();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn mapped(record: &Value) -> Mapped {
    map(&event(record), Catalog::bundled())
}

/// A line of the shortened files as a record.
fn completed(line: &Value) -> Value {
    let mut record = line.clone();
    record["eventType"] = json!("AwsApiCall");
    if record["userIdentity"].is_null() {
        record["userIdentity"] = json!({"type": "AWSAccount"});
    }
    record
}

/// An access's action exists, and its ARN fits one of the action's types.
fn assert_sound(access: &Access) {
    let (service, _, action) = Catalog::bundled()
        .action(&access.action)
        .expect("an action");
    if access.resource == "*" {
        assert_ne!(access.scope, Scope::Exact, "{access:?}");
        return;
    }
    let resource = Pattern::parse(&access.resource);
    let fits = action.resource_types.iter().any(|name| {
        let mut types = service.resource_types.iter();
        let known = types.find(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut formats = known.into_iter().flat_map(|(_, kind)| &kind.arns);
        formats.any(|format| Pattern::parse(&with_wildcards(format)).covers(&resource))
    });
    assert!(fits, "{access:?}");
}

/// A format with `*` for its placeholders.
fn with_wildcards(format: &str) -> String {
    let mut parts = format.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "*" + part.split_once('}').map_or("", |(_, rest)| rest)
    })
}

#[test]
fn nearly_every_real_call_is_mapped() {
    let Some(lines) = read("records.ndjson.gz") else {
        return;
    };
    let (mut calls, mut known) = (0, 0);
    for line in &lines {
        let mapped = mapped(&line["record"]);
        match mapped.status {
            Status::NotAnApiCall => continue,
            Status::Mapped | Status::NoPermissionNeeded(_) => known += 1,
            Status::Unmapped(reason) => assert!(!reason.is_empty()),
        }
        calls += 1;
        mapped.accesses.iter().for_each(assert_sound);
    }
    assert!(calls > 4_000);
    assert!(known * 1_000 >= calls * 990, "{known} of {calls}");
}

#[test]
fn parameters_alone_tell_nearly_every_resource_that_they_hold() {
    let Some(lines) = read("resources.ndjson.gz") else {
        return;
    };
    let (mut found, mut tellable) = (0, 0);
    for line in &lines {
        let mut record = completed(line);
        let truth = std::mem::take(&mut record["resources"]);
        let named: Vec<&str> = truth
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["ARN"].as_str())
            .collect();
        let mapped = mapped(&record);
        let is_found = mapped
            .accesses
            .iter()
            .any(|access| named.contains(&access.resource.as_str()));
        let request = record["requestParameters"].to_string();
        // A name that stands nowhere in the parameters cannot be told from them.
        let is_tellable = named.iter().any(|arn| {
            let name = arn.rsplit([':', '/']).next().unwrap_or_default();
            !name.is_empty() && request.contains(name)
        });
        found += usize::from(is_found);
        tellable += usize::from(is_tellable || is_found);
    }
    assert!(
        found * 100 >= lines.len() * 88,
        "{found} of {}",
        lines.len()
    );
    assert!(found * 100 >= tellable * 98, "{found} of {tellable}");
}

#[test]
fn a_denial_names_the_action_that_was_mapped() {
    let Some(lines) = read("denied.ndjson.gz") else {
        return;
    };
    for line in &lines {
        let mapped = mapped(&completed(line));
        let action = line["true_action"].as_str().unwrap();
        let of_action: Vec<_> = mapped
            .accesses
            .iter()
            .filter(|access| access.action == action)
            .collect();
        assert!(!of_action.is_empty(), "{line}");
        // The account is not the same in message and record where a record was made anonymous; the rest has to hold.
        let Some(resource) = line["true_resource"]
            .as_str()
            .filter(|it| it.starts_with("arn:"))
        else {
            continue;
        };
        let bare = |arn: &str| arn.splitn(6, ':').nth(5).unwrap_or("*").to_owned();
        let holds = of_action.iter().any(|access| {
            let (own, wanted) = (bare(&access.resource), bare(resource));
            // AWS says `*` of a resource that does not exist, whatever name the call gave.
            Pattern::parse(&own).matches(&wanted) || Pattern::parse(&wanted).matches(&own)
        });
        assert!(holds, "{resource}: {of_action:?}");
    }
}
