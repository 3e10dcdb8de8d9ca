//! The trust policy and the permissions boundary of a role of a plan.

use super::references::targets;
use super::tree::{Plan, Resource, Seen, State};
use super::{Found, missing, policy, put_on};
use crate::template::document::json_document;
use crate::template::node::Value;
use crate::template::{Guard, Guards, TemplateError};

/// Reads both.
pub(super) fn read(plan: &Plan<'_>, resource: &Resource<'_>) -> Result<Guards, TemplateError> {
    Ok(Guards {
        trust: trust(resource)?,
        boundary: boundary(plan, resource)?,
    })
}

fn trust(resource: &Resource<'_>) -> Result<Option<Guard>, TemplateError> {
    let seen = resource.seen().key("assume_role_policy");
    let of = format!("the trust policy of `{}`", resource.address);
    match seen.state() {
        State::Absent => Ok(None),
        State::Known(node) => {
            let Value::Text(text) = &node.value else {
                return Ok(Some(Guard::trust(node)));
            };
            let Ok(mut parsed) = json_document(node, text) else {
                return Ok(Some(Guard::trust(node)));
            };
            put_on(&mut parsed, &node.place);
            Ok(Some(Guard::trust(&parsed)))
        }
        unknown => Ok(Some(not_known(seen, &of, unknown))),
    }
}

fn boundary(plan: &Plan<'_>, resource: &Resource<'_>) -> Result<Option<Guard>, TemplateError> {
    let key = "permissions_boundary";
    let seen = resource.seen().key(key);
    let of = format!("the permissions boundary of `{}`", resource.address);
    let own = match seen.state() {
        State::Absent => return Ok(None),
        State::Known(node) => {
            // A boundary that is not set is the empty text.
            if node.as_str() == Some("") {
                return Ok(None);
            }
            let own = node.as_str().and_then(|arn| plan.policies.get(arn));
            let Some(own) = own else {
                return Ok(Some(Guard::named(node)));
            };
            own
        }
        State::Later => {
            let only = targets(plan, resource, key, "aws_iam_policy").only();
            let Some(own) = only.and_then(|at| plan.resources.get(at)) else {
                return Ok(Some(not_known(seen, &of, State::Later)));
            };
            own
        }
        unknown @ State::Hidden => return Ok(Some(not_known(seen, &of, unknown))),
    };
    let mut found = Found::default();
    policy(own, &mut found)?;
    let guard = Guard::of_policy(seen.node(), found.policies, found.unresolved);
    Ok(Some(guard))
}

fn not_known(seen: Seen<'_>, of: &str, state: State<'_>) -> Guard {
    let mut found = Found::default();
    missing(seen, of, state, &mut found);
    Guard::of_policy(seen.node(), Vec::new(), found.unresolved)
}
