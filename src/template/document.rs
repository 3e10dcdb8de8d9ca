//! From a value in a template to a policy, with the line of every element and word on all that is not known.
//!
//! Nothing is guessed. A hole in a resource or a condition stays a hole, which proofs treat as open. Where the hole cannot stand
//! in a policy (an action, an effect), what has it is left out; where one of several values applies, all are read. Both make the
//! policy another than the deployed one, and are marked so.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::node::{Node, Place, Value};
use super::text::{Part, Text, variable_name};
use super::{Kind, TemplateError, Unresolved, json as json_text};
use crate::policy::{Document, PolicyKind};

/// The version of the language that has variables.
const NEW_VERSION: &str = "2012-10-17";

/// A policy as a template has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The policy.
    pub(super) document: Document,
    /// Where its elements stand, by their paths, e.g. `Statement[0].Action`; the whole is the empty path.
    pub(super) places: BTreeMap<String, Place>,
}

/// Reads a policy that grants.
pub(super) fn read(
    node: &Node,
    notes: &mut Vec<Unresolved>,
) -> Result<Option<Read>, TemplateError> {
    read_as(node, PolicyKind::Identity, notes)
}

/// Reads a policy of a kind.
pub(super) fn read_as(
    node: &Node,
    policy_kind: PolicyKind,
    notes: &mut Vec<Unresolved>,
) -> Result<Option<Read>, TemplateError> {
    let parsed;
    let node = match &node.value {
        // What is a hole from its start on is a policy from elsewhere.
        Value::Text(text) if matches!(text.parts(), [Part::Reference(_), ..]) => node,
        Value::Text(text) => {
            parsed = json_document(node, text)?;
            &parsed
        }
        _ => node,
    };
    let branches = match &node.value {
        Value::Either(branches) => {
            let what = "the policy is one of several".to_owned();
            notes.push(Unresolved::new(node, Kind::Either, what));
            branches.as_slice()
        }
        Value::Map(_) => std::slice::from_ref(node),
        _ => {
            let what = format!("the policy is {}", node.describe());
            notes.push(Unresolved::new(node, Kind::Missing, what));
            return Ok(None);
        }
    };
    let version = |node: &Node| {
        let version = node.get("Version").and_then(Node::as_str);
        version.map(str::to_owned)
    };
    let is_old = branches
        .iter()
        .all(|node| version(node).as_deref() != Some(NEW_VERSION));
    // A hole stands as a variable, and only the newer version has these.
    let has_holes = branches.iter().any(holds_holes);
    let mut reader = Reader {
        notes,
        kind: policy_kind,
        places: BTreeMap::from([(String::new(), node.place.clone())]),
        is_escaping: is_old && has_holes,
        statements: Vec::new(),
    };
    for branch in branches {
        reader.branch(branch)?;
    }
    let version = match (has_holes || !is_old, branches.first()) {
        (true, _) => Some(NEW_VERSION.to_owned()),
        (false, branch) => branch.and_then(version),
    };
    reader.finish(version, node).map(Some)
}

/// Finds the nearest element that has a place.
pub(super) fn place_of<'p>(places: &'p BTreeMap<String, Place>, path: &str) -> Option<&'p Place> {
    let mut path = path;
    loop {
        if let Some(place) = places.get(path) {
            return Some(place);
        }
        let shorter = path.rfind(['.', '[']).unwrap_or(0);
        if path.is_empty() {
            return None;
        }
        path = path.get(..shorter).unwrap_or_default();
    }
}

fn error(place: &Place, problem: String) -> TemplateError {
    TemplateError {
        place: place.to_string(),
        problem,
        hint: None,
    }
}

/// Says whether a value is not known in all its parts. The recursion ends at the depth of the tree.
fn holds_holes(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Unknown(_) => true,
        Value::Text(text) => text.has_references(),
        Value::List(items) | Value::Either(items) => items.iter().any(holds_holes),
        Value::Map(entries) => entries.iter().any(|entry| holds_holes(&entry.value)),
    }
}

struct Reader<'n> {
    notes: &'n mut Vec<Unresolved>,
    kind: PolicyKind,
    places: BTreeMap<String, Place>,
    /// Says whether `${` means itself, so that it must be escaped beside variables.
    is_escaping: bool,
    statements: Vec<Json>,
}

impl Reader<'_> {
    fn branch(&mut self, branch: &Node) -> Result<(), TemplateError> {
        let is_known = |key: &str| matches!(key, "Version" | "Id" | "Statement");
        let mut entries = branch.entries().iter();
        if let Some(entry) = entries.find(|entry| !is_known(&entry.key)) {
            let problem = format!("expected `Version` or `Statement`, found `{}`", entry.key);
            return Err(error(&entry.value.place, problem));
        }
        let Some(statements) = branch.get("Statement") else {
            return Err(error(
                &branch.place,
                "expected `Statement`, found none".to_owned(),
            ));
        };
        for statement in self.each(statements, "a statement") {
            self.statement(&statement)?;
        }
        Ok(())
    }

    fn finish(self, version: Option<String>, node: &Node) -> Result<Read, TemplateError> {
        let mut object = Map::new();
        if let Some(version) = version {
            object.insert("Version".to_owned(), version.into());
        }
        object.insert("Statement".to_owned(), Json::Array(self.statements));
        let places = self.places;
        let text = Json::Object(object).to_string();
        let document = Document::parse(&text, self.kind).map_err(|problem| {
            let place = place_of(&places, &problem.path).unwrap_or(&node.place);
            TemplateError {
                place: place.to_string(),
                problem: problem.to_string(),
                hint: problem.hint,
            }
        })?;
        Ok(Read { document, places })
    }

    fn note(&mut self, node: &Node, kind: Kind, what: String) {
        self.notes.push(Unresolved::new(node, kind, what));
    }

    /// Lists the elements of a list, or the one value, with those of every branch.
    fn each(&mut self, node: &Node, what: &str) -> Vec<Node> {
        let (all, choices) = node.flattened();
        for choice in choices {
            let what = format!("{what} depends on a condition that is not known");
            self.note(&choice, Kind::Either, what);
        }
        all
    }

    fn statement(&mut self, node: &Node) -> Result<(), TemplateError> {
        let Value::Map(entries) = &node.value else {
            let what = format!("a statement is {}", node.describe());
            self.note(node, Kind::Missing, what);
            return Ok(());
        };
        let path = format!("Statement[{}]", self.statements.len());
        let mut object = Map::new();
        let mut places = BTreeMap::from([(path.clone(), node.place.clone())]);
        let mut is_whole = true;
        for entry in entries
            .iter()
            .filter(|entry| entry.value.value != Value::Null)
        {
            let (key, value) = (entry.key.as_str(), &entry.value);
            let json = match key {
                "Sid" | "Effect" => value.as_str().map(Json::from),
                "Action" | "NotAction" => self.actions(value),
                "Resource" | "NotResource" => self.texts(value, key),
                "Condition" => self.conditions(value)?,
                "Principal" | "NotPrincipal" if self.kind == PolicyKind::Trust => {
                    self.principals(value, &format!("{path}.{key}"), &mut places)
                }
                _ => {
                    let problem = format!("expected an element of a statement, found `{key}`");
                    return Err(error(&value.place, problem));
                }
            };
            places.insert(format!("{path}.{key}"), value.place.clone());
            if let Some(json) = json {
                object.insert(key.to_owned(), json);
            } else if key != "Sid" {
                // A name that is not known says nothing about access.
                let what = format!("`{key}` of a statement is {}", value.describe());
                self.note(value, Kind::Missing, what);
                is_whole = false;
            }
        }
        if is_whole {
            self.places.extend(places);
            self.statements.push(Json::Object(object));
        }
        Ok(())
    }

    /// Actions hold no variables: one with a hole is left out.
    fn actions(&mut self, node: &Node) -> Option<Json> {
        let mut actions = Vec::new();
        for item in self.each(node, "an action") {
            match item.as_str() {
                Some(action) => actions.push(action.to_owned()),
                None => self.note(
                    &item,
                    Kind::Missing,
                    format!("an action is {}", item.describe()),
                ),
            }
        }
        (!actions.is_empty()).then(|| json!(actions))
    }

    /// Everyone, or principals by their kinds; each has its place.
    fn principals(
        &mut self,
        node: &Node,
        path: &str,
        places: &mut BTreeMap<String, Place>,
    ) -> Option<Json> {
        let Value::Map(kinds) = &node.value else {
            return node.as_str().map(Json::from);
        };
        let mut object = Map::new();
        for kind in kinds {
            let names = self.texts(&kind.value, &kind.key)?;
            for (at, item) in kind.value.flattened().0.iter().enumerate() {
                places.insert(format!("{path}.{}[{at}]", kind.key), item.place.clone());
            }
            object.insert(kind.key.clone(), names);
        }
        Some(Json::Object(object))
    }

    fn texts(&mut self, node: &Node, what: &str) -> Option<Json> {
        let mut texts = Vec::new();
        for item in self.each(node, &format!("`{what}`")) {
            let text = match &item.value {
                Value::Text(text) => text.clone(),
                Value::Unknown(name) => Text::reference(name.clone()),
                _ => {
                    self.note(
                        &item,
                        Kind::Missing,
                        format!("`{what}` holds {}", item.describe()),
                    );
                    continue;
                }
            };
            texts.push(self.written(&item, &text));
        }
        (!texts.is_empty()).then(|| json!(texts))
    }

    fn written(&mut self, node: &Node, text: &Text) -> String {
        for name in text.references() {
            let note = Unresolved::new(node, Kind::Open, format!("`{name}` is not known"));
            self.notes.push(Unresolved {
                hole: Some(variable_name(name)),
                ..note
            });
        }
        text.to_policy(self.is_escaping)
    }

    fn conditions(&mut self, node: &Node) -> Result<Option<Json>, TemplateError> {
        let Value::Map(operators) = &node.value else {
            return Ok(None);
        };
        let mut object = Map::new();
        for operator in operators {
            let Value::Map(keys) = &operator.value.value else {
                return Ok(None);
            };
            let mut inner = Map::new();
            for key in keys {
                match self.texts(&key.value, &key.key) {
                    Some(values) => inner.insert(key.key.clone(), values),
                    None => {
                        return Err(error(
                            &key.value.place,
                            format!(
                                "expected values of `{}`, found {}",
                                key.key,
                                key.value.describe()
                            ),
                        ));
                    }
                };
            }
            object.insert(operator.key.clone(), Json::Object(inner));
        }
        Ok(Some(Json::Object(object)))
    }
}

/// The signs around the number of a hole while a text is read as JSON.
const HOLE: (char, char) = ('\u{e000}', '\u{e001}');

/// Reads a policy that stands as JSON in a text, such as a heredoc; holes may stand in its texts.
pub(crate) fn json_document(node: &Node, text: &Text) -> Result<Node, TemplateError> {
    let mut written = String::new();
    let mut holes = Vec::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => written.push_str(&literal.replace([HOLE.0, HOLE.1], "")),
            Part::Reference(name) => {
                written.push(HOLE.0);
                written.push_str(&holes.len().to_string());
                written.push(HOLE.1);
                holes.push(name.clone());
            }
        }
    }
    let file = node.place.file.clone();
    let fail = |problem: TemplateError| {
        error(
            &node.place,
            format!("the text at this place is no policy: {}", problem.problem),
        )
    };
    let mut parsed = json_text::read(&file, &written).map_err(fail)?;
    refill(&mut parsed, &holes, node);
    Ok(parsed)
}

/// Puts holes back, and the text's own lines. The recursion ends at the depth of the tree.
fn refill(node: &mut Node, holes: &[String], outer: &Node) {
    node.place.line = (outer.place.line + node.place.line).saturating_sub(1);
    if let Value::Text(text) = &mut node.value
        && let Some(literal) = text.as_literal()
    {
        *text = filled(literal, holes);
    }
    if let Value::Map(entries) = &mut node.value {
        for entry in entries {
            entry.key = filled(&entry.key, holes).to_policy(false);
        }
    }
    for child in node.children_mut() {
        refill(child, holes, outer);
    }
}

fn filled(literal: &str, holes: &[String]) -> Text {
    let mut text = Text::default();
    let mut rest = literal;
    while let Some((before, after)) = rest.split_once(HOLE.0) {
        text.push(Part::Literal(before.to_owned()));
        let (number, behind) = after.split_once(HOLE.1).unwrap_or((after, ""));
        if let Some(name) = number
            .parse()
            .ok()
            .and_then(|number: usize| holes.get(number))
        {
            text.push(Part::Reference(name.clone()));
        }
        rest = behind;
    }
    text.push(Part::Literal(rest.to_owned()));
    text
}
