//! Terraform's language, laid out as `terraform fmt` would.

use std::fmt::Write as _;

use super::json::{quoted, written};
use super::{JsonStyle, Tree};
use crate::template::text::{ACCOUNT, PARTITION, Part, REGION, Text};

/// Writes a value as the argument of `jsonencode`; `indent` spaces stand before every line but the first.
pub fn hcl_value(tree: &Tree, indent: usize) -> String {
    let mut text = String::new();
    write(tree, indent, &mut text);
    text
}

/// The recursion ends at the depth of the tree, which is that of a policy.
fn write(tree: &Tree, indent: usize, text: &mut String) {
    let line = |text: &mut String, indent: usize| {
        text.push('\n');
        text.push_str(&" ".repeat(indent));
    };
    match tree {
        Tree::Text(value) => text.push_str(&hcl_text(value)),
        Tree::Bare(word) => text.push_str(word),
        _ if tree.is_empty() => text.push_str(if matches!(tree, Tree::List(_)) {
            "[]"
        } else {
            "{}"
        }),
        Tree::List(items) => {
            text.push('[');
            for item in items {
                for comment in &item.comments {
                    line(text, indent + 2);
                    text.push_str("# ");
                    text.push_str(comment);
                }
                line(text, indent + 2);
                write(&item.value, indent + 2, text);
                text.push(',');
            }
            line(text, indent);
            text.push(']');
        }
        Tree::Map(members) => {
            text.push('{');
            let members: Vec<(String, &Tree)> = members
                .iter()
                .map(|(key, value)| (hcl_identifier(key), value))
                .collect();
            for (key, width, value) in aligned(&members) {
                line(text, indent + 2);
                // Writing to a String cannot fail.
                let _ = write!(text, "{key:width$} = ");
                write(value, indent + 2, text);
            }
            line(text, indent);
            text.push('}');
        }
    }
}

/// Writes a value as the JSON of a heredoc, in which only interpolations mean more than themselves.
pub(crate) fn heredoc_value(tree: &Tree, indent: &str, style: &JsonStyle) -> String {
    written(tree, indent, style, |text| {
        let mut json = String::from("\"");
        for (index, part) in text.parts().iter().enumerate() {
            match part {
                Part::Reference(name) => json.extend(["${", expression(name), "}"]),
                Part::Literal(literal) => {
                    let quoted = quoted(literal);
                    let inner = quoted
                        .strip_prefix('"')
                        .and_then(|rest| rest.strip_suffix('"'));
                    let is_before_reference = index + 1 < text.parts().len();
                    escape_signs(inner.unwrap_or_default(), is_before_reference, &mut json);
                }
            }
        }
        json.push('"');
        json
    })
}

/// Gives each name the width of its neighbours: `=` stands in one column where values of one line follow each other.
fn aligned<'m>(members: &'m [(String, &'m Tree)]) -> Vec<(&'m str, usize, &'m Tree)> {
    let is_short = |tree: &Tree| matches!(tree, Tree::Text(_) | Tree::Bare(_)) || tree.is_empty();
    let width = |key: &str| key.chars().count();
    let mut all = Vec::new();
    let mut at = members;
    while let Some((key, value)) = at.first() {
        let run = at.iter().take_while(|(_, value)| is_short(value)).count();
        if run == 0 {
            all.push((key.as_str(), width(key), *value));
            at = at.get(1..).unwrap_or_default();
            continue;
        }
        let (short, rest) = at.split_at(run);
        let widest = short
            .iter()
            .map(|(key, _)| width(key))
            .max()
            .unwrap_or_default();
        all.extend(
            short
                .iter()
                .map(|(key, value)| (key.as_str(), widest, *value)),
        );
        at = rest;
    }
    all
}

/// A name, quoted if it is no identifier.
fn hcl_identifier(key: &str) -> String {
    let mut characters = key.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let is_identifier = begins
        && characters
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'));
    if is_identifier {
        key.to_owned()
    } else {
        hcl_text(&Text::literal(key))
    }
}

/// A quoted text; what it refers to is interpolated.
pub fn hcl_text(text: &Text) -> String {
    if let [Part::Reference(name)] = text.parts() {
        return expression(name).to_owned();
    }
    let mut quoted = String::from("\"");
    for (index, part) in text.parts().iter().enumerate() {
        match part {
            Part::Reference(name) => {
                quoted.push_str("${");
                quoted.push_str(expression(name));
                quoted.push('}');
            }
            Part::Literal(literal) => {
                let is_before_reference = index + 1 < text.parts().len();
                escape(literal, is_before_reference, &mut quoted);
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Writes characters so that none means more than itself.
fn escape(literal: &str, is_before_reference: bool, quoted: &mut String) {
    let mut escaped = String::new();
    for character in literal.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            other if other.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(other));
            }
            other => escaped.push(other),
        }
    }
    escape_signs(&escaped, is_before_reference, quoted);
}

/// Doubles the signs that begin interpolations and directives.
fn escape_signs(text: &str, is_before_reference: bool, quoted: &mut String) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek();
        let is_sign = matches!(character, '$' | '%');
        // Before another sign, or at the end before a reference, it could be read with that.
        let is_lone = matches!(next, Some('$' | '%')) || next.is_none() && is_before_reference;
        if is_sign && next == Some(&'{') {
            quoted.extend([character, character]);
        } else if is_sign && is_lone {
            quoted.extend(["${\"", character.encode_utf8(&mut [0; 4]), "\"}"]);
        } else {
            quoted.push(character);
        }
    }
}

/// What a reference is called in Terraform.
fn expression(name: &str) -> &str {
    match name {
        ACCOUNT => "data.aws_caller_identity.current.account_id",
        PARTITION => "data.aws_partition.current.partition",
        // Not `name`, which newer versions of the provider call `region`.
        REGION => "data.aws_region.current.id",
        other => other,
    }
}
