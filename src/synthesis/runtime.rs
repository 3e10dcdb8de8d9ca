//! What the runtime needs of the role without the trail showing it, from the signs that the trail does show.
//!
//! A sure sign makes grants. A weak one, which another role can show too, counts beside a sure one; alone it makes only grants
//! that the current policies hold, and so narrows but never adds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Basis, Conditions, Grant, Purpose};
use crate::arn::partition_of_region;
use crate::catalog::{Catalog, Runtime, RuntimeKeep, RuntimeNeed};
use crate::pattern::{Pattern, escape_literal};
use crate::usage::{RoleUsage, RuntimeSighting};

/// How many combinations of captured values one need is filled with.
const COMBINATIONS: usize = 256;

/// One unit of a runtime in one region, with all that its signs tell.
struct Unit<'a> {
    runtime: &'a Runtime,
    values: BTreeMap<&'a str, BTreeSet<String>>,
    is_sure: bool,
}

/// Lists the grants that the runtimes under the role need.
pub(super) fn grants(basis: Basis<'_>) -> Vec<Grant> {
    let mut grants = Vec::new();
    for unit in units(basis.usage, basis.catalog) {
        for need in &unit.runtime.needs {
            let is_bound = need.is_only_kept || !unit.is_sure;
            let found = needed(need, &unit);
            grants.extend(found.into_iter().filter(|grant| {
                let current = basis.current;
                !is_bound || current.allows(&grant.action, &grant.resource, &grant.conditions)
            }));
        }
    }
    grants
}

/// Lists actions that the runtimes under the role use at times that a window does not show; with each, whether the role's
/// units are seen to be set up so that they do.
pub(super) fn keeps(basis: Basis<'_>) -> BTreeMap<&str, (&RuntimeKeep, bool)> {
    let mut found: BTreeMap<&str, (&RuntimeKeep, bool)> = BTreeMap::new();
    for runtime in basis.catalog.runtimes() {
        let signs: Vec<&RuntimeSighting> = accepted(runtime, basis.usage, basis.catalog).collect();
        if signs.is_empty() {
            continue;
        }
        for keep in &runtime.keeps {
            let is_set_up = keep
                .when
                .as_ref()
                .is_some_and(|name| signs.iter().any(|sign| sign.captures.contains_key(name)));
            for action in &keep.actions {
                let entry = found.entry(action.as_str()).or_insert((keep, false));
                entry.1 |= is_set_up;
            }
        }
    }
    found
}

/// The signs of a runtime: all, if one of them is sure or nothing else is known; those that only look so are left out
/// where a sure sign tells the role's units.
fn accepted<'a>(
    runtime: &'a Runtime,
    usage: &'a RoleUsage,
    catalog: &'a Catalog,
) -> impl Iterator<Item = &'a RuntimeSighting> {
    let of_runtime = move |sign: &&RuntimeSighting| sign.runtime == runtime.runtime;
    let is_known = usage
        .runtimes
        .keys()
        .filter(of_runtime)
        .any(|sign| sign.is_sure(catalog));
    usage
        .runtimes
        .keys()
        .filter(of_runtime)
        .filter(move |_| is_known)
}

fn units<'a>(usage: &'a RoleUsage, catalog: &'a Catalog) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    for runtime in catalog.runtimes() {
        let signs: Vec<&RuntimeSighting> = usage
            .runtimes
            .keys()
            .filter(|sign| sign.runtime == runtime.runtime)
            .collect();
        let is_sure = signs.iter().any(|sign| sign.is_sure(catalog));
        let names: BTreeSet<&str> = signs.iter().map(|sign| sign.unit.as_str()).collect();
        for name in names {
            if runtime.unit.is_some() && name.is_empty() {
                continue;
            }
            let own: Vec<&RuntimeSighting> = signs
                .iter()
                .copied()
                .filter(|sign| sign.unit == name)
                .collect();
            for region in regions(&own, usage, catalog) {
                units.push(Unit {
                    runtime,
                    values: values(runtime, &own, region, usage),
                    is_sure,
                });
            }
        }
    }
    units
}

/// Where a unit runs: where a sign tells the region for certain only there, else wherever one was seen, else where the role
/// calls most.
fn regions<'a>(
    signs: &[&'a RuntimeSighting],
    usage: &'a RoleUsage,
    catalog: &Catalog,
) -> BTreeSet<&'a str> {
    let of = |is_wanted: &dyn Fn(&RuntimeSighting) -> bool| -> BTreeSet<&'a str> {
        let wanted = signs
            .iter()
            .filter(|sign| is_wanted(sign) && !sign.region.is_empty());
        wanted.map(|sign| sign.region.as_str()).collect()
    };
    let certain = of(&|sign| sign.is_region_certain(catalog));
    if !certain.is_empty() {
        return certain;
    }
    let any = of(&|_| true);
    if !any.is_empty() {
        return any;
    }
    let regions = usage
        .regions
        .iter()
        .filter(|(region, _)| !region.is_empty());
    let most = regions.max_by_key(|(region, span)| (span.count, std::cmp::Reverse(*region)));
    most.map(|(region, _)| region).into_iter().collect()
}

/// The values of every placeholder, ready to stand in a pattern.
fn values<'a>(
    runtime: &'a Runtime,
    signs: &[&'a RuntimeSighting],
    region: &str,
    usage: &RoleUsage,
) -> BTreeMap<&'a str, BTreeSet<String>> {
    let one = |text: &str| BTreeSet::from([escape_literal(text).into_owned()]);
    let mut values = BTreeMap::from([
        ("Region", one(region)),
        ("Partition", one(partition_of_region(region))),
        ("Account", one(&usage.role.account)),
    ]);
    if let Some(sign) = signs.first() {
        values.insert("unit", one(&sign.unit));
    }
    let own = signs
        .iter()
        .filter(|sign| sign.region.is_empty() || sign.region == region);
    for (name, captured) in own.flat_map(|sign| &sign.captures) {
        let texts = captured
            .iter()
            .map(|text| escape_literal(text).into_owned());
        values.entry(name.as_str()).or_default().extend(texts);
    }
    for (name, template) in &runtime.defaults {
        if !values.contains_key(name.as_str()) {
            let filled = fill(template, &values);
            values.insert(name.as_str(), filled.into_iter().collect());
        }
    }
    values
}

/// The grants of one need; none if its placeholders have no fitting values.
fn needed(need: &RuntimeNeed, unit: &Unit<'_>) -> Vec<Grant> {
    let mut values = unit.values.clone();
    for (name, like) in &need.when {
        let like = Pattern::parse(like);
        let Some(found) = values.get_mut(name.as_str()) else {
            return Vec::new();
        };
        found.retain(|value| like.covers(&Pattern::parse(value)));
        if found.is_empty() {
            return Vec::new();
        }
    }
    let conditions: Conditions = need
        .conditions
        .iter()
        .map(|(operator, keys)| {
            let filled = keys
                .iter()
                .map(|(key, value)| (key.clone(), fill(value, &values)));
            (operator.clone(), filled.collect())
        })
        .collect();
    let mut grants = Vec::new();
    for resource in fill(&need.resource, &values) {
        grants.extend(need.actions.iter().map(|action| Grant {
            purpose: Purpose::Runtime(need.why.clone()),
            action: action.clone(),
            resource: resource.clone(),
            conditions: conditions.clone(),
        }));
    }
    grants
}

/// Fills a template with every combination of values; none if one is missing.
fn fill(template: &str, values: &BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    let mut filled = vec![String::new()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        let Some(choices) = values.get(name) else {
            return Vec::new();
        };
        filled = filled
            .iter()
            .flat_map(|start| {
                choices
                    .iter()
                    .map(move |choice| format!("{start}{before}{choice}"))
            })
            .take(COMBINATIONS)
            .collect();
        rest = tail;
    }
    for text in &mut filled {
        text.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_with_every_value_or_not_at_all() {
        let values = BTreeMap::from([
            ("a", BTreeSet::from(["1".to_owned(), "2".to_owned()])),
            ("b", BTreeSet::from(["x".to_owned()])),
        ]);
        assert_eq!(fill("${b}:${a}!", &values), ["x:1!", "x:2!"]);
        assert_eq!(fill("*", &values), ["*"]);
        assert_eq!(fill("${c}", &values), Vec::<String>::new());
    }
}
