//! Roles in requests: every parameter that may hold one is bound as handed over, or it is written down why it is not.
//!
//! Whoever hands a role to a service needs `iam:PassRole`, so a parameter that nobody looked at is a policy that breaks.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::paths::Parameters;
use super::{Checked, Complaints, read};

/// Where the reasons stand.
const FILE: &str = "roles-not-passed.json";

/// Parameters that look like roles and hand none over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotPassed {
    operations: Vec<String>,
    parameters: Vec<String>,
    reason: String,
    source: String,
}

/// Prefix -> what its operations do not hand over.
pub(super) type Table = BTreeMap<String, Vec<NotPassed>>;

/// Reads the reasons; `None` when there is no such file.
pub(super) fn read_table(
    files: &BTreeMap<String, String>,
    complaints: &mut Complaints,
) -> Option<Table> {
    let table: Table = read(FILE, files.get(FILE)?, complaints)?;
    for (prefix, entries) in &table {
        for entry in entries {
            if entry.reason.trim().is_empty() || entry.source.trim().is_empty() {
                complaints.add(
                    format!("{FILE}: {prefix}: {}", entry.operations.join(", ")),
                    "expected a reason, and where the fact comes from",
                );
            }
        }
    }
    Some(table)
}

/// Checks the role parameters of one service.
pub(super) fn check(checked: &Checked<'_>, table: &Table, complaints: &mut Complaints) {
    let Some(parameters) = checked.parameters else {
        return;
    };
    let none = Vec::new();
    let not_passed = table.get(&checked.service.prefix).unwrap_or(&none);
    check_passed(checked, parameters, complaints);
    for (operation, known) in parameters {
        for path in known.request().filter(|path| names_a_role(path)) {
            let is_explained = not_passed.iter().any(|entry| {
                entry.operations.contains(operation) && entry.parameters.contains(path)
            });
            let place = format!("{}: {operation}: {path}", checked.file);
            match (is_passed(checked, operation, path), is_explained) {
                (false, false) => complaints.add(
                    place,
                    format!("may hold a role, expected it in `passed_roles` or in {FILE}"),
                ),
                (true, true) => complaints.add(
                    place,
                    format!("found in `passed_roles` and in {FILE}, expected it in one"),
                ),
                _ => {}
            }
        }
    }
    for entry in not_passed {
        for operation in &entry.operations {
            let has = |path: &String| {
                parameters
                    .get(operation)
                    .is_some_and(|known| known.request().any(|own| own == path))
            };
            for path in entry.parameters.iter().filter(|path| !has(path)) {
                complaints.add(
                    format!("{FILE}: {}: {operation}", checked.service.prefix),
                    format!("`{path}` is no parameter"),
                );
            }
        }
    }
}

/// Checks that each operation said to hand over roles has one of the parameters.
fn check_passed(
    checked: &Checked<'_>,
    parameters: &BTreeMap<String, Parameters>,
    complaints: &mut Complaints,
) {
    let recorded = &checked.service.recorded_parameters;
    for passed in &checked.service.passed_roles {
        for operation in &passed.operations {
            let Some(known) = parameters.get(operation) else {
                continue;
            };
            let mut places = passed.parameters.iter().map(|place| steps_of(place));
            let has = places.any(|place| {
                let mut own = known.request().chain(recorded.iter());
                own.any(|path| is_at_or_below(path, &place))
            });
            if !has {
                complaints.add(
                    format!("{}: passed_roles: {operation}", checked.file),
                    "the operation has none of the parameters",
                );
            }
        }
    }
}

/// Says whether a parameter of this path may hold a role or its ARN.
fn names_a_role(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    name.ends_with("role") || name.ends_with("roles") || name.contains("rolearn")
}

fn is_passed(checked: &Checked<'_>, operation: &str, path: &str) -> bool {
    let mut passed = checked.service.passed_roles.iter();
    passed.any(|passed| {
        let mut places = passed.parameters.iter();
        passed.operations.iter().any(|name| name == operation)
            && places.any(|place| is_at_or_below(path, &steps_of(place)))
    })
}

/// A path without its filters and tests.
fn steps_of(place: &str) -> String {
    let place = place.split('|').next().unwrap_or_default();
    let steps: Vec<&str> = place
        .split('.')
        .filter(|step| !step.starts_with('['))
        .collect();
    steps.join(".")
}

/// Says whether a parameter is the place or below it; the keys of a map are anybody's names.
fn is_at_or_below(path: &str, place: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let place = place.to_ascii_lowercase();
    let of_map = path.strip_suffix("@keys");
    path == place
        || path.starts_with(&format!("{place}."))
        || of_map.is_some_and(|map| place.starts_with(map))
}
