//! Roles and policies that a change gave another name or another file: each is compared with what it was before.
//!
//! Only what is gone can be what is new. A name of their own in AWS decides first, then the same policies, then the likest. What is less
//! than half alike is new.

use std::collections::BTreeSet;

use super::held::Held;
use crate::template::{Content, Subject};

/// How alike two must be, in percent.
const LEAST: usize = 50;

/// One that is new, one that is gone, and how alike they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The number of the new one.
    pub new: usize,
    /// The number of the one that is gone.
    pub old: usize,
    /// Whether both have the same policies.
    pub is_equal: bool,
}

/// Finds for each that is new the one that is gone and was most like it; each is taken once.
pub fn pair(new: &[&Subject], gone: &[&Subject]) -> Vec<Pair> {
    let mut likeness = Vec::new();
    for (at, one) in new.iter().enumerate() {
        for (old, other) in gone.iter().enumerate() {
            if let Some((is_named, percent)) = alike(one, other) {
                likeness.push((is_named, percent, at, old));
            }
        }
    }
    likeness.sort_by_key(|(is_named, percent, at, old)| (!is_named, 100 - percent, *at, *old));
    let (mut news, mut olds) = (BTreeSet::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for (_, percent, new, old) in likeness {
        if news.contains(&new) || olds.contains(&old) {
            continue;
        }
        news.insert(new);
        olds.insert(old);
        pairs.push(Pair {
            new,
            old,
            is_equal: percent == 100,
        });
    }
    pairs.sort();
    pairs
}

/// Whether both have the same name in AWS, and how much of both is in both, in percent; none if they are not alike.
fn alike(one: &Subject, other: &Subject) -> Option<(bool, usize)> {
    if one.kind != other.kind {
        return None;
    }
    let is_named = one.name.is_some() && one.name == other.name;
    let (mine, theirs) = (parts(one), parts(other));
    let common = mine.intersection(&theirs).count();
    let all = mine.union(&theirs).count();
    let percent = (common * 100).checked_div(all).unwrap_or(0);
    // Rounding down makes no two equal that are not.
    (is_named || percent >= LEAST).then_some((is_named, percent))
}

/// What it grants, in pieces: each action on each resource of a statement.
fn parts(subject: &Subject) -> BTreeSet<String> {
    const MOST: usize = 4_000;
    let held = Held::of(subject);
    let mut parts: BTreeSet<String> = held.unknown.into_keys().collect();
    for policy in &held.policies {
        if let Some(name) = &policy.managed {
            parts.insert(name.clone());
            continue;
        }
        for statement in &policy.document.statements {
            let actions = statement.action.patterns();
            let none = [String::new()];
            let resource = statement.resource.as_ref();
            let resources = resource.map_or(&none[..], |one| one.patterns());
            let negated = (
                statement.action.is_negated(),
                resource.is_some_and(|one| one.is_negated()),
            );
            let under = format!(
                "{:?}{negated:?}{:?}",
                statement.effect, statement.conditions
            );
            for action in actions {
                for resource in resources {
                    if parts.len() >= MOST {
                        return parts;
                    }
                    parts.insert(format!(
                        "{} {resource} {under}",
                        action.to_ascii_lowercase()
                    ));
                }
            }
        }
    }
    if let Some(guard) = &subject.guards.trust
        && let Some(Content::Document(document, _)) = &guard.content
        && !parts.is_empty()
    {
        // Who is trusted tells roles apart that may do the same.
        parts.insert(format!("trust {document:?}"));
    }
    parts
}
