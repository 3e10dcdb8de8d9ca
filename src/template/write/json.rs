//! JSON, with CloudFormation's functions in their long form.

use super::Tree;
use crate::template::text::{Part, Text};

/// How a JSON text is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonStyle {
    /// One step of indentation; none for all in one line.
    pub step: Option<String>,
    /// The end of a line.
    pub line_end: &'static str,
}

/// Writes a value; `indent` stands before every line but the first.
pub fn json_value(tree: &Tree, indent: &str, style: &JsonStyle) -> String {
    written(tree, indent, style, function)
}

/// Writes a value; `scalar` writes its texts.
pub(super) fn written(
    tree: &Tree,
    indent: &str,
    style: &JsonStyle,
    scalar: fn(&Text) -> String,
) -> String {
    let mut text = String::new();
    write(tree, indent, (style, scalar), &mut text);
    text
}

/// How lines and texts are written.
type How<'s> = (&'s JsonStyle, fn(&Text) -> String);

/// The recursion ends at the depth of the tree, which is that of a policy.
fn write(tree: &Tree, indent: &str, how: How<'_>, text: &mut String) {
    match tree {
        Tree::Text(value) => text.push_str(&how.1(value)),
        Tree::Bare(word) => text.push_str(word),
        _ if tree.is_empty() => text.push_str(if matches!(tree, Tree::List(_)) {
            "[]"
        } else {
            "{}"
        }),
        Tree::List(items) => {
            let members = items.iter().map(|item| (None, &item.value));
            block(('[', ']'), members, (indent, how), text);
        }
        Tree::Map(members) => {
            let members = members
                .iter()
                .map(|(key, value)| (Some(key.as_str()), value));
            block(('{', '}'), members, (indent, how), text);
        }
    }
}

fn block<'t>(
    (open, close): (char, char),
    members: impl Iterator<Item = (Option<&'t str>, &'t Tree)>,
    (indent, how): (&str, How<'_>),
    text: &mut String,
) {
    let style = how.0;
    let inner = format!("{indent}{}", style.step.as_deref().unwrap_or_default());
    let end = |text: &mut String, indent: &str| {
        if style.step.is_some() {
            text.push_str(style.line_end);
            text.push_str(indent);
        }
    };
    text.push(open);
    for (index, (key, value)) in members.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if index > 0 && style.step.is_none() {
            text.push(' ');
        }
        end(text, &inner);
        if let Some(key) = key {
            text.push_str(&quoted(key));
            text.push_str(": ");
        }
        write(value, &inner, how, text);
    }
    end(text, indent);
    text.push(close);
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text, with functions where it has holes.
fn function(text: &Text) -> String {
    if let Some(literal) = text.as_literal() {
        return quoted(literal);
    }
    if let [Part::Reference(name)] = text.parts() {
        return match name.split_once('.') {
            Some((resource, attribute)) => {
                format!(
                    "{{\"Fn::GetAtt\": [{}, {}]}}",
                    quoted(resource),
                    quoted(attribute)
                )
            }
            None => format!("{{\"Ref\": {}}}", quoted(name)),
        };
    }
    if let Some(pattern) = substitution(text) {
        return format!("{{\"Fn::Sub\": {}}}", quoted(&pattern));
    }
    let part = |part: &Part| match part {
        Part::Literal(literal) => quoted(literal),
        Part::Reference(name) => function(&Text::reference(name.as_str())),
    };
    let parts: Vec<String> = text.parts().iter().map(part).collect();
    format!("{{\"Fn::Join\": [\"\", [{}]]}}", parts.join(", "))
}

/// The pattern of `Fn::Sub`; none if a `${` in the text is not closed, which that function does not take.
pub(super) fn substitution(text: &Text) -> Option<String> {
    let mut pattern = String::new();
    for part in text.parts() {
        match part {
            Part::Reference(name) => {
                pattern.push_str("${");
                pattern.push_str(name);
                pattern.push('}');
            }
            Part::Literal(literal) => {
                let mut opened = literal.split("${").skip(1);
                if opened.any(|rest| !rest.contains('}')) {
                    return None;
                }
                // A lone `$` before a reference would be read with it.
                if literal.ends_with('$') {
                    return None;
                }
                pattern.push_str(&literal.replace("${", "${!"));
            }
        }
    }
    Some(pattern)
}
