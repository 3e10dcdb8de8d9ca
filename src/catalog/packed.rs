//! A service as the build script packs it: what its actions share stands there once, so that the largest service is read in
//! well under a millisecond.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Action, Service};

/// What `build/compact.rs` writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Packed {
    words: Vec<Arc<str>>,
    profiles: Vec<Profile>,
    /// The names of the actions, sorted.
    actions: Vec<String>,
    /// For each action, the place of its profile.
    profile_of: Vec<usize>,
    /// The places of the actions that operations are named after.
    own_operations: Vec<usize>,
    /// The names of the other operations.
    other_operations: Vec<String>,
    /// All the rest.
    service: Service,
}

/// Level, resource types, condition keys: the places of words; and the source.
#[derive(Deserialize)]
struct Profile(usize, Vec<usize>, Vec<usize>, Option<String>);

impl Packed {
    /// The service in full; `None` if a place is out of bounds.
    pub(super) fn unpack(self) -> Option<Service> {
        let Self { words, actions, .. } = self;
        let profiles: Option<Vec<Arc<Action>>> = self
            .profiles
            .into_iter()
            .map(|profile| profile.unpack(&words).map(Arc::new))
            .collect();
        let profiles = profiles?;
        let own = self
            .own_operations
            .iter()
            .map(|at| actions.get(*at).cloned());
        let own: Option<Vec<String>> = own.collect();
        let mut operations = own?;
        operations.extend(self.other_operations);
        operations.sort_unstable();
        let mut service = self.service;
        service.operations = operations;
        let facts = self.profile_of.iter().map(|at| profiles.get(*at).cloned());
        let facts: Option<Vec<Arc<Action>>> = facts.collect();
        service.actions = actions.into_iter().zip(facts?).collect::<IndexMap<_, _>>();
        Some(service)
    }
}

impl Profile {
    fn unpack(self, words: &[Arc<str>]) -> Option<Action> {
        let Self(level, types, keys, source) = self;
        let word = |at: &usize| words.get(*at).cloned();
        let types: Option<Vec<String>> = types
            .iter()
            .map(|at| Some(word(at)?.as_ref().to_owned()))
            .collect();
        let keys: Option<Vec<Arc<str>>> = keys.iter().map(word).collect();
        Some(Action::new(
            word(&level)?.as_ref().to_owned(),
            types?,
            keys?,
            source,
        ))
    }
}
