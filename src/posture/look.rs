//! Looking values up in trees that spell the same keys differently: `BlockPublicAcls`, `block_public_acls`, `blockPublicAcls`.

use super::{Setting, Spot};
use crate::template::{Node, Place, Text, Value};

/// The place of a value.
pub(super) fn spot(place: &Place) -> Spot {
    Spot {
        file: place.file.to_string(),
        line: place.line,
    }
}

/// Finds a member under any of several names; case and underscores do not matter.
pub(super) fn pick<'n>(node: &'n Node, names: &[&str]) -> Option<&'n Node> {
    let entries = node.entries().iter();
    let is_named = |key: &str| names.iter().any(|name| are_alike(key, name));
    let mut found = entries.filter(|entry| is_named(&entry.key));
    found
        .find(|entry| entry.value.value != Value::Null)
        .map(|entry| &entry.value)
}

fn are_alike(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        let letters = text.bytes().filter(|byte| *byte != b'_');
        letters.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    letters(one) == letters(other)
}

/// Follows a path of names. A list with one element is taken for that element, as Terraform's blocks are lists.
pub(super) fn walk<'n>(node: &'n Node, path: &[&str]) -> Found<'n> {
    let mut node = node;
    for name in path {
        if let Some(why) = not_known(node) {
            return Found::NotKnown(why);
        }
        let inner = match &node.value {
            Value::List(items) => match items.as_slice() {
                [] => return Found::Absent,
                [only] => only,
                _ => return Found::NotKnown("one value of several".to_owned()),
            },
            _ => node,
        };
        if let Some(why) = not_known(inner) {
            return Found::NotKnown(why);
        }
        match pick(inner, &[name]) {
            Some(next) => node = next,
            None => return Found::Absent,
        }
    }
    match not_known(node) {
        Some(why) => Found::NotKnown(why),
        None => Found::Node(node),
    }
}

/// What was found at the end of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<'n> {
    Node(&'n Node),
    Absent,
    NotKnown(String),
}

/// Says why a value is not known, if it is not.
pub(super) fn not_known(node: &Node) -> Option<String> {
    match &node.value {
        Value::Unknown(what) => Some(format!("{what} is not known")),
        Value::Either(branches) => {
            let mut rest = branches.iter();
            let first = rest.next().map(|one| &one.value);
            let is_same = rest.all(|one| Some(&one.value) == first);
            // A single branch stands beside one that takes the value away.
            (!is_same || branches.len() < 2)
                .then(|| "it depends on a condition that is not known".to_owned())
        }
        Value::Text(text) if text.has_references() => Some(format!("`{text}` is not known")),
        _ => None,
    }
}

/// Reads a text.
pub(super) fn text(node: &Node, path: &[&str]) -> Setting<String> {
    match walk(node, path) {
        Found::NotKnown(why) => Setting::NotKnown(why),
        Found::Absent => Setting::NotSet,
        Found::Node(found) => match only(found).as_str() {
            Some(text) => Setting::Set(text.to_owned(), spot(&found.place)),
            None if found.value == Value::Null => Setting::NotSet,
            None => Setting::NotKnown(format!("expected a text, found {}", found.describe())),
        },
    }
}

fn only(node: &Node) -> &Node {
    match &node.value {
        Value::Either(branches) => branches.first().unwrap_or(node),
        _ => node,
    }
}

/// Reads a truth value; `Enabled` is one too.
pub(super) fn flag(node: &Node, path: &[&str]) -> Setting<bool> {
    match text(node, path) {
        Setting::Set(word, spot) => match word.to_ascii_lowercase().as_str() {
            "true" | "enabled" => Setting::Set(true, spot),
            "false" | "disabled" | "suspended" => Setting::Set(false, spot),
            _ => Setting::NotKnown(format!("expected `true` or `false`, found `{word}`")),
        },
        Setting::NotSet => Setting::NotSet,
        Setting::NotKnown(why) => Setting::NotKnown(why),
    }
}

/// Lists the elements at a path; none if it is not known.
pub(super) fn items<'n>(node: &'n Node, names: &[&str]) -> Result<&'n [Node], String> {
    match pick(node, names) {
        None => Ok(&[]),
        Some(list) => match not_known(list) {
            Some(why) => Err(why),
            None => Ok(only(list).items()),
        },
    }
}

/// The words of a value for people, holes as they are named.
pub(super) fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.to_string(),
        _ => node.describe(),
    }
}

/// Makes a text for comparing: literal, or with its holes as the policy language writes them.
pub(super) fn compared(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(Text::to_policy(text, false)),
        _ => None,
    }
}
