//! Statements narrowed to whom and what a person names.

use super::Open;
use crate::harden::proof::public;
use crate::policy::{ActionElement, Document, Effect, PrincipalElement, Principals, Statement};
use crate::posture::ResourcePolicy;
use indexmap::IndexMap;

/// Names a principal in the statements by which anyone is let in.
pub(super) fn principals(whole: &mut Document, policy: &ResourcePolicy) {
    let (found, _) = public(policy);
    for (index, _) in found {
        if let Some(statement) = whole.statements.get_mut(index) {
            statement.principal = Some(PrincipalElement::Principal(the("AWS", Open::Principal)));
        }
    }
}

/// The principal that is to be named.
pub(super) fn the(kind: &str, open: Open) -> Principals {
    Principals::Named(IndexMap::from([(kind.to_owned(), vec![open.stand_in()])]))
}

/// Names the action where every one is allowed.
pub(super) fn actions(whole: &mut Document) {
    for statement in &mut whole.statements {
        if statement.effect == Effect::Allow && is_wide(&statement.action) {
            named(statement);
        }
    }
}

fn is_wide(action: &ActionElement) -> bool {
    match action {
        ActionElement::NotAction(_) => true,
        ActionElement::Action(actions) => actions.iter().any(is_whole),
    }
}

fn is_whole(action: &String) -> bool {
    action == "*" || action.eq_ignore_ascii_case("s3:*")
}

/// What else the statement names stays.
fn named(statement: &mut Statement) {
    let mut actions = match &statement.action {
        ActionElement::NotAction(_) => Vec::new(),
        ActionElement::Action(actions) => actions.clone(),
    };
    actions.retain(|action| !is_whole(action));
    actions.push(Open::Action.stand_in());
    statement.action = ActionElement::Action(actions);
}
