//! What the role may do today, taken apart: every wildcard expanded through the catalog, action by action, with what the
//! trail can show of each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conditions, CurrentPolicy, condition};
use crate::catalog::{Catalog, Visibility};
use crate::pattern::Pattern;
use crate::policy::{ActionElement, Effect, ResourceElement, Statement, Version};
use crate::usage::Coverage;

/// One action as the current policies grant it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentGrant {
    /// Names of the policies that grant it.
    pub policies: BTreeSet<String>,
    /// The resources it is granted on, as written; `NotResource` stands as `not …`.
    pub resources: BTreeSet<String>,
    /// Says whether a policy names it without a wildcard: it was meant.
    pub is_named: bool,
    /// Says whether every pattern that grants it spans all services.
    pub is_from_everything: bool,
    /// Each resource pattern that it is granted on, with how and under which conditions.
    pub places: BTreeSet<Place>,
    /// Says whether a statement grants it on all but some resources.
    pub is_negated: bool,
}

/// A resource pattern on which a statement grants an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The pattern, in the language's current version.
    pub resource: String,
    /// Under which conditions.
    pub conditions: Conditions,
    /// Says whether the statement names the action without a wildcard.
    pub is_named: bool,
}

/// What can be said of an action whose use was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observability {
    /// A use would have shown.
    Shown,
    /// A use could not have shown: the reason.
    Hidden(String),
}

/// All that the current policies grant, by action; and what they name that the catalog does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentGrants {
    /// By full action, in the catalog's spelling.
    pub actions: BTreeMap<String, CurrentGrant>,
    /// Patterns that match no known action.
    pub unknown: BTreeSet<String>,
    /// Statements that deny; they are no grants, and are not part of a suggestion.
    pub denials: usize,
}

impl CurrentGrants {
    /// Expands the policies.
    pub fn expand(policies: &[CurrentPolicy], catalog: &Catalog) -> Self {
        let mut grants = Self::default();
        for policy in policies {
            for statement in &policy.document.statements {
                match statement.effect {
                    Effect::Deny => grants.denials += 1,
                    Effect::Allow => grants.note(policy, statement, catalog),
                }
            }
        }
        grants
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
                    resource: source.resource(resource),
                    conditions: conditions.clone(),
                    is_named: source.is_named,
                }));
            }
            Some(ResourceElement::NotResource(resources)) => {
                grant
                    .resources
                    .insert(format!("not {}", resources.join(", ")));
                grant.is_negated = true;
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

/// Says whether a use of `action` would have shown in an input with this coverage.
pub fn observability(
    action: &str,
    account: &str,
    coverage: &Coverage,
    catalog: &Catalog,
) -> Observability {
    let Some((service, _, _)) = catalog.action(action) else {
        return Observability::Hidden("it is not in the catalog".to_owned());
    };
    let visibility = catalog.visibility_of_action(action);
    if coverage.shows(&visibility, &service.event_sources, account) {
        return Observability::Shown;
    }
    Observability::Hidden(match visibility {
        Visibility::NeverLogged => "it is never recorded by CloudTrail".to_owned(),
        Visibility::Data(kind) => {
            format!("it is a data event, and this trail records none of {kind}")
        }
        Visibility::Excludable => {
            format!(
                "it is an event that trails may exclude, and this one holds none from {}",
                service.event_sources.join(", ")
            )
        }
        Visibility::Unknown => "it is not known to be recorded by CloudTrail".to_owned(),
        Visibility::Management => "it would be recorded, but the input holds no event".to_owned(),
    })
}
