//! The policy of a resource: whom it lets in. Statements that cannot be read whole are left out and told.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::look::{not_known, spot};
use super::{Setting, Spot};
use crate::policy::{Document, PolicyKind};
use crate::template::{Node, Value, json_document};

/// A policy on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// What of it is known.
    pub document: Document,
    /// Where each statement stands.
    pub places: Vec<Spot>,
    /// The names of variables that stand for what the code leaves open, and are fixed once it is deployed.
    pub holes: BTreeSet<String>,
    /// Statements that could not be read, and why: they may allow or deny anything.
    pub unread: Vec<(Spot, String)>,
}

impl ResourcePolicy {
    /// Makes one of a document that was read whole.
    pub fn of(document: Document, spot: &Spot) -> Self {
        Self {
            places: vec![spot.clone(); document.statements.len()],
            document,
            holes: BTreeSet::new(),
            unread: Vec::new(),
        }
    }

    /// Where a statement stands.
    pub fn place(&self, statement: usize) -> Option<&Spot> {
        self.places.get(statement)
    }
}

/// Reads a policy; texts in `renamed` are written as their second part, so that open names compare equal.
pub(super) fn read(node: &Node, renamed: &[(String, String)]) -> Setting<ResourcePolicy> {
    let parsed;
    let node = match &node.value {
        Value::Text(text) => match json_document(node, text) {
            Ok(inner) => {
                parsed = inner;
                &parsed
            }
            Err(error) if text.has_references() => {
                return Setting::NotKnown(format!("`{text}` is not known ({error})"));
            }
            Err(error) => return Setting::NotKnown(error.to_string()),
        },
        _ => node,
    };
    if let Some(why) = not_known(node) {
        return Setting::NotKnown(why);
    }
    let Some(statements) = node.get("Statement") else {
        return Setting::NotKnown(format!("expected a policy, found {}", node.describe()));
    };
    let is_old = node.get("Version").and_then(Node::as_str) != Some("2012-10-17");
    let mut reader = Reader {
        renamed,
        is_old,
        holes: BTreeSet::new(),
    };
    let mut read = ResourcePolicy {
        document: Document::new(Vec::new()),
        places: Vec::new(),
        holes: BTreeSet::new(),
        unread: Vec::new(),
    };
    if let Some(why) = not_known(statements) {
        read.unread.push((spot(&statements.place), why));
    }
    for statement in statements.items() {
        let at = spot(&statement.place);
        match reader.statement(statement) {
            Ok(mut one) => {
                read.places
                    .extend(one.statements.iter().map(|_| at.clone()));
                read.document.statements.append(&mut one.statements);
            }
            Err(why) => read.unread.push((at, why)),
        }
    }
    read.holes = reader.holes;
    Setting::Set(read, spot(&node.place))
}

struct Reader<'r> {
    renamed: &'r [(String, String)],
    is_old: bool,
    holes: BTreeSet<String>,
}

impl Reader<'_> {
    fn statement(&mut self, node: &Node) -> Result<Document, String> {
        let json = self.json(node)?;
        let mut whole = Map::new();
        whole.insert("Version".to_owned(), "2012-10-17".into());
        whole.insert("Statement".to_owned(), Json::Array(vec![json]));
        let text = Json::Object(whole).to_string();
        Document::parse(&text, PolicyKind::Resource).map_err(|error| error.to_string())
    }

    /// The recursion ends at the depth of the tree.
    fn json(&mut self, node: &Node) -> Result<Json, String> {
        match &node.value {
            Value::Null => Ok(Json::Null),
            Value::Unknown(_) | Value::Either(_) => match (not_known(node), &node.value) {
                (None, Value::Either(branches)) => match branches.first() {
                    Some(first) => self.json(first),
                    None => Ok(Json::Null),
                },
                (why, _) => Err(why.unwrap_or_default()),
            },
            Value::Text(text) => {
                for name in text.references() {
                    let hole = crate::template::Text::reference(name).to_policy(false);
                    let name = hole.trim_start_matches("${").trim_end_matches('}');
                    self.holes.insert(name.to_owned());
                }
                let mut written = text.to_policy(self.is_old);
                for (open, name) in self.renamed {
                    written = written.replace(open, name);
                }
                Ok(written.into())
            }
            Value::List(items) => {
                let items: Result<Vec<Json>, String> =
                    items.iter().map(|item| self.json(item)).collect();
                items.map(Json::Array)
            }
            Value::Map(entries) => {
                let mut object = Map::new();
                for entry in entries {
                    let value = self.json(&entry.value)?;
                    if value != Json::Null {
                        object.insert(entry.key.clone(), value);
                    }
                }
                Ok(Json::Object(object))
            }
        }
    }
}
