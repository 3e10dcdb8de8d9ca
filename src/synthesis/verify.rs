//! The replay: every distinct access seen is put to the evaluator over the finished policies.
//!
//! This is the promise *sound*, checked on the program's own output. One access that is not allowed, and there is no policy.

use super::{Grant, SuggestedPolicy};
use crate::pattern::Pattern;
use crate::policy::evaluate::allows_pattern;
use crate::policy::{CompiledPolicy, Context};

/// What the replay showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Distinct accesses replayed; all are allowed.
    pub accesses: usize,
}

/// An access that was seen and that the policies would not allow: a fault of polgen's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the suggested policy would deny `{action}` on `{resource}`, which was seen in use")]
pub struct Unsound {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// Replays `observed` over `policies`.
pub(super) fn replay(
    observed: &[Grant],
    policies: &[SuggestedPolicy],
) -> Result<Verification, Unsound> {
    let compiled: Vec<CompiledPolicy> = policies
        .iter()
        .map(|policy| CompiledPolicy::new(&policy.document))
        .collect();
    for access in observed {
        if !is_allowed(&compiled, access) {
            return Err(Unsound {
                action: access.action.clone(),
                resource: access.resource.clone(),
            });
        }
    }
    Ok(Verification {
        accesses: observed.len(),
    })
}

/// Says whether the policies allow an access, with each value of its conditions in turn.
pub(super) fn is_allowed(policies: &[CompiledPolicy], access: &Grant) -> bool {
    let resource = Pattern::parse(&access.resource);
    let contexts = contexts(access);
    contexts
        .iter()
        .all(|context| allows_pattern(policies, &access.action, &resource, context))
}

/// The contexts in which the access was seen: one for each value of each key that its grant depends on.
fn contexts(access: &Grant) -> Vec<Context> {
    let keys = || access.conditions.values().flatten();
    let most = keys()
        .map(|(_, values)| values.len())
        .max()
        .unwrap_or(1)
        .max(1);
    let context = |turn| {
        let value = |values: &Vec<String>| {
            values
                .get(turn)
                .or(values.last())
                .cloned()
                .into_iter()
                .collect()
        };
        keys().map(|(key, values)| (key, value(values))).collect()
    };
    (0..most).map(context).collect()
}
