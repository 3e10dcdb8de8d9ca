//! Proofs about policies with holes: what holds whatever the holes are filled with.
//!
//! The prover takes a hole for a variable of the request, which ranges over all values. So what it proves contained is contained
//! for each value (a wildcard in a value only adds the same to both sides, unless a denial has the hole). What it finds not contained
//! may be so for another value than the deployed one. Hence a witness counts only if it is one between the least that the one side may
//! grant and the most that the other may.

use std::collections::BTreeSet;

use super::Unresolved;
use crate::pattern::Pattern;
use crate::policy::operator::{Comparison, Operator, Quantifier, Relation};
use crate::policy::prove::{self, Containment, Options, contained};
use crate::policy::{CompiledPolicy, Document, Effect, ResourceElement, Statement};

/// Tells how `new` stands to `old`, where `unresolved` lists what is not known of either.
pub fn relate_open(
    old: &[&Document],
    new: &[&Document],
    unresolved: &[Unresolved],
    options: &Options<'_>,
) -> prove::Comparison {
    let holes = holes_of(unresolved);
    let side =
        |inner: &[&Document], outer: &[&Document]| contained_with(inner, outer, &holes, options);
    prove::Comparison::of(side(old, new), side(new, old))
}

/// Decides whether all that `inner` allows is allowed by `outer`, where `unresolved` lists what is not known of either.
pub fn contained_open(
    inner: &[&Document],
    outer: &[&Document],
    unresolved: &[Unresolved],
    options: &Options<'_>,
) -> Containment {
    contained_with(inner, outer, &holes_of(unresolved), options)
}

/// The variables that stand for what is not known.
pub fn holes_of(unresolved: &[Unresolved]) -> BTreeSet<String> {
    let holes = unresolved.iter().filter_map(|one| one.hole.clone());
    holes.collect()
}

fn contained_with(
    inner: &[&Document],
    outer: &[&Document],
    holes: &BTreeSet<String>,
    options: &Options<'_>,
) -> Containment {
    let compile = |documents: &[&Document]| -> Vec<CompiledPolicy> {
        documents
            .iter()
            .map(|document| CompiledPolicy::new(document))
            .collect()
    };
    let found = contained(&compile(inner), &compile(outer), options);
    let has_hole = |statement: &Statement| holds(statement, &has_any(holes));
    let statements = || {
        inner
            .iter()
            .chain(outer)
            .flat_map(|document| &document.statements)
    };
    if !statements().any(has_hole) {
        return found;
    }
    let denies =
        statements().any(|statement| statement.effect == Effect::Deny && has_hole(statement));
    if found == Containment::Contained && !denies {
        return found;
    }
    let bound = |documents: &[&Document], is_most: bool| -> Vec<CompiledPolicy> {
        let one = |document: &&Document| CompiledPolicy::new(&bounded(document, holes, is_most));
        documents.iter().map(one).collect()
    };
    match contained(&bound(inner, false), &bound(outer, true), options) {
        Containment::NotContained(witnesses) => Containment::NotContained(witnesses),
        Containment::Contained | Containment::Unknown(_) => {
            let names: Vec<String> = holes.iter().map(|hole| format!("`{hole}`")).collect();
            Containment::Unknown(format!("it depends on {}", names.join(", ")))
        }
    }
}

/// Makes the most or the least that a policy may grant, whatever its holes are filled with.
pub fn bounded(document: &Document, holes: &BTreeSet<String>, is_most: bool) -> Document {
    bounded_by(document, &has_any(holes), is_most)
}

/// The same, where `is_open` says of which texts nothing is known.
pub fn bounded_by(document: &Document, is_open: &dyn Fn(&str) -> bool, is_most: bool) -> Document {
    let statement = |statement: &Statement| {
        if !holds(statement, is_open) {
            return Some(statement.clone());
        }
        // What grants is widened for the most and left out for the least; what denies the other way round.
        let is_widened = is_most == (statement.effect == Effect::Allow);
        is_widened.then(|| widened(statement, is_open))
    };
    Document {
        statements: document.statements.iter().filter_map(statement).collect(),
        ..document.clone()
    }
}

/// A statement that matches all that it may match.
fn widened(statement: &Statement, is_open: &dyn Fn(&str) -> bool) -> Statement {
    let mut statement = statement.clone();
    statement.resource = statement.resource.map(|resource| match resource {
        ResourceElement::Resource(patterns) => {
            let wide = |pattern: String| {
                if is_open(&pattern) {
                    "*".to_owned()
                } else {
                    pattern
                }
            };
            ResourceElement::Resource(patterns.into_iter().map(wide).collect())
        }
        // Of what is left out, only what is certain stays left out.
        ResourceElement::NotResource(patterns) => {
            let certain: Vec<String> = patterns
                .into_iter()
                .filter(|pattern| !is_open(pattern))
                .collect();
            if certain.is_empty() {
                ResourceElement::Resource(vec!["*".to_owned()])
            } else {
                ResourceElement::NotResource(certain)
            }
        }
    });
    let mut present = Vec::new();
    for (operator, keys) in &mut statement.conditions {
        let needs_key = needs_key(operator);
        keys.retain(|key, values| {
            let is_certain = !values.iter().any(|value| is_open(value));
            if !is_certain && needs_key {
                present.push(key.clone());
            }
            is_certain
        });
    }
    statement.conditions.retain(|_, keys| !keys.is_empty());
    // Whatever the value is, without the key the condition does not hold.
    if !present.is_empty() {
        let keys = statement.conditions.entry("Null".to_owned()).or_default();
        for key in present {
            keys.entry(key).or_insert_with(|| vec!["false".to_owned()]);
        }
    }
    statement
}

/// Says whether a condition holds only in a request that has its key.
fn needs_key(operator: &str) -> bool {
    Operator::parse(operator).is_some_and(|operator| {
        let comparison = operator.comparison;
        let is_positive =
            comparison != Comparison::Null && comparison.relation() != Relation::Differs;
        is_positive && !operator.if_exists && operator.quantifier != Quantifier::ForAllValues
    })
}

fn holds(statement: &Statement, is_open: &dyn Fn(&str) -> bool) -> bool {
    let resources = statement
        .resource
        .iter()
        .flat_map(ResourceElement::patterns);
    let values = statement
        .conditions
        .values()
        .flat_map(|keys| keys.values().flatten());
    resources.chain(values).any(|text| is_open(text))
}

/// Says of a text whether it has a hole; the names of variables are compared without regard to case.
fn has_any(holes: &BTreeSet<String>) -> impl Fn(&str) -> bool {
    |text| {
        let is_hole = |key: &str| holes.iter().any(|hole| key.eq_ignore_ascii_case(hole));
        Pattern::parse(text)
            .variables()
            .any(|variable| is_hole(&variable.key))
    }
}
