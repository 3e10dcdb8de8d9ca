//! Bounds what is kept of names without end: object keys, log streams, ids of executions.
//!
//! What a role used is kept by resource, so a role that reads a million objects would cost a million entries. Under one parent
//! (a bucket) at most so many names are kept; beyond, all names below it are cut to patterns: first each to its stable start
//! (`day=2026-06-01` to `day=*`), then to fewer and fewer folders. How far is decided by the names seen alone, and
//! each cut is made of the one before, so neither the order of events nor the way they were shared out plays a part.

mod denied;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::role::Use;
use super::small_map::SmallMap;
use crate::catalog::Catalog;
use crate::mapping::Access;
use crate::pattern::{escape_literal, stable_length};
pub(super) use denied::bound_denied;

/// The most names that are kept under one parent.
pub(super) const MOST_NAMES: usize = 4096;

/// The most accesses that are kept of all roles; with more, fewer names are kept under each parent of roles that have many.
///
/// Ten thousand objects in a handful of buckets are an ordinary role, and are kept as they are.
pub(super) const MOST_USES: usize = 10 * 1024;

/// How many accesses a role may have for all its names to be kept even then, as long as there are not too many roles.
pub(super) const MOST_USES_OF_ROLE: usize = 256;

/// With more roles than this none has all its names kept, once there are many accesses.
pub(super) const MOST_ROLES: usize = 1024;

/// How many names and patterns are kept under one parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// With more names they are cut to their stable starts.
    pub(super) names: usize,
    /// With more patterns they are cut further.
    pub(super) patterns: usize,
}

impl Bounds {
    /// Where there are few accesses in all, and where there are many.
    pub(super) fn of(is_crowded: bool) -> Self {
        if is_crowded {
            Self {
                names: 8,
                patterns: 64,
            }
        } else {
            Self {
                names: MOST_NAMES,
                patterns: MOST_NAMES,
            }
        }
    }
}

/// How many uses there were when they were bounded last, and how, and when they were weighed. With as many, none has come since:
/// they are only ever added.
///
/// It is a mere memory: two usages that differ in it alone are the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounded {
    bounded: Option<(usize, usize)>,
    weighed: Option<(usize, usize)>,
}

impl Bounded {
    pub(super) fn at(uses: usize, bounds: Bounds) -> Self {
        Self {
            bounded: Some((uses, bounds.names)),
            weighed: None,
        }
    }

    pub(super) fn holds(self, uses: usize, bounds: Bounds) -> bool {
        self.bounded == Some((uses, bounds.names))
    }

    /// What so many uses weigh, if it is known.
    pub(super) fn weight(self, uses: usize) -> Option<usize> {
        let (known, weight) = self.weighed?;
        (known == uses).then_some(weight)
    }

    pub(super) fn weighs(&mut self, uses: usize, weight: usize) {
        self.weighed = Some((uses, weight));
    }
}

impl PartialEq for Bounded {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// How many folders of a name are left, from cut to cut.
const FOLDERS: [usize; 10] = [16, 12, 8, 6, 5, 4, 3, 2, 1, 0];

/// Whose names are cut together: those of one action under one parent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Parent {
    /// The action.
    pub action: String,
    /// What all the names follow: `arn:aws:s3:::bucket/`.
    pub resource: String,
}

/// The uses under one parent.
type Family = SmallMap<Use, Evidence>;

/// How far the names under parents are cut; what is not listed is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts(#[serde(with = "super::pairs")] BTreeMap<Parent, usize>);

impl Cuts {
    /// Lists the parents whose names are cut.
    pub fn parents(&self) -> impl Iterator<Item = &Parent> {
        self.0.keys()
    }

    /// Cuts the names below a parent, of which there are too many, to their stable starts.
    pub(super) fn begin(&mut self, parent: &Parent) {
        if !self.0.contains_key(parent) {
            self.0.insert(parent.clone(), 1);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over how far names are cut elsewhere.
    pub(super) fn join(&mut self, other: Self) {
        for (parent, cut) in other.0 {
            let mine = self.0.entry(parent).or_default();
            *mine = cut.max(*mine);
        }
    }

    /// How many accesses these are, where names that are cut count as the most that might have been kept. It only grows.
    pub(super) fn weight(&self, uses: &SmallMap<Use, Evidence>) -> usize {
        if self.0.is_empty() {
            return uses.len();
        }
        let parents = self.0.keys();
        let known: BTreeSet<(&str, &str)> = parents
            .map(|it| (it.action.as_str(), it.resource.as_str()))
            .collect();
        let actions: BTreeSet<&str> = known.iter().map(|(action, _)| *action).collect();
        let is_cut = |used: &&Use| {
            actions.contains(used.access.action.as_str())
                && parent_start(&used.access)
                    .and_then(|start| parent_at(used, start))
                    .is_some_and(|parent| known.contains(&parent))
        };
        uses.len() - uses.keys().filter(is_cut).count() + self.0.len() * MOST_NAMES
    }

    /// Cuts names where there are too many under one parent, or where they are cut already.
    pub(super) fn apply(&mut self, uses: &mut SmallMap<Use, Evidence>, bounds: Bounds) {
        let most = bounds.names;
        if uses.len() <= most && self.0.is_empty() {
            return;
        }
        for (parent, mut family) in self.families(uses, most) {
            let mut cut = self.0.get(&parent).copied().unwrap_or_default();
            if cut > 0 {
                family = cut_all(family, &parent, cut);
            }
            let is_too_many = |family: &Family, cut| {
                let most = if cut == 0 { most } else { bounds.patterns };
                family.len() > most && cut <= FOLDERS.len()
            };
            while is_too_many(&family, cut) {
                cut += 1;
                family = cut_all(family, &parent, cut);
            }
            if cut > 0 {
                self.0.insert(parent, cut);
            }
            uses.extend(family);
        }
    }

    /// Takes out the uses under parents with too many names, and under those whose names are cut already.
    fn families(&self, uses: &mut SmallMap<Use, Evidence>, most: usize) -> Vec<(Parent, Family)> {
        let crowded = self.crowded(uses, most);
        let of_crowded = |used: &Use| {
            let is_crowded = crowded.contains(used.access.action.as_str());
            is_crowded.then(|| parent_start(&used.access)).flatten()
        };
        let starts: Vec<Option<usize>> = uses.keys().map(of_crowded).collect();
        // There may be many uses, and few of their parents are of interest: only those are written out.
        let parents = || {
            let of_use = |(used, start): (_, &Option<usize>)| parent_at(used, (*start)?);
            uses.keys().zip(&starts).map(of_use)
        };
        let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for parent in parents().flatten() {
            *sizes.entry(parent).or_default() += 1;
        }
        let written = |(action, resource): (&str, &str)| Parent {
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        sizes.retain(|parent, size| *size > most || self.0.contains_key(&written(*parent)));
        let mut families: Vec<(Parent, Family)> = Vec::new();
        for (parent, number) in &mut sizes {
            *number = families.len();
            families.push((written(*parent), Family::default()));
        }
        let numbers: Vec<Option<usize>> = parents()
            .map(|parent| sizes.get(&parent?).copied())
            .collect();
        // Each use has its family's number in the same order.
        let mut is_in_family = numbers.iter().map(Option::is_some);
        let extracted = uses.take_out(|_| is_in_family.next().unwrap_or_default());
        for (number, (used, evidence)) in numbers.into_iter().flatten().zip(extracted) {
            if let Some((_, family)) = families.get_mut(number) {
                family.insert(used, evidence);
            }
        }
        families
    }

    /// The actions that may have too many names under one parent: a look that costs little.
    fn crowded(&self, uses: &SmallMap<Use, Evidence>, most: usize) -> BTreeSet<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for used in uses.keys() {
            *counts.entry(&used.access.action).or_default() += 1;
        }
        let many = counts.into_iter().filter(|(_, count)| *count > most);
        let cut = self.0.keys().map(|parent| parent.action.as_str());
        let actions = many.map(|(action, _)| action).chain(cut);
        actions.map(str::to_owned).collect()
    }
}

/// Where the open-ended part of a resource starts.
pub(super) fn parent_start(access: &Access) -> Option<usize> {
    Catalog::bundled().open_start_of(&access.action, &access.resource)
}

/// What the first cut leaves of a name.
pub(super) fn stable_start_of(name: &str) -> String {
    cut_name(&escape_literal(name), 1).into_owned()
}

/// The parent of a resource with an open-ended part: its action, and what all the names follow.
fn parent_at(used: &Use, start: usize) -> Option<(&str, &str)> {
    let access = &used.access;
    Some((&access.action, access.resource.get(..start)?))
}

fn cut_all(family: Family, parent: &Parent, cut: usize) -> Family {
    let mut all = Family::default();
    for (mut used, evidence) in family {
        let start = parent.resource.len();
        if let Some(name) = used.access.resource.get(start..) {
            let name = cut_name(name, cut).into_owned();
            used.access.resource = format!("{}{name}", parent.resource).into();
        }
        all.update(used, |known| known.merge(evidence));
    }
    all
}

/// A name, cut: 1 leaves its stable start, more leave so many folders of that.
fn cut_name(name: &str, cut: usize) -> Cow<'_, str> {
    let stable = match cut.checked_sub(1) {
        None => return Cow::Borrowed(name),
        Some(_) => stable_start(name),
    };
    let Some(folders) = cut.checked_sub(2).and_then(|at| FOLDERS.get(at)) else {
        return stable;
    };
    let mut ends = stable.match_indices('/').map(|(at, _)| at + 1);
    let end = match folders.checked_sub(1) {
        None => Some(0),
        Some(last) => ends.nth(last),
    };
    match end.and_then(|end| stable.get(..end)) {
        Some(start) if start.len() < stable.len() => Cow::Owned(format!("{start}*")),
        _ => stable,
    }
}

/// A name up to what will be different next time.
fn stable_start(name: &str) -> Cow<'_, str> {
    let mut at = 0;
    for segment in name.split_inclusive('/') {
        let stable = stable_length(segment);
        if stable < segment.len() {
            let start = name.get(..at + stable).unwrap_or_default();
            return Cow::Owned(format!("{start}*"));
        }
        at += segment.len();
    }
    Cow::Borrowed(name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mapping::{AccessConditions, Reason, Scope};
    use crate::name::Name;
    use crate::usage::OperationName;

    #[test]
    fn each_cut_is_made_of_the_one_before() {
        let names = [
            "a/b/2026/x.csv",
            "a/b/c/d/e/f/g/h/i/j/k",
            "flat",
            "order-000123.json",
            "2026",
            "a/${*}b/c",
            "",
            "a//b/",
        ];
        for name in names {
            let mut before = name.to_owned();
            for cut in 0..=FOLDERS.len() + 1 {
                let at_once = cut_name(name, cut).into_owned();
                assert_eq!(cut_name(&before, cut), at_once, "{name} {cut}");
                before = at_once;
            }
            assert!(before.len() <= 1, "{name}: {before}");
        }
        assert_eq!(cut_name("a/b/2026/x.csv", 1), "a/b/*");
    }

    /// Uses of so many objects in one folder, one of another action and one in another bucket.
    fn uses(count: usize) -> SmallMap<Use, Evidence> {
        let one = |action: &str, resource: String| Use {
            access: Access {
                action: action.into(),
                resource: resource.into(),
                scope: Scope::Exact,
                reason: Reason::Operation,
                conditions: AccessConditions::default(),
                rule: Name::default(),
            },
            operation: Arc::new(OperationName {
                source: Name::default(),
                name: Name::default(),
            }),
        };
        let objects = (0..count).map(|at| format!("arn:aws:s3:::b/in/run-{at:06}"));
        let objects = objects.map(|resource| one("s3:GetObject", resource));
        let others = [
            one("s3:PutObject", "arn:aws:s3:::b/in/run-000000".to_owned()),
            one("s3:GetObject", "arn:aws:s3:::c/in/run-000000".to_owned()),
        ];
        let all = objects.chain(others);
        all.map(|used| (used, Evidence::default())).collect()
    }

    #[test]
    fn so_many_names_are_kept_below_one_parent_and_no_more() {
        let bounded = |count: usize| {
            let (mut uses, mut cuts) = (uses(count), Cuts::default());
            cuts.apply(&mut uses, Bounds::of(false));
            (uses.len(), cuts.parents().count())
        };
        assert_eq!(bounded(4_096), (4_098, 0));
        // One pattern is left, and the two that are no neighbours.
        assert_eq!(bounded(4_097), (3, 1));
    }
}
