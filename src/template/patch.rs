//! Puts policies into an existing file, so that only the policy part of it changes.
//!
//! The file is not written anew: the bytes of the old policy are replaced by the new one in the style of its surroundings, and all
//! others stay. What comes out is read again, and is refused unless everything else in it means what it meant before and the policy is
//! the one that was wanted.

mod check;
mod comments;
mod json;
mod style;
mod target;
mod terraform;
mod yaml;

use std::ops::Range;
use std::sync::Arc;

pub use comments::{DroppedComment, dropped_comments};

use super::node::{Entry, Node};
use super::write::{Stack, policy_tree, statements_tree};
use super::{Item, TemplateError, Tool, Tree, is_terraform, tool, tree};
use crate::policy::Document;
use target::{Change, Shape};

/// A policy to put into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// Its name, where the place wants one.
    pub name: String,
    /// What it says.
    pub document: Document,
    /// Lines said before its statements, where the language has comments.
    pub comments: Vec<Vec<String>>,
}

/// A file to change.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name, by which its tool is told.
    pub file: &'a str,
    /// What it holds.
    pub text: &'a str,
    /// What the other files of the same Terraform module hold.
    pub siblings: &'a [String],
}

/// The bytes to replace, and what by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    bytes: Range<usize>,
    text: String,
}

impl Edit {
    /// Ends the new lines as the file does.
    fn with_line_ends(self, line_end: &str) -> Self {
        Self {
            text: self.text.replace('\n', line_end),
            ..self
        }
    }
}

/// Puts policies into the part of a file that `id` names, in place of those that are there. Returns the file's new text.
///
/// `stack` says what is the stack's own; it is written as a reference where the file has one for it.
///
/// # Errors
///
/// If the file has no such part, or the part cannot be changed without changing another.
pub fn patch(
    source: &Source<'_>,
    id: &str,
    policies: &[NewPolicy],
    stack: &Stack,
) -> Result<String, TemplateError> {
    let Source { file, text, .. } = *source;
    let name: Arc<str> = file.into();
    if is_terraform(file) {
        return terraform::patch(&name, source, id, (policies, stack));
    }
    let root = tree(&name, text)?;
    let is_json = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('{');
    let fail = |problem: &str| TemplateError {
        place: file.to_owned(),
        problem: problem.to_owned(),
        hint: None,
    };
    if text.starts_with('\u{feff}') {
        return Err(fail("begins with a byte order mark, which is not changed"));
    }
    let change = match tool(&root) {
        Some(Tool::CloudFormation) => target::cloudformation(&root, id, policies)?,
        Some(Tool::Serverless) => target::serverless(&root, id, policies)?,
        Some(Tool::TerraformPlan) => return Err(plan_is_made(file)),
        _ => {
            return Err(fail(
                "expected a template or a Terraform file, found neither",
            ));
        }
    };
    let value = value(&change, policies, stack);
    let place = Placed {
        text,
        root: &root,
        change: &change,
        value: &value,
    };
    let edits = if is_json {
        json::edits(&place)?
    } else {
        yaml::edits(&place)?
    };
    let changed = apply(text, edits);
    check::check(&name, (&root, &changed), (id, &change), (policies, stack))?;
    Ok(changed)
}

/// A plan says what the code comes to; a change to it would change nothing.
fn plan_is_made(file: &str) -> TemplateError {
    TemplateError {
        place: file.to_owned(),
        problem: "expected a file to write to, found a Terraform plan or state, which Terraform makes of the code"
            .to_owned(),
        hint: Some("name the .tf file that defines it, e.g. `--write main.tf#aws_iam_role.NAME`".to_owned()),
    }
}

/// A change and where it is to be made.
struct Placed<'a> {
    text: &'a str,
    root: &'a Node,
    change: &'a Change<'a>,
    value: &'a Tree,
}

impl Placed<'_> {
    /// The part of the text that a value is written in.
    fn written(&self, bytes: Range<usize>) -> &str {
        self.text.get(bytes).unwrap_or_default()
    }
}

/// A complaint at a member.
fn at(entry: &Entry, problem: &str) -> TemplateError {
    TemplateError {
        place: entry.value.place.to_string(),
        problem: problem.to_owned(),
        hint: None,
    }
}

/// The value that the place takes.
fn value(change: &Change<'_>, policies: &[NewPolicy], stack: &Stack) -> Tree {
    let document = |policy: &NewPolicy| policy_tree(&policy.document, stack, &policy.comments);
    let item = |value: Tree| Item {
        comments: Vec::new(),
        value,
    };
    match change.shape {
        Shape::Document => policies.first().map_or(Tree::Map(Vec::new()), document),
        Shape::Statements => policies.first().map_or(Tree::List(Vec::new()), |policy| {
            statements_tree(&policy.document, stack, &policy.comments)
        }),
        Shape::Documents => Tree::List(policies.iter().map(document).map(item).collect()),
        Shape::NamedDocuments => {
            let named = policies.iter().enumerate().map(|(index, policy)| {
                let name = change.names.get(index).cloned();
                let name = name.unwrap_or_else(|| Tree::literal(policy.name.as_str()));
                item(Tree::map([
                    ("PolicyName", name),
                    ("PolicyDocument", document(policy)),
                ]))
            });
            Tree::List(named.collect())
        }
    }
}

/// Makes the edits, which do not overlap.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.bytes.start);
    let mut changed = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        changed.push_str(text.get(from..edit.bytes.start).unwrap_or_default());
        changed.push_str(&edit.text);
        from = edit.bytes.end;
    }
    changed.push_str(text.get(from..).unwrap_or_default());
    changed
}
