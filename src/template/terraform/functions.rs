//! What Terraform's functions give, where all that they need is known.
//!
//! Source: the Terraform language documentation, "Functions".

use std::collections::BTreeSet;

use super::text_of;
use crate::template::node::{Entry, Node, Value};
use crate::template::text::{Part, Text};

pub(super) fn lists_of(lists: &[Node]) -> Option<Vec<Node>> {
    let mut all = Vec::new();
    for list in lists {
        match &list.value {
            Value::List(items) => all.extend(items.iter().cloned()),
            Value::Null => {}
            _ => return None,
        }
    }
    Some(all)
}

pub(super) fn merged(maps: &[Node]) -> Option<Value> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen = BTreeSet::new();
    // Of several members of a name the last one counts.
    for map in maps.iter().rev() {
        let Value::Map(members) = &map.value else {
            return None;
        };
        for member in members.iter().rev() {
            if seen.insert(member.key.as_str()) {
                entries.push(member.clone());
            }
        }
    }
    entries.reverse();
    Some(Value::Map(entries))
}

pub(super) fn joined(separator: &str, list: &Node) -> Option<Value> {
    let Value::List(items) = &list.value else {
        return None;
    };
    let mut text = Text::default();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(Part::Literal(separator.to_owned()));
        }
        text.append(text_of(item)?.clone());
    }
    Some(Value::Text(text))
}

/// `format` with `%s`, `%d`, `%v` and `%%`.
pub(super) fn formatted(pattern: &str, values: &[Node]) -> Option<Text> {
    let mut text = Text::default();
    let mut values = values.iter();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(Part::Literal(character.to_string()));
            continue;
        }
        match characters.next()? {
            '%' => text.push(Part::Literal("%".to_owned())),
            's' | 'd' | 'v' => text.append(text_of(values.next()?)?.clone()),
            _ => return None,
        }
    }
    Some(text)
}
