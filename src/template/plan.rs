//! Roles and policies of a Terraform plan or state, as `terraform show -json` prints it.
//!
//! Values are resolved already, and a deleted resource is not there any more. What Terraform knows only after it applies the plan is
//! followed through the references of the configuration that the plan holds too; what that does not tell, and what is marked as
//! sensitive, is said to be missing. An expression that refers to one attribute of one resource is taken to be that attribute.
//! Source: `HashiCorp`, Terraform documentation, "JSON Output Format".

mod guards;
mod holder;
mod links;
mod references;
pub(super) mod resources;
mod tree;

use super::document;
use super::node::{Node, Place, Value};
use super::terraform::{Found, add};
use super::{Kind, Subject, SubjectKind, Template, TemplateError, Tool, Unresolved, terraform};
use links::Links;
use tree::{Plan, Resource, Seen, State};

/// The major versions of the format; those before 1.0 have the same shape.
const VERSIONS: [&str; 2] = ["0", "1"];

/// Reads a plan or a state.
pub(super) fn read(root: &Node) -> Result<Template, TemplateError> {
    supported(root)?;
    let plan = Plan::new(root);
    let links = Links::new(&plan);
    let mut subjects = Vec::new();
    for (at, resource) in plan.resources.iter().enumerate() {
        let Some(kind) = terraform::kind(resource.kind) else {
            continue;
        };
        let mut found = Found::default();
        if kind == SubjectKind::Policy {
            policy(resource, &mut found)?;
        } else {
            holder::read(&plan, &links, (at, kind), &mut found)?;
            found.guards = guards::read(&plan, resource)?;
            found.name = resource.seen().key("name").text().map(str::to_owned);
        }
        found.unresolved.sort();
        found.unresolved.dedup();
        subjects.push(Subject {
            id: resource.address.to_owned(),
            kind,
            name: found.name,
            place: resource.node.place.clone(),
            policies: found.policies,
            unresolved: found.unresolved,
            guards: found.guards,
        });
    }
    Ok(Template {
        tool: Tool::TerraformPlan,
        subjects,
    })
}

fn supported(root: &Node) -> Result<(), TemplateError> {
    let Some(version) = root.get("format_version") else {
        return Ok(());
    };
    let major = version.as_str().and_then(|text| text.split('.').next());
    if major.is_some_and(|major| VERSIONS.contains(&major)) {
        return Ok(());
    }
    Err(TemplateError {
        place: version.place.to_string(),
        problem: format!(
            "expected version 1 of Terraform's JSON output, found {}",
            version.describe()
        ),
        hint: None,
    })
}

/// A policy resource: its `policy`.
fn policy(resource: &Resource<'_>, found: &mut Found) -> Result<(), TemplateError> {
    let seen = resource.seen();
    let name = seen.key("name").text().unwrap_or(resource.address);
    let of = format!("the policy of `{}`", resource.address);
    document(seen.key("policy"), (name, resource.address, &of), found)
}

/// A policy that stands as a text in a value.
fn document(
    seen: Seen<'_>,
    (name, origin, of): (&str, &str, &str),
    found: &mut Found,
) -> Result<(), TemplateError> {
    match seen.state() {
        State::Known(node) => {
            let Value::Text(text) = &node.value else {
                return add(name, origin, node, found);
            };
            let mut parsed = document::json_document(node, text)?;
            put_on(&mut parsed, &node.place);
            add(name, origin, &parsed, found)
        }
        unknown => {
            missing(seen, of, unknown, found);
            Ok(())
        }
    }
}

/// Notes that a value is not there.
fn missing(seen: Seen<'_>, of: &str, state: State<'_>, found: &mut Found) {
    let why = match state {
        State::Later => "is known only after the plan is applied",
        State::Hidden => "is marked as sensitive and is not read",
        State::Known(_) | State::Absent => "is not there",
    };
    note(seen.node(), Kind::Missing, format!("{of} {why}"), found);
}

fn note(node: &Node, kind: Kind, what: String, found: &mut Found) {
    found.unresolved.push(Unresolved::new(node, kind, what));
}

/// Puts all of a value on one line: the line ends in a text of JSON are none of the file. The recursion ends at the depth of the tree.
fn put_on(node: &mut Node, place: &Place) {
    node.place = place.clone();
    for child in node.children_mut() {
        put_on(child, place);
    }
}
