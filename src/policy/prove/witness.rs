//! Witnesses as people know requests: an action that exists, a resource that looks like one.
//!
//! The shortest text that shows a difference may be a bare `x`. A likelier one is taken instead if it shows the difference, too.

use super::Options;
use super::case::Case;
use crate::catalog::ResourceType;
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
    for resource in likely_resources(&action, best.resource(), options) {
        let other = better(case, best.clone(), &action, &resource);
        if other != best {
            return other;
        }
    }
    best
}

/// Names resources that the action is likely asked for: those of its types, then any of its service.
fn likely_resources(action: &str, found: &str, options: &Options<'_>) -> Vec<String> {
    let mut likely = Vec::new();
    if let Some((service, _, known)) = options.catalog.and_then(|catalog| catalog.action(action)) {
        let kinds = known.resource_types.iter();
        let kinds = kinds.filter_map(|kind| service.resource_types.get(kind));
        likely.extend(kinds.flat_map(ResourceType::examples));
        // The plainest name first.
        likely.sort_by_key(String::len);
    }
    if found.starts_with("arn:") {
        likely.push(format!("{found}example"));
    } else {
        let service = action.split(':').next().unwrap_or_default();
        let service = service.to_ascii_lowercase();
        likely.push(format!("arn:aws:{service}:us-east-1:111122223333:example"));
    }
    likely
}

/// Takes the other action and resource if they show the difference.
fn better(case: &Case<'_>, request: Request, action: &str, resource: &str) -> Request {
    let other = Request::new(action, resource, request.context().clone());
    if case.differs(&other) { other } else { request }
}
