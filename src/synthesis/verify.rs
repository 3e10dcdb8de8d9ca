//! The replay: every distinct access seen is put to the evaluator over the finished policies.
//!
//! This is the promise *sound*, checked on the program's own output, under every combination of condition values that the calls had.
//! One access that is not allowed, and there is no policy.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::excess::Explained;
use super::{Conditions, Grant, Options, condition, restrict};
use crate::pattern::Pattern;
use crate::policy::evaluate::allows_pattern;
use crate::policy::{CompiledPolicy, Context};
use crate::usage::{RoleUsage, stem};

/// What the checks showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Distinct accesses replayed; all are allowed.
    pub accesses: usize,
    /// What the policies grant, counted by why; nothing is left over.
    pub explained: Explained,
}

/// What polgen would not put its name to: a fault of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// An access that was seen and that the policies would not allow.
    #[error("the suggested policy would deny `{action}` on `{resource}`, which was seen in use")]
    Denied {
        /// The action.
        action: String,
        /// The resource.
        resource: String,
    },
    /// A grant that nothing explains.
    #[error("the suggested policy grants `{action}` on `{resource}`, and nothing explains that")]
    Unexplained {
        /// The action.
        action: String,
        /// The resource.
        resource: String,
    },
}

/// Replays `observed` over `policies`; returns how many accesses that were.
pub(super) fn replay(
    observed: &[Grant],
    policies: &[CompiledPolicy],
    usage: &RoleUsage,
    options: &Options,
) -> Result<usize, Unsound> {
    let contexts = Contexts::new(policies, usage, options);
    for access in observed {
        let resource = Pattern::parse(&access.resource);
        let is_allowed = |context| allows_pattern(policies, &access.action, &resource, context);
        if !contexts.of(access).iter().all(is_allowed) {
            return Err(Unsound::Denied {
                action: access.action.clone(),
                resource: access.resource.clone(),
            });
        }
    }
    Ok(observed.len())
}

/// Says whether the policies allow an access, with each combination of the values of its own conditions.
pub(super) fn is_allowed(policies: &[CompiledPolicy], access: &Grant) -> bool {
    let resource = Pattern::parse(&access.resource);
    combinations(own_choices(&access.conditions))
        .iter()
        .all(|context| allows_pattern(policies, &access.action, &resource, context))
}

/// A key, and the values that it may have had; nothing stands for a request without the key.
type Choices<'a> = Vec<(&'a str, Vec<Option<String>>)>;

/// Contexts, by the conditions that a grant carries anyway.
type ByConditions = Vec<(Conditions, Vec<Context>)>;

/// The contexts in which accesses were seen, as far as the policies ask.
struct Contexts<'a> {
    by_circle: BTreeMap<(&'a str, &'a str), ByConditions>,
}

impl<'a> Contexts<'a> {
    fn new(policies: &[CompiledPolicy], usage: &'a RoleUsage, options: &'a Options) -> Self {
        let statements = policies.iter().flat_map(|policy| &policy.statements);
        let asked: BTreeSet<&str> = statements
            .flat_map(|statement| &statement.conditions)
            .map(|condition| condition.key.as_str())
            .collect();
        let mut by_circle: BTreeMap<_, ByConditions> = BTreeMap::new();
        for (circle, circumstances) in &usage.circles {
            let conditions = condition::equals(&circle.conditions);
            let mut choices = own_choices(&conditions);
            let found = restrict::choices(circumstances);
            choices.extend(
                found
                    .into_iter()
                    .filter(|(key, _)| asked.contains(key.to_ascii_lowercase().as_str())),
            );
            if let Some((key, id)) = restrict::organization(&options.conditions) {
                choices.push((key, vec![Some(id.to_owned())]));
            }
            let contexts = combinations(choices);
            let place = (circle.action.as_str(), circle.stem.as_str());
            by_circle
                .entry(place)
                .or_default()
                .push((conditions, contexts));
        }
        Self { by_circle }
    }

    fn of<'b>(&'b self, access: &'b Grant) -> Cow<'b, [Context]> {
        let place = (access.action.as_str(), stem(&access.resource));
        let circles = self.by_circle.get(&place);
        let mut like = circles.into_iter().flatten();
        match like.find(|(conditions, _)| *conditions == access.conditions) {
            Some((_, contexts)) => Cow::Borrowed(contexts),
            None => Cow::Owned(combinations(own_choices(&access.conditions))),
        }
    }
}

/// The values of the conditions that a grant of an access carries anyway.
fn own_choices(conditions: &Conditions) -> Choices<'_> {
    let keys = conditions.values().flatten();
    keys.map(|(key, values)| (key.as_str(), values.iter().cloned().map(Some).collect()))
        .collect()
}

/// All contexts that can be made of one choice for each key.
///
/// Few keys have more than one value, and those have a few at most.
fn combinations(choices: Choices<'_>) -> Vec<Context> {
    let mut contexts = vec![Context::default()];
    for (key, values) in choices {
        let with = |context: &Context, value: &Option<String>| {
            let mut context = context.clone();
            context.insert(key, value.iter().cloned().collect());
            context
        };
        contexts = contexts
            .iter()
            .flat_map(|context| values.iter().map(move |value| with(context, value)))
            .collect();
    }
    contexts
}

#[cfg(test)]
mod tests;
