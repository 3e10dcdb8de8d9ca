//! What the runtime needs of the role without the trail showing it, from the signs that the trail does show.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conditions, Grant, Purpose};
use crate::arn::partition_of_region;
use crate::catalog::{Catalog, Runtime};
use crate::pattern::escape_literal;
use crate::usage::{RoleUsage, RuntimeSighting};

/// Lists the grants that the runtimes under the role need.
pub(super) fn grants(usage: &RoleUsage, catalog: &Catalog) -> Vec<Grant> {
    let mut grants = Vec::new();
    for runtime in catalog.runtimes() {
        let sightings: Vec<&RuntimeSighting> = usage
            .runtimes
            .keys()
            .filter(|sighting| sighting.runtime == runtime.runtime)
            .collect();
        let units: BTreeSet<&str> = sightings
            .iter()
            .map(|sighting| sighting.unit.as_str())
            .collect();
        for unit in units {
            let of_unit: Vec<&RuntimeSighting> = sightings
                .iter()
                .copied()
                .filter(|sighting| sighting.unit == unit)
                .collect();
            for values in places(runtime, unit, &of_unit) {
                grants.extend(needs(runtime, &values, &usage.role.account));
            }
        }
    }
    grants
}

/// Lists the placeholder values for each place where the unit runs: where a sign tells the region for certain, only there.
fn places(
    runtime: &Runtime,
    unit: &str,
    sightings: &[&RuntimeSighting],
) -> BTreeSet<BTreeMap<String, String>> {
    let is_certain = |sighting: &&&RuntimeSighting| {
        runtime
            .signs
            .iter()
            .any(|sign| sign.sign == sighting.sign && sign.is_region_certain)
    };
    let certain: Vec<&&RuntimeSighting> = sightings.iter().filter(is_certain).collect();
    let chosen = if certain.is_empty() {
        sightings.iter().collect()
    } else {
        certain
    };
    let regions: BTreeSet<&str> = chosen
        .iter()
        .map(|sighting| sighting.region.as_str())
        .collect();
    let mut places = BTreeSet::new();
    for region in regions {
        let captured: BTreeSet<&BTreeMap<String, String>> = chosen
            .iter()
            .filter(|sighting| sighting.region == region && !sighting.captures.is_empty())
            .map(|sighting| &sighting.captures)
            .collect();
        let base = BTreeMap::from([
            ("unit".to_owned(), escape_literal(unit).into_owned()),
            ("Region".to_owned(), region.to_owned()),
            (
                "Partition".to_owned(),
                partition_of_region(region).to_owned(),
            ),
        ]);
        if captured.is_empty() {
            places.insert(with_defaults(runtime, base));
            continue;
        }
        for captures in captured {
            let escaped = captures
                .iter()
                .map(|(name, value)| (name.clone(), escape_literal(value).into_owned()));
            places.insert(with_defaults(
                runtime,
                base.clone().into_iter().chain(escaped).collect(),
            ));
        }
    }
    places
}

fn with_defaults(
    runtime: &Runtime,
    mut values: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    for (name, template) in &runtime.defaults {
        if !values.contains_key(name) {
            let value = fill(template, &values);
            values.insert(name.clone(), value);
        }
    }
    values
}

fn needs(runtime: &Runtime, values: &BTreeMap<String, String>, account: &str) -> Vec<Grant> {
    let mut values = values.clone();
    values.insert("Account".to_owned(), account.to_owned());
    let grant = |need: &crate::catalog::RuntimeNeed| Grant {
        purpose: Purpose::Runtime(need.why.clone()),
        action: need.action.clone(),
        resource: fill(&need.resource, &values),
        conditions: Conditions::new(),
    };
    runtime.needs.iter().map(grant).collect()
}

/// Replaces each `${name}` whose value is known.
fn fill(template: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push_str("${");
            rest = after;
            continue;
        };
        if let Some(value) = values.get(name) {
            filled.push_str(value);
        } else {
            filled.push_str("${");
            filled.push_str(name);
            filled.push('}');
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}
