//! The tree that every kind of infrastructure code is read into, with the place of each value.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::Text;

/// How deep values may nest.
pub(super) const MOST_DEPTH: usize = 64;
/// How many values a file may hold, aliases counted as often as they are used, and long texts in these for several.
pub(super) const MOST_NODES: usize = 1_000_000;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) value: Value,
    /// Where it begins.
    pub(crate) place: Place,
    /// The bytes of the file that it is written in; block values reach to the end of their last token.
    pub(crate) span: Range<usize>,
    /// Says whether other places of the file use these bytes too (a YAML anchor's), so that they cannot be changed for one.
    pub(crate) is_shared: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A text, a number or a truth value, as it is written.
    Text(Text),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in order.
    Map(Vec<Entry>),
    /// One of these, and it is not known which.
    Either(Vec<Node>),
    /// A value that is not known: what it is called.
    Unknown(String),
}

/// A member of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) key: String,
    /// The bytes of the name, quotes included.
    pub(crate) key_span: Range<usize>,
    /// Its value.
    pub(crate) value: Node,
}

impl Node {
    /// Makes a value in the place of another.
    pub(crate) fn with(&self, value: Value) -> Self {
        Self {
            value,
            ..self.clone_shell()
        }
    }

    fn clone_shell(&self) -> Self {
        Self {
            value: Value::Null,
            place: self.place.clone(),
            span: self.span.clone(),
            is_shared: self.is_shared,
        }
    }

    /// Finds a member of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Finds a member of a mapping, with its name.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Lists the members of a mapping; nothing has none.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Lists the elements of a list; a value that is none is its only element.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// Lists the elements of a list, or the one value, those of every branch of a choice too; and the choices.
    pub(super) fn flattened(&self) -> (Vec<Self>, Vec<Self>) {
        let (mut all, mut choices) = (Vec::new(), Vec::new());
        let mut open = vec![self.clone()];
        while let Some(node) = open.pop() {
            match node.value {
                Value::List(items) => open.extend(items.into_iter().rev()),
                Value::Either(ref branches) => {
                    open.extend(branches.iter().rev().cloned());
                    choices.push(node);
                }
                Value::Null => {}
                _ => all.push(node),
            }
        }
        (all, choices)
    }

    /// Lists the elements of a list, those of lists in it too.
    pub(super) fn flattened_lists(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut open = vec![self.clone()];
        while let Some(node) = open.pop() {
            match node.value {
                Value::List(items) => open.extend(items.into_iter().rev()),
                _ => all.push(node),
            }
        }
        all
    }

    /// Lists the values right inside of it.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.value {
            Value::List(items) | Value::Either(items) => items.iter_mut().collect(),
            Value::Map(entries) => entries.iter_mut().map(|entry| &mut entry.value).collect(),
            Value::Null | Value::Text(_) | Value::Unknown(_) => Vec::new(),
        }
    }

    /// Returns its text, if it is one without holes.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => text.as_literal(),
            _ => None,
        }
    }

    /// How many values it holds, itself included. The recursion ends at the depth of the tree.
    pub(super) fn count(&self) -> usize {
        let inner: usize = match &self.value {
            Value::List(items) | Value::Either(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.value.count()).sum(),
            Value::Null | Value::Text(_) | Value::Unknown(_) => 0,
        };
        1 + inner
    }

    /// The first member of a mapping whose name stands there before.
    pub(super) fn doubled(entries: &[Entry]) -> Option<&Entry> {
        let mut seen = BTreeSet::new();
        let mut entries = entries.iter();
        entries.find(|entry| !seen.insert(entry.key.as_str()))
    }

    /// Follows member names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Makes JSON of it, texts as they are written; what is not known is nothing. The recursion ends at the depth of the tree.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Unknown(_) | Value::Either(_) => serde_json::Value::Null,
            Value::Text(text) => text.to_policy(false).into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                let members = entries.iter();
                let members = members.map(|entry| (entry.key.clone(), entry.value.to_json()));
                serde_json::Value::Object(members.collect())
            }
        }
    }

    /// Says what it is, for an error.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Text(text) => {
                let short: String = text.to_string().chars().take(60).collect();
                format!("`{short}`")
            }
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
            Value::Either(_) => "a choice".to_owned(),
            Value::Unknown(name) => format!("`{name}`"),
        }
    }
}
