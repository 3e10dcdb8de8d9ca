//! Calls that a platform makes or forwards under a role: kept, or needing no permission, by rule.
//!
//! `invokedBy` alone says nothing about whose permission a call needs, so the rules are data with their sources
//! (`action-catalog/platform.json`); a call that no rule names needs its permission like any other.

use crate::catalog::{Catalog, PlatformRule, When};
use crate::mapping::{self, Matters};
use crate::trail::Event;

/// Adds what the rules look at.
pub(super) fn add_matters(catalog: &Catalog, matters: &mut Matters) {
    for rule in catalog.platform_rules() {
        matters.add_condition(&rule.when);
    }
}

/// The services that rules look for where the caller's address stands, as JSON; `None` if they look for more than these.
#[derive(Debug)]
pub(super) struct Senders(Option<Vec<Vec<u8>>>);

impl Senders {
    pub(super) fn of(catalog: &Catalog) -> Self {
        const SENDER: &str = "@event.sourceAddress";
        let mut names = Vec::new();
        let mut waiting: Vec<&When> = catalog.platform_rules().iter().map(|it| &it.when).collect();
        while let Some(when) = waiting.pop() {
            match when {
                When::Equals(place, name) if place == SENDER => {
                    names.push(format!("\"{name}\"").into_bytes());
                }
                When::Present(place)
                | When::Absent(place)
                | When::Equals(place, _)
                | When::StartsWith(place, _)
                    if place.starts_with(SENDER) =>
                {
                    return Self(None);
                }
                When::Present(_) | When::Absent(_) | When::Equals(..) | When::StartsWith(..) => {}
                When::All(all) | When::Any(all) => waiting.extend(all),
                When::Not(inner) => waiting.push(inner),
            }
        }
        Self(Some(names))
    }

    /// Says whether a rule may look for it.
    pub(super) fn holds(&self, address: &[u8]) -> bool {
        let Some(names) = &self.0 else {
            return true;
        };
        names.iter().any(|name| name == address)
    }
}

/// Finds the first rule that holds of an event.
pub(super) fn rule(event: &Event, catalog: &Catalog) -> Option<&'static PlatformRule> {
    let agent = event.user_agent.as_deref().unwrap_or_default();
    catalog.platform_rules().iter().find(|rule| {
        let is_agent = rule
            .user_agent_contains
            .as_deref()
            .is_none_or(|part| agent.contains(part));
        is_agent && mapping::holds(event, &rule.when)
    })
}
