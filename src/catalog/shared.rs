//! Needs beside an operation's own: those that many operations share, and those that no record shows.
//!
//! Tags given on creation need the service's tagging action: that is written once a service, with the operations and what of
//! the action's resources each is about. What a call may need without its record showing it is said, and never granted.

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

/// Actions that operations may need without their records showing whether they did.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct UnseenNeed {
    /// The operations.
    pub operations: Vec<String>,
    /// The full actions.
    pub actions: Vec<String>,
    /// When they are needed, in words: what the record does not show.
    pub when: String,
    /// Where the fact comes from.
    pub source: String,
}

impl Service {
    /// What an operation may need without its record showing it.
    pub fn unseen_needs_of(&self, operation: &str) -> impl Iterator<Item = &UnseenNeed> {
        let all = self.unseen_needs.iter();
        all.filter(move |it| it.operations.iter().any(|name| name == operation))
    }

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
