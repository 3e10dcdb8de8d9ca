//! The count of what is granted: every action on every resource of the finished policies, taken apart through the catalog, must be
//! explained.
//!
//! This is the promise *least*, checked on the program's own output. The check starts from the documents, not from the grants that
//! they were made of, so that a fault in grouping, covering, splitting or compressing shows.

use std::collections::{BTreeMap, BTreeSet};

use super::applicability::Applicability;
use super::{Conditions, Generalization, Grant, Purpose, SuggestedPolicy, Unsound, condition};
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::{ActionElement, Effect, ResourceElement, Statement};

/// How many pairs of an action and a resource the policies grant, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// Just as seen, or implied by what was seen.
    pub observed: usize,
    /// Patterns that stand for what was seen; each is listed with what else it admits.
    pub generalized: usize,
    /// Needed by the runtime.
    pub runtime: usize,
    /// Kept because their use cannot be seen.
    pub kept: usize,
    /// Kept because the user said so.
    pub pinned: usize,
    /// Pairs that grant nothing: the action cannot apply to the resource.
    pub void: usize,
}

/// Counts all that `policies` grant; a pair that nothing explains is a fault.
pub(super) fn count(
    policies: &[SuggestedPolicy],
    grants: &[Grant],
    observed: &[Grant],
    generalizations: &[Generalization],
    catalog: &Catalog,
) -> Result<Explained, Unsound> {
    let known = Known::new(grants, observed, generalizations);
    let mut applicability = Applicability::default();
    let mut explained = Explained::default();
    let statements = policies
        .iter()
        .flat_map(|policy| &policy.document.statements);
    for statement in statements {
        let resources = resources(statement);
        let conditions = condition::of_statement(&statement.conditions);
        for action in actions(statement, catalog) {
            for resource in &resources {
                match known.why(&action, resource, &conditions) {
                    Some(Why::Observed) => explained.observed += 1,
                    Some(Why::Generalized) => explained.generalized += 1,
                    Some(Why::Runtime) => explained.runtime += 1,
                    Some(Why::Kept) => explained.kept += 1,
                    Some(Why::Pinned) => explained.pinned += 1,
                    None => {
                        let pattern = Pattern::parse(resource);
                        let is_void = statement.effect == Effect::Allow
                            && !applicability.can_apply(&action, (resource, &pattern), catalog);
                        if !is_void {
                            return Err(Unsound::Unexplained {
                                action,
                                resource: resource.clone(),
                            });
                        }
                        explained.void += 1;
                    }
                }
            }
        }
    }
    Ok(explained)
}

/// The actions of a statement, wildcards expanded; one that the catalog does not know stands for itself. One that names what it does not
/// match may match any.
fn actions(statement: &Statement, catalog: &Catalog) -> BTreeSet<String> {
    let expand = |pattern: &String| {
        let found = catalog.expand(pattern);
        if found.is_empty() {
            vec![pattern.clone()]
        } else {
            found
        }
    };
    let all = ["*".to_owned()];
    let patterns = match &statement.action {
        ActionElement::Action(patterns) => patterns.as_slice(),
        ActionElement::NotAction(_) => &all,
    };
    patterns.iter().flat_map(expand).collect()
}

/// The resources of a statement; one that names none, or those that it does not reach, may reach any.
fn resources(statement: &Statement) -> Vec<String> {
    match &statement.resource {
        Some(ResourceElement::Resource(patterns)) => patterns.clone(),
        Some(ResourceElement::NotResource(_)) | None => vec!["*".to_owned()],
    }
}

#[derive(Clone, Copy)]
enum Why {
    Observed,
    Generalized,
    Runtime,
    Kept,
    Pinned,
}

/// Grants with why they are made, by their resource.
type ByResource<'a> = BTreeMap<&'a str, Vec<(&'a Grant, Why)>>;

/// What is explained.
struct Known<'a> {
    by_action: BTreeMap<&'a str, ByResource<'a>>,
}

impl<'a> Known<'a> {
    fn new(grants: &'a [Grant], observed: &[Grant], generalizations: &[Generalization]) -> Self {
        let seen: BTreeSet<(&str, &str)> = observed
            .iter()
            .map(|access| (access.action.as_str(), access.resource.as_str()))
            .collect();
        let patterns: BTreeSet<&str> = generalizations
            .iter()
            .filter(|general| general.seen > 0)
            .map(|general| general.pattern.as_str())
            .collect();
        let mut known = Self {
            by_action: BTreeMap::new(),
        };
        for grant in grants {
            let pair = (grant.action.as_str(), grant.resource.as_str());
            let why = match &grant.purpose {
                Purpose::Observed if seen.contains(&pair) => Why::Observed,
                Purpose::Observed if patterns.contains(pair.1) => Why::Generalized,
                // Observed neither so nor as part of a listed pattern: it explains nothing.
                Purpose::Observed => continue,
                Purpose::Runtime(_) => Why::Runtime,
                Purpose::Kept(_) => Why::Kept,
                Purpose::Pinned(_) => Why::Pinned,
            };
            let of_action = known.by_action.entry(pair.0).or_default();
            of_action.entry(pair.1).or_default().push((grant, why));
        }
        known
    }

    fn why(&self, action: &str, resource: &str, conditions: &Conditions) -> Option<Why> {
        let of_action = self.by_action.get(action)?;
        let is_within =
            |(grant, _): &&(&Grant, Why)| condition::is_wider(&grant.conditions, conditions);
        let alike = of_action
            .get(resource)
            .into_iter()
            .flatten()
            .find(is_within);
        let found = alike.or_else(|| {
            let narrow = Pattern::parse(resource);
            let wider = of_action
                .iter()
                .filter(|(text, _)| Pattern::parse(text).covers(&narrow));
            wider.flat_map(|(_, grants)| grants).find(is_within)
        });
        found.map(|(_, why)| *why)
    }
}

#[cfg(test)]
mod tests;
