//! Needs that many operations have in the same words: tags given on creation need the service's tagging action.
//!
//! Written once a service, with the operations and what of the action's resources each is about.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Need, Service};

/// One need that several operations have beside their own.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SharedNeed {
    /// The operations, each with the resource types of the action that it is about; none listed means the need's own.
    pub operations: IndexMap<String, Vec<String>>,
    /// The need.
    pub need: Need,
    /// Where the fact comes from.
    pub source: String,
    /// Says whether it was seen on a real record.
    #[serde(default)]
    pub is_verified: bool,
}

impl Service {
    /// The needs that an operation shares with others, in the order of the files.
    pub fn shared_needs_of(&self, operation: &str) -> impl Iterator<Item = Need> {
        self.shared_needs.iter().filter_map(move |shared| {
            let kinds = shared.operations.get(operation)?;
            let mut need = shared.need.clone();
            if !kinds.is_empty() {
                need.resource_types.clone_from(kinds);
            }
            Some(need)
        })
    }
}
