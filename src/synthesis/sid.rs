//! Names for statements that say what they are for: `ReadS3Object`, `SendTracesKept`, `PassRoleToLambda`.

use std::collections::BTreeSet;

use super::{Conditions, Purpose, condition};
use crate::catalog::Catalog;

/// The longest name; beyond it nobody reads on.
const MOST_CHARACTERS: usize = 48;

/// Makes a name from what the statement does; letters and digits only, as IAM wants it.
pub(super) fn name(
    purpose: &Purpose,
    actions: &BTreeSet<&str>,
    resources: &BTreeSet<&str>,
    conditions: &Conditions,
    catalog: &Catalog,
) -> String {
    let start = match purpose {
        Purpose::Observed => "",
        Purpose::Runtime(_) => "Runtime",
        Purpose::Kept(_) | Purpose::Pinned(_) => "Kept",
    };
    let via = condition::service_named(conditions).map(|value| {
        let service = value.split('.').next().unwrap_or(value);
        format!("For{}", capitalized(service))
    });
    let via = via.unwrap_or_default();
    let what = if let (1, Some(action)) = (actions.len(), actions.first()) {
        let name = action.split(':').nth(1).unwrap_or(action);
        format!("{}{}", service_name(actions, catalog), capitalized(name))
    } else {
        format!(
            "{}{}{}",
            verb(actions, catalog),
            service_name(actions, catalog),
            type_name(resources, actions, catalog)
        )
    };
    let name: String = format!("{start}{what}{via}")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    name.chars().take(MOST_CHARACTERS).collect()
}

/// Makes `name` different from all in `taken` by a number, and takes it.
pub(super) fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.to_owned();
    let mut number = 2;
    while !taken.insert(unique.clone()) {
        unique = format!("{name}{number}");
        number += 1;
    }
    unique
}

/// What the actions do, by their access levels.
fn verb(actions: &BTreeSet<&str>, catalog: &Catalog) -> &'static str {
    let levels: BTreeSet<&str> = actions
        .iter()
        .filter_map(|action| Some(catalog.action(action)?.2.access_level.as_str()))
        .collect();
    let has = |level: &str| levels.iter().any(|found| found.contains(level));
    let reads = has("Read") || has("List");
    let writes = has("Write") || has("Tagging");
    if has("Permissions management") {
        return "Manage";
    }
    match (reads, writes) {
        (true, true) | (false, false) => "Use",
        (false, true) => "Write",
        (true, false) => {
            if has("Read") {
                "Read"
            } else {
                "List"
            }
        }
    }
}

/// The service's short name, from its full one: `Amazon DynamoDB` is `DynamoDB`.
fn service_name(actions: &BTreeSet<&str>, catalog: &Catalog) -> String {
    let prefix = actions
        .first()
        .and_then(|action| action.split(':').next())
        .unwrap_or_default();
    let full = catalog
        .service(prefix)
        .map_or(prefix, |service| service.name.as_str());
    let short = full
        .trim_start_matches("Amazon ")
        .trim_start_matches("AWS ");
    if short.len() > 20 {
        return capitalized(prefix);
    }
    short.split_whitespace().map(capitalized).collect()
}

/// The kind of the resources, if they are of one kind that their ARNs tell.
fn type_name(resources: &BTreeSet<&str>, actions: &BTreeSet<&str>, catalog: &Catalog) -> String {
    let mut shared: Option<BTreeSet<&str>> = None;
    for action in actions {
        let Some((_, _, action)) = catalog.action(action) else {
            return String::new();
        };
        let types: BTreeSet<&str> = action.resource_types.iter().map(String::as_str).collect();
        shared = Some(shared.map_or(types.clone(), |mine| {
            mine.intersection(&types).copied().collect()
        }));
    }
    let shared = shared.unwrap_or_default();
    match (resources.len(), shared.first()) {
        (_, Some(only)) if shared.len() == 1 => {
            only.split(['-', ' ', '_']).map(capitalized).collect()
        }
        _ => String::new(),
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
