//! Parts of a `serverless.yml` that may stand in several places: the framework joins lists of mappings, and puts files in.
//!
//! What stands in another file is not read, so it is told: nobody may take a role for checked of which a part is elsewhere. Source: the
//! Serverless Framework's documentation, "Resources" ("Multiple"), "Functions" and "Variables" (`file`).

use crate::template::cloudformation::Found;
use crate::template::node::{Entry, Node, Value};
use crate::template::{Guards, Kind, Subject, SubjectKind, Unresolved};

/// What the framework calls the role that it makes.
const ROLE: &str = "IamRoleLambdaExecution";

/// The members of a part, and what in it is not known.
pub(super) struct Parts<'n> {
    pub(super) entries: Vec<&'n Entry>,
    pub(super) unknown: Vec<&'n Node>,
}

impl<'n> Parts<'n> {
    /// Joins the mappings of a list; one mapping is the only one.
    pub(super) fn of(part: Option<&'n Node>) -> Self {
        let mut parts = Self {
            entries: Vec::new(),
            unknown: Vec::new(),
        };
        for one in part.map(Node::items).unwrap_or_default() {
            match &one.value {
                Value::Map(entries) => parts.entries.extend(entries),
                Value::Null => {}
                _ => parts.unknown.push(one),
            }
        }
        parts
    }
}

/// The resources as one template, and what in them is not known.
pub(super) struct Joined<'n> {
    pub(super) root: Node,
    pub(super) unknown: Vec<&'n Node>,
}

/// Joins all resources of a file.
pub(super) fn resources(filled: &Node) -> Joined<'_> {
    let part = filled.get("resources");
    let parts = Parts::of(part);
    let mut unknown = parts.unknown;
    let mut sections: Vec<Entry> = Vec::new();
    for entry in parts.entries {
        if entry.key == "Resources" && !matches!(entry.value.value, Value::Map(_) | Value::Null) {
            unknown.push(&entry.value);
        }
        let known = sections.iter_mut().find(|one| one.key == entry.key);
        match (known.map(|one| &mut one.value.value), &entry.value.value) {
            (Some(Value::Map(members)), Value::Map(more)) => members.extend(more.iter().cloned()),
            (Some(_), _) => {}
            (None, _) => sections.push(entry.clone()),
        }
    }
    Joined {
        root: part.unwrap_or(filled).with(Value::Map(sections)),
        unknown,
    }
}

/// Notes what should be a mapping and is none that is known.
pub(super) fn note(node: &Node, called: &str, found: &mut Found) {
    let is_known = match &node.value {
        Value::Map(_) | Value::Null => true,
        Value::Text(text) => !text.has_references(),
        Value::List(_) | Value::Either(_) | Value::Unknown(_) => false,
    };
    if !is_known {
        let what = format!("{called} is {}", node.describe());
        found.note(node, Kind::Missing, what);
    }
}

/// Notes a change of the role that the framework makes for all functions: it is laid over a role that stands in no file.
pub(super) fn note_extended(resources: &Node, found: &mut Found) {
    for section in ["extensions", "Resources"] {
        let Some(part) = resources.at(&[section, ROLE]) else {
            continue;
        };
        // One with a type is read as a role of its own.
        if part.get("Type").is_none() {
            let what = format!("`{section}` changes the role of all functions");
            found.note(part, Kind::Missing, what);
        }
    }
}

/// Says what is not known of a part.
pub(super) fn what(node: &Node) -> String {
    format!("what {} holds is not known", node.describe())
}

/// A subject for parts of which nobody knows what they grant, if there are any.
pub(super) fn unread(id: &str, unknown: &[&Node]) -> Option<Subject> {
    let first = unknown.first()?;
    let note = |node: &&Node| Unresolved::new(node, Kind::Missing, what(node));
    Some(Subject {
        id: id.to_owned(),
        kind: SubjectKind::Policy,
        name: None,
        place: first.place.clone(),
        policies: Vec::new(),
        unresolved: unknown.iter().map(note).collect(),
        guards: Guards::default(),
    })
}
