//! What the role may do today, taken apart: every wildcard expanded through the catalog, action by action.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conditions, CurrentPolicy, condition};
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::evaluate::allows_pattern;
use crate::policy::{
    ActionElement, CompiledPolicy, Context, Document, Effect, ResourceElement, Statement, Version,
};

/// One action as the current policies grant it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentGrant {
    /// Names of the policies that grant it.
    pub policies: BTreeSet<String>,
    /// The resources it is granted on, as written, for people; `NotResource` stands as `not …`.
    pub resources: BTreeSet<String>,
    /// Says whether a policy names it without a wildcard: it was meant.
    pub is_named: bool,
    /// Says whether every pattern that grants it spans all services.
    pub is_from_everything: bool,
    /// Where it is granted, with how and under which conditions.
    pub places: BTreeSet<Place>,
}

/// Where a statement grants an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which resources.
    pub reach: Reach,
    /// Under which conditions.
    pub conditions: Conditions,
    /// Says whether the statement names the action without a wildcard.
    pub is_named: bool,
}

/// Which resources a statement is about, in the language's current version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Those of one pattern.
    Pattern(String),
    /// All but those of these patterns.
    AllBut(Vec<String>),
}

impl Reach {
    /// The pattern; none if it is all but some.
    pub fn pattern(&self) -> Option<&str> {
        match self {
            Self::Pattern(pattern) => Some(pattern),
            Self::AllBut(_) => None,
        }
    }

    /// Says whether it surely holds all that `pattern` matches.
    pub fn covers(&self, pattern: &Pattern) -> bool {
        match self {
            Self::Pattern(own) => Pattern::parse(own).covers(pattern),
            Self::AllBut(excluded) => excluded.iter().all(|one| {
                let one = Pattern::parse(one);
                !one.has_variable() && !one.intersects(pattern)
            }),
        }
    }
}

/// All that the current policies grant, by action; and what they name that the catalog does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurrentGrants {
    /// By full action, in the catalog's spelling.
    pub actions: BTreeMap<String, CurrentGrant>,
    /// Patterns that match no known action.
    pub unknown: BTreeSet<String>,
    /// Statements that deny; they are no grants, and are not part of a suggestion.
    pub denials: usize,
    /// The policies, ready to decide.
    pub(super) compiled: Vec<CompiledPolicy>,
    /// The statements that deny, with the version of their policy.
    pub(super) denying: Vec<Document>,
}

impl CurrentGrants {
    /// Expands the policies.
    pub fn expand(policies: &[CurrentPolicy], catalog: &Catalog) -> Self {
        let mut grants = Self::default();
        for policy in policies {
            grants.compiled.push(CompiledPolicy::new(&policy.document));
            for statement in &policy.document.statements {
                match statement.effect {
                    Effect::Deny => {
                        grants.denials += 1;
                        grants.denying.push(Document {
                            version: policy.document.version,
                            id: None,
                            statements: vec![statement.clone()],
                        });
                    }
                    Effect::Allow => grants.note(policy, statement, catalog),
                }
            }
        }
        grants
    }

    /// Says whether the policies surely allow an action on all that a resource pattern matches.
    pub fn allows(&self, action: &str, resource: &str, conditions: &Conditions) -> bool {
        let keys = conditions.values().flatten();
        let context: Context = keys
            .map(|(key, values)| (key, values.first().cloned().into_iter().collect()))
            .collect();
        allows_pattern(&self.compiled, action, &Pattern::parse(resource), &context)
    }

    fn note(&mut self, policy: &CurrentPolicy, statement: &Statement, catalog: &Catalog) {
        match &statement.action {
            ActionElement::Action(patterns) => {
                for pattern in patterns {
                    let actions = catalog.expand(pattern);
                    if actions.is_empty() {
                        self.unknown.insert(pattern.clone());
                    }
                    let is_named = !pattern.contains(['*', '?']);
                    let is_everything = pattern
                        .split(':')
                        .next()
                        .is_some_and(|service| service.contains('*'));
                    for action in actions {
                        self.add(
                            action,
                            statement,
                            Source {
                                policy,
                                is_named,
                                is_everything,
                            },
                        );
                    }
                }
            }
            ActionElement::NotAction(patterns) => {
                let excluded: BTreeSet<String> = patterns
                    .iter()
                    .flat_map(|pattern| catalog.expand(pattern))
                    .collect();
                for action in catalog.all_actions() {
                    if !excluded.contains(&action) {
                        self.add(
                            action,
                            statement,
                            Source {
                                policy,
                                is_named: false,
                                is_everything: true,
                            },
                        );
                    }
                }
            }
        }
    }

    fn add(&mut self, action: String, statement: &Statement, source: Source<'_>) {
        let is_new = !self.actions.contains_key(&action);
        let grant = self.actions.entry(action).or_default();
        if !grant.policies.contains(&source.policy.name) {
            grant.policies.insert(source.policy.name.clone());
        }
        match &statement.resource {
            Some(ResourceElement::Resource(resources)) => {
                let conditions = condition::of_statement(&statement.conditions);
                grant.resources.extend(resources.iter().cloned());
                grant.places.extend(resources.iter().map(|resource| Place {
                    reach: Reach::Pattern(source.resource(resource)),
                    conditions: conditions.clone(),
                    is_named: source.is_named,
                }));
            }
            Some(ResourceElement::NotResource(resources)) => {
                grant
                    .resources
                    .insert(format!("not {}", resources.join(", ")));
                let excluded = resources.iter().map(|one| source.resource(one));
                grant.places.insert(Place {
                    reach: Reach::AllBut(excluded.collect()),
                    conditions: condition::of_statement(&statement.conditions),
                    is_named: source.is_named,
                });
            }
            None => {}
        }
        grant.is_named |= source.is_named;
        grant.is_from_everything = source.is_everything && (is_new || grant.is_from_everything);
    }
}

/// Which policy grants an action, and how it says so.
#[derive(Clone, Copy)]
struct Source<'a> {
    policy: &'a CurrentPolicy,
    is_named: bool,
    is_everything: bool,
}

impl Source<'_> {
    /// Writes a resource in the language's current version; in the old one `${…}` was literal text.
    fn resource(&self, text: &str) -> String {
        match self.policy.document.effective_version() {
            Version::V2012 => text.to_owned(),
            Version::V2008 => Pattern::parse_2008(text).to_string(),
        }
    }
}
