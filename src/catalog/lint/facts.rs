//! The facts about a service: levels, types, formats and keys that fit together.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::Complaints;
use crate::catalog::{Action, Service};

const ACCESS_LEVELS: [&str; 5] = ["List", "Read", "Write", "Tagging", "Permissions management"];
const KEY_TYPES: [&str; 9] = [
    "ARN",
    "ArrayOfARN",
    "ArrayOfBool",
    "ArrayOfString",
    "Bool",
    "Date",
    "IPAddress",
    "Numeric",
    "String",
];

/// Checks one service, its hand-written layer laid over it.
pub(super) fn check(service: &Service, file: &str, complaints: &mut Complaints) {
    if service.event_sources.is_empty() {
        complaints.add(file, "no event source, expected at least one");
    }
    for source in &service.event_sources {
        if !source.ends_with(".amazonaws.com") || source.chars().any(char::is_uppercase) {
            let wanted = "expected `name.amazonaws.com` in lower case";
            complaints.add(
                format!("{file}: event_sources"),
                format!("found `{source}`, {wanted}"),
            );
        }
    }
    for (name, action) in &service.actions {
        check_action(
            service,
            action,
            &format!("{file}: actions: {name}"),
            complaints,
        );
    }
    for (name, kind) in &service.resource_types {
        let place = format!("{file}: resource_types: {name}");
        if kind.arns.is_empty() {
            complaints.add(&place, "no ARN format, expected at least one");
        }
        let templates = kind.templates.iter().map(|template| &template.arn);
        for arn in kind.arns.iter().chain(templates) {
            check_format(arn, &place, complaints);
        }
    }
    for (name, kind) in &service.condition_keys {
        if !KEY_TYPES.contains(&kind.as_str()) {
            complaints.add(
                format!("{file}: condition_keys: {name}"),
                unknown("type", kind),
            );
        }
    }
}

/// Checks that the lists of a generated file are sorted, each entry standing once.
pub(super) fn check_order(service: &Service, file: &str, complaints: &mut Complaints) {
    for (name, action) in &service.actions {
        let place = format!("{file}: actions: {name}");
        check_list(&action.resource_types, &place, complaints);
        check_list(&action.condition_keys, &place, complaints);
    }
    let place = format!("{file}: operations");
    check_list(&service.operations, &place, complaints);
}

/// Checks the actions that the hand-written layer adds: each has a source, and goes once the published tables have it.
pub(super) fn check_added(
    generated: &Service,
    above: &Map<String, Value>,
    file: &str,
    complaints: &mut Complaints,
) {
    let added = above.get("actions").and_then(Value::as_object);
    for (name, action) in added.into_iter().flatten() {
        let place = format!("{file}: actions: {name}");
        let has_source = action.get("source").is_some();
        if generated.actions.contains_key(name) && has_source {
            complaints.add(
                place,
                "the generated layer has this action now, expected no entry",
            );
        } else if !generated.actions.contains_key(name) && !has_source {
            complaints.add(place, "no source, expected where the action comes from");
        }
    }
}

fn check_action(service: &Service, action: &Action, place: &str, complaints: &mut Complaints) {
    if !ACCESS_LEVELS.contains(&action.access_level.as_str()) {
        complaints.add(place, unknown("access level", &action.access_level));
    }
    for kind in &action.resource_types {
        if !service.resource_types.contains_key(kind) {
            complaints.add(place, unknown("resource type", kind));
        }
    }
    for key in &action.condition_keys {
        if !service.condition_keys.contains_key(key.as_ref()) {
            complaints.add(place, unknown("condition key", key));
        }
    }
}

/// Checks that a format is an ARN with well-formed placeholders.
fn check_format(arn: &str, place: &str, complaints: &mut Complaints) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_shaped = parts.len() == 6
        && parts.first() == Some(&"arn")
        && parts.last().is_some_and(|last| !last.is_empty());
    let is_placed = arn.split("${").skip(1).all(|rest| {
        rest.split_once('}').is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        })
    });
    if !is_shaped || !is_placed || arn.contains(char::is_whitespace) {
        complaints.add(
            place,
            format!("found `{arn}`, expected an ARN with `${{Placeholder}}`s"),
        );
    }
}

/// Checks that a list is sorted, each entry standing once.
fn check_list<T: Ord + Display>(values: &[T], place: &str, complaints: &mut Complaints) {
    for pair in values.windows(2) {
        if let [first, second] = pair
            && first >= second
        {
            complaints.add(
                place,
                format!(
                    "`{second}` stands after `{first}`, expected a sorted list without repeats"
                ),
            );
        }
    }
}

fn unknown(what: &str, found: impl Display) -> String {
    format!("the {what} `{found}` is not known")
}
