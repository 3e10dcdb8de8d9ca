//! The decision on a whole pattern of resources at once: are all the requests that it stands for allowed?
//!
//! An observed access names its resource as a pattern: usually a literal, sometimes wider, `*` where IAM takes nothing else.
//! The answer errs on the side of "no": one statement must cover the whole pattern, and no Deny may touch it. The other question, whether
//! any of these requests may be allowed, errs on the side of "yes".

use super::{CompiledPolicy, CompiledStatement, Context};
use crate::pattern::Pattern;
use crate::policy::Effect;
use std::borrow::Cow;

/// Says whether `policies` allow `action` on every resource that `resource` matches, in a request with this context.
pub fn allows_pattern(
    policies: &[CompiledPolicy],
    action: &str,
    resource: &Pattern,
    context: &Context,
) -> bool {
    let mut is_allowed = false;
    for statement in bearing(policies, action, context) {
        match statement.effect {
            Effect::Deny if may_touch(statement, resource, context) => return false,
            Effect::Deny => {}
            Effect::Allow => is_allowed |= holds_all(statement, resource, context),
        }
    }
    is_allowed
}

/// Says whether `policies` may allow `action` on some resource that `resource` matches, in a request with this context.
pub fn may_allow_some(
    policies: &[CompiledPolicy],
    action: &str,
    resource: &Pattern,
    context: &Context,
) -> bool {
    let mut is_allowed = false;
    for statement in bearing(policies, action, context) {
        match statement.effect {
            Effect::Deny if holds_all(statement, resource, context) => return false,
            Effect::Deny => {}
            Effect::Allow => is_allowed |= may_touch(statement, resource, context),
        }
    }
    is_allowed
}

/// Lists the statements that bear on an action in a request with this context.
fn bearing<'p>(
    policies: &'p [CompiledPolicy],
    action: &str,
    context: &'p Context,
) -> impl Iterator<Item = &'p CompiledStatement> {
    let action = action.to_ascii_lowercase();
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    statements.filter(move |statement| {
        statement.matches_action(&action)
            && statement
                .conditions
                .iter()
                .all(|condition| condition.holds(context))
    })
}

/// Says whether the statement matches every resource of the pattern.
fn holds_all(statement: &CompiledStatement, resource: &Pattern, context: &Context) -> bool {
    let mut patterns = resolved(statement, context);
    if statement.is_not_resource {
        patterns.all(|pattern| pattern.is_some_and(|pattern| !pattern.intersects(resource)))
    } else {
        patterns.flatten().any(|pattern| pattern.covers(resource))
    }
}

/// Says whether the statement could match some resource of the pattern.
fn may_touch(statement: &CompiledStatement, resource: &Pattern, context: &Context) -> bool {
    let mut patterns = resolved(statement, context);
    if statement.is_not_resource {
        patterns.all(|pattern| pattern.is_some_and(|pattern| !pattern.covers(resource)))
    } else {
        patterns
            .flatten()
            .any(|pattern| pattern.intersects(resource))
    }
}

/// Lists the statement's patterns with the request's values; nothing in place of one that lacks a value.
fn resolved<'a>(
    statement: &'a CompiledStatement,
    context: &'a Context,
) -> impl Iterator<Item = Option<Cow<'a, Pattern>>> {
    let patterns = statement.resources.iter();
    patterns.map(|pattern| pattern.resolve(|key| context.single(key)))
}
