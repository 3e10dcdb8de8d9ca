//! Calls that a platform makes or forwards under a role: kept, or needing no permission, by rule.
//!
//! `invokedBy` alone says nothing about whose permission a call needs, so the rules are data with their sources
//! (`action-catalog/platform.json`); a call that no rule names needs its permission like any other.

use crate::catalog::{Catalog, PlatformRule};
use crate::mapping::{self, Matters};
use crate::trail::Event;

/// Adds what the rules look at.
pub(super) fn add_matters(catalog: &Catalog, matters: &mut Matters) {
    for rule in catalog.platform_rules() {
        matters.add_condition(&rule.when);
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
