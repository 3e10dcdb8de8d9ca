//! The order of the files: every key once, and sorted where people look things up.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Complaints;

/// The members of a JSON text as they stand in it, repeated ones included.
enum Tree {
    Leaf,
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Objects below these keys of a generated file are looked things up in; a hand-written file has reasons of its own for the
/// order, but for its operations.
const SORTED: [&str; 5] = [
    "actions",
    "resource_types",
    "condition_keys",
    "bindings",
    "bindings_by_operation",
];
const SORTED_BY_HAND: [&str; 1] = ["exceptions"];

/// Checks one file.
pub(super) fn check(name: &str, text: &str, complaints: &mut Complaints) {
    match serde_json::from_str::<Tree>(text) {
        Ok(tree) => {
            let is_table = name.starts_with("parameters/")
                || ["visibility.json", "roles-not-passed.json"].contains(&name);
            let sorted = if name.starts_with("services/") {
                &SORTED[..]
            } else {
                &SORTED_BY_HAND[..]
            };
            walk(&tree, name, (is_table, sorted), complaints);
        }
        Err(error) => complaints.add(name, error.to_string()),
    }
    if !text.ends_with('\n') {
        complaints.add(name, "expected a line end at the end of the file");
    }
}

/// Walks a tree; the depth is bounded by that of the JSON reader.
fn walk(
    tree: &Tree,
    place: &str,
    (is_sorted, sorted): (bool, &[&str]),
    complaints: &mut Complaints,
) {
    match tree {
        Tree::Leaf => {}
        Tree::List(values) => {
            for value in values {
                walk(value, place, (false, sorted), complaints);
            }
        }
        Tree::Object(members) => {
            for pair in members.windows(2) {
                if let [(first, _), (second, _)] = pair
                    && is_sorted
                    && first > second
                {
                    complaints.add(
                        place,
                        format!("`{second}` stands after `{first}`, expected sorted keys"),
                    );
                }
            }
            for (at, (key, value)) in members.iter().enumerate() {
                if members.iter().take(at).any(|(earlier, _)| earlier == key) {
                    complaints.add(place, format!("`{key}` stands twice"));
                }
                walk(
                    value,
                    &format!("{place}: {key}"),
                    (sorted.contains(&key.as_str()), sorted),
                    complaints,
                );
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Tree::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}
