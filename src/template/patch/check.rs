//! What was changed is read again: all else means what it meant, and the policy is the one that was wanted.

use std::sync::Arc;

use super::target::{Change, reads_as};
use super::{NewPolicy, TemplateError};
use crate::policy::Document;
use crate::template::node::{Node, Value};
use crate::template::text::{ACCOUNT, PARTITION, REGION};
use crate::template::write::Stack;
use crate::template::{Content, Known, Subject, Tool, tool, tree};

/// Checks a changed text against the tree that it was made of.
pub(super) fn check(
    name: &Arc<str>,
    (before, changed): (&Node, &str),
    (id, change): (&str, &Change<'_>),
    (policies, stack): (&[NewPolicy], &Stack),
) -> Result<(), TemplateError> {
    let fault = |problem: String| TemplateError {
        place: name.to_string(),
        problem: format!("the policy cannot be put there: {problem}"),
        hint: None,
    };
    let after = tree(name, changed).map_err(|error| fault(error.to_string()))?;
    let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
    let mut touched = change.gone.to_vec();
    touched.push(change.key);
    if !is_same(before, &after, &path, &touched) {
        return Err(fault("other parts of the file would change".to_owned()));
    }
    let is_framework = tool(&after) == Some(Tool::Serverless);
    let template = reads_as(&after, &known(stack), is_framework)?;
    let subject = template
        .subject(id)
        .ok_or_else(|| fault(format!("`{id}` is no longer found")))?;
    holds(subject, policies).map_err(fault)
}

/// The values of the stack's own references.
pub(super) fn known(stack: &Stack) -> Known {
    let mut known = Known::default();
    known.add(ACCOUNT, &stack.account);
    known.add(REGION, &stack.region);
    known.add(PARTITION, &stack.partition);
    known
}

/// Says why what was read is not what was wanted.
pub(super) fn holds(subject: &Subject, policies: &[NewPolicy]) -> Result<(), String> {
    let own = subject.policies.iter().filter(|policy| !policy.is_implied);
    let mut read: Vec<&Document> = Vec::new();
    for policy in own {
        match &policy.content {
            Content::Document(document, _) => read.push(document),
            Content::Managed(name) => return Err(format!("`{name}` is there too")),
        }
    }
    let wanted: Vec<&Document> = policies.iter().map(|policy| &policy.document).collect();
    if read == wanted {
        Ok(())
    } else {
        Err("read again, it is another policy".to_owned())
    }
}

/// Compares two trees but for some members at the end of a path. The recursion ends at the depth of the trees.
fn is_same(one: &Node, other: &Node, path: &[&str], touched: &[&str]) -> bool {
    let rest = path.split_first();
    match (&one.value, &other.value) {
        (Value::Map(_), Value::Map(_)) => {
            let keep = |node: &Node| -> Vec<(String, Node)> {
                let entries = node.entries().iter();
                let kept = entries
                    .filter(|entry| rest.is_some() || !touched.contains(&entry.key.as_str()));
                kept.map(|entry| (entry.key.clone(), entry.value.clone()))
                    .collect()
            };
            let (one, other) = (keep(one), keep(other));
            one.len() == other.len()
                && one
                    .iter()
                    .zip(&other)
                    .all(|((key, value), (other_key, other_value))| {
                        let deeper = rest
                            .filter(|(first, _)| *first == key)
                            .map(|(_, rest)| rest);
                        key == other_key
                            && match deeper {
                                Some(rest) => is_same(value, other_value, rest, touched),
                                None => is_equal(value, other_value),
                            }
                    })
        }
        _ => is_equal(one, other),
    }
}

/// Compares two values without their places. The recursion ends at the depth of the trees.
fn is_equal(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) | (Value::Either(one), Value::Either(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_equal(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.key == other.key && is_equal(&one.value, &other.value))
        }
        (one, other) => one == other,
    }
}
