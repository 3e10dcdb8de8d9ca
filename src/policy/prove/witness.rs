//! Witnesses as people know requests: an action that exists, a resource that looks like one.
//!
//! The shortest text that shows a difference may be a bare `x`. A likelier one is taken instead if it shows the difference, too.

use super::Options;
use super::case::Case;
use crate::policy::evaluate::Request;

/// Puts a likelier action and resource into a witness, as far as the evaluator confirms them.
pub(super) fn polish(case: &Case<'_>, options: &Options<'_>, request: Request) -> Request {
    let mut best = request;
    let known = options
        .known_actions
        .iter()
        .find(|action| case.has_action(&action.to_ascii_lowercase()));
    if let Some(action) = known {
        let resource = best.resource().to_owned();
        best = better(case, best, action, &resource);
    }
    let action = best.action().to_owned();
    let service = action
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let resource = best.resource().to_owned();
    let likely = if resource.starts_with("arn:") {
        format!("{resource}example")
    } else {
        format!("arn:aws:{service}:us-east-1:111122223333:example")
    };
    better(case, best, &action, &likely)
}

/// Takes the other action and resource if they show the difference.
fn better(case: &Case<'_>, request: Request, action: &str, resource: &str) -> Request {
    let other = Request::new(action, resource, request.context().clone());
    if case.differs(&other) { other } else { request }
}
