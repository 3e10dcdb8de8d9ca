//! From the text of an `AccessDenied` error to the smallest statement that would allow the call.
//!
//! The statement names the action and the resource of the text, as literals: whoever wrote the text cannot widen it.

use crate::catalog::Catalog;
use crate::cli::{Context, Exit, Failure};
use crate::pattern::escape_literal;
use crate::policy::{Document, Statement};
use crate::report::plain;
use crate::usage::Denial;

/// Says whether a text is meant as the message of a denied call.
pub(super) fn is_message(text: &str) -> bool {
    text.contains("not authorized to perform") || text.contains("AccessDenied")
}

/// Prints the statement, and says what it does not settle.
pub(super) fn explain(text: &str, context: &mut Context) -> Result<Exit, Failure> {
    let denial = Denial::read(text).ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            "the text names no action: expected `… is not authorized to perform: SERVICE:ACTION …`",
        )
        .hint("the trail has the whole call: `polgen suggest` lists what was denied")
    })?;
    let Denial {
        action, resource, ..
    } = &denial;
    if denial.is_explicit {
        let kind = denial.policy_type.as_deref().unwrap_or("policy");
        return Err(Failure::new(
            Exit::Failed,
            format!("`{action}` is denied explicitly by a {kind}: no grant can allow it"),
        )
        .hint(format!(
            "change the Deny in the {kind}, if the call is meant"
        )));
    }
    let resource = resource_of(action, resource.as_deref())?;
    let statement = Statement::allow([action], [resource]);
    let document = Document::new(vec![statement]);
    let text = serde_json::to_string_pretty(&document.to_json()).unwrap_or_default();
    for note in notes(&denial) {
        anstream::eprintln!("note: {}", plain(&note));
    }
    context.output.line(&text)?;
    Ok(Exit::Done)
}

/// The resource of the statement: the text's own, or `*` for an action that takes nothing else.
fn resource_of(action: &str, resource: Option<&str>) -> Result<String, Failure> {
    let catalog = Catalog::bundled();
    let Some((_, _, fact)) = catalog.action(action) else {
        return Err(
            Failure::new(Exit::Failed, format!("`{action}`: no such action is known"))
                .hint("look for it with `polgen catalog`"),
        );
    };
    let is_unscoped = fact.resource_types.is_empty();
    match resource {
        _ if is_unscoped => Ok("*".to_owned()),
        Some("*") => Ok("*".to_owned()),
        Some(arn) => Ok(escape_literal(arn).into_owned()),
        None => Err(Failure::new(
            Exit::Failed,
            format!("the text names no resource, and `{action}` takes one"),
        )
        .hint(format!(
            "give the whole message, or write the statement for the resource that you mean: `polgen catalog {action}` lists its types"
        ))),
    }
}

/// What the statement does not settle.
fn notes(denial: &Denial) -> Vec<String> {
    let mut notes = Vec::new();
    match denial.policy_type.as_deref() {
        None => {}
        Some("identity-based policy") => {
            notes.push("no policy of the role or user allows it: add this statement to one".to_owned());
        }
        Some(kind) => notes.push(format!(
            "the {kind} does not allow it: this statement belongs there, and the role's own policy must allow it too"
        )),
    }
    if denial.action == "iam:PassRole" {
        notes.push(
            "limit it with a condition on `iam:PassedToService`; the message does not tell the service"
                .to_owned(),
        );
    }
    if denial.resource.as_deref() == Some("*") {
        notes.push(
            "the message names every resource; narrow it if you know which one is meant".to_owned(),
        );
    }
    notes
}
