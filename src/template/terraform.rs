//! Roles and policies of a Terraform module.
//!
//! A module is a folder, so several files are read as one. What a role has is spread: policies of its own, policy resources,
//! attachments. Source: the documentation of the AWS provider, for the resources and the data source read here.

mod attached;
mod brackets;
mod expression;
mod functions;
mod guards;
mod parsing;
mod policy_document;
pub(super) mod resources;
mod scope;

use std::sync::Arc;

use hcl_edit::structure::Block;

use super::document;
use super::lines::Lines;
use super::node::{Node, Value};
use super::{
    Content, Guards, Kind, Known, Policy, Subject, SubjectKind, Template, TemplateError, Text,
    Tool, Unresolved,
};
pub(super) use attached::{by_name, words};
pub(super) use expression::resource_of;
pub(super) use parsing::parsed;
use scope::{File, Scope};

/// The most blocks that a module may have.
const MOST_BLOCKS: usize = 20_000;

/// Reads the files of a module.
///
/// # Errors
///
/// If a file is not in Terraform's language, or holds a policy that is none.
pub(super) fn read(texts: &[(Arc<str>, &str)], known: &Known) -> Result<Template, TemplateError> {
    let files = files(texts)?;
    let scope = Scope::new(&files, known);
    let mut subjects = Vec::new();
    for (file, block) in scope.blocks() {
        if let Some(subject) = subject(&scope, file, block)? {
            subjects.push(subject);
        }
    }
    Ok(Template {
        tool: Tool::Terraform,
        subjects,
    })
}

/// Parses the files of a module.
fn files<'t>(texts: &[(Arc<str>, &'t str)]) -> Result<Vec<File<'t>>, TemplateError> {
    let mut files = Vec::new();
    for (name, text) in texts {
        files.push(File {
            name: name.clone(),
            text,
            lines: Lines::new(text),
            body: parsed(name, text)?,
        });
    }
    let blocks: usize = files.iter().map(|file| file.body.blocks().count()).sum();
    if blocks > MOST_BLOCKS {
        return Err(TemplateError {
            place: files
                .first()
                .map(|file| file.name.to_string())
                .unwrap_or_default(),
            problem: format!("{blocks} blocks, more than the {MOST_BLOCKS} that are read"),
            hint: None,
        });
    }
    Ok(files)
}

/// What a resource type is to us.
pub(super) fn kind(kind: &str) -> Option<SubjectKind> {
    match kind {
        "aws_iam_role" => Some(SubjectKind::Role),
        "aws_iam_user" => Some(SubjectKind::User),
        "aws_iam_group" => Some(SubjectKind::Group),
        "aws_iam_policy"
        | "aws_iam_role_policy"
        | "aws_iam_user_policy"
        | "aws_iam_group_policy" => Some(SubjectKind::Policy),
        _ => None,
    }
}

/// Policies with all that could not be resolved in them.
#[derive(Default)]
pub(super) struct Found {
    pub(super) policies: Vec<Policy>,
    pub(super) unresolved: Vec<Unresolved>,
    pub(super) guards: Guards,
    pub(super) name: Option<String>,
}

fn subject(
    scope: &Scope<'_>,
    file: &File<'_>,
    block: &Block,
) -> Result<Option<Subject>, TemplateError> {
    if let Some(subject) = child(file, block) {
        return Ok(Some(subject));
    }
    let Some(address) = address(block) else {
        return Ok(None);
    };
    let mut found = Found::default();
    let labels: Vec<&str> = block
        .labels
        .iter()
        .map(hcl_edit::structure::BlockLabel::as_str)
        .collect();
    let kind = match (block.ident.as_str(), labels.as_slice()) {
        ("data", ["aws_iam_policy_document", ..]) => {
            let node = policy_document::node(scope, file, block, 0);
            // Who may take a role on is no grant.
            if policy_document::names_principals(&node) {
                return Ok(None);
            }
            add(&address, &address, &node, &mut found)?;
            SubjectKind::Policy
        }
        ("resource", [kind_of, ..]) => {
            let Some(kind) = kind(kind_of) else {
                return Ok(None);
            };
            if kind == SubjectKind::Policy {
                policy(scope, (file, block), &address, &mut found)?;
            } else {
                attached::holder(scope, (file, block), kind, &mut found)?;
                found.guards = guards::read(scope, (file, block))?;
            }
            kind
        }
        _ => return Ok(None),
    };
    found.unresolved.sort();
    found.unresolved.dedup();
    Ok(Some(Subject {
        id: address,
        kind,
        name: found.name,
        place: file.place(block),
        policies: found.policies,
        unresolved: found.unresolved,
        guards: found.guards,
    }))
}

/// A module that is called: what it makes stands elsewhere, often on another machine.
fn child(file: &File<'_>, block: &Block) -> Option<Subject> {
    let [name] = block.labels.as_slice() else {
        return None;
    };
    let id = format!("module.{}", name.as_str());
    let what = format!("what `{id}` makes is not read; `terraform show -json` of a plan holds it");
    (block.ident.as_str() == "module").then(|| Subject {
        id,
        kind: SubjectKind::Policy,
        name: None,
        place: file.place(block),
        policies: Vec::new(),
        unresolved: vec![unresolved(file, block, Kind::Missing, what)],
        guards: Guards::default(),
    })
}

/// The name by which the language refers to a block.
pub(super) fn address(block: &Block) -> Option<String> {
    let labels: Vec<&str> = block
        .labels
        .iter()
        .map(hcl_edit::structure::BlockLabel::as_str)
        .collect();
    match (block.ident.as_str(), labels.as_slice()) {
        ("resource", [kind, name]) => Some(format!("{kind}.{name}")),
        ("data", [kind, name]) => Some(format!("data.{kind}.{name}")),
        _ => None,
    }
}

/// A policy resource: its `policy`.
fn policy(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
    address: &str,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let Some(attribute) = block.body.get_attribute("policy") else {
        let what = format!("`{address}` has no `policy`");
        found
            .unresolved
            .push(unresolved(file, block, Kind::Missing, what));
        return Ok(());
    };
    let node = scope.evaluate(file, &attribute.value, 0);
    let name = block
        .body
        .get_attribute("name")
        .map(|name| scope.evaluate(file, &name.value, 0));
    let name = match name.map(|node| node.value) {
        Some(Value::Text(text)) => text.to_string(),
        _ => address.to_owned(),
    };
    add(&name, address, &node, found)
}

/// Adds a policy from its value.
pub(super) fn add(
    name: &str,
    origin: &str,
    node: &Node,
    found: &mut Found,
) -> Result<(), TemplateError> {
    if let Some(read) = document::read(node, &mut found.unresolved)? {
        found.policies.push(Policy {
            name: name.to_owned(),
            place: node.place.clone(),
            origin: origin.to_owned(),
            is_implied: false,
            content: Content::Document(read.document, read.places),
        });
    }
    Ok(())
}

fn unresolved(file: &File<'_>, block: &Block, kind: Kind, what: String) -> Unresolved {
    Unresolved {
        place: file.place(block),
        kind,
        what,
        hole: None,
    }
}

/// The text of a value that is one.
fn text_of(node: &Node) -> Option<&Text> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
