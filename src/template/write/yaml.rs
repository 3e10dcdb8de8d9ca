//! YAML in block style, with CloudFormation's functions in their short form.

use std::fmt::Write as _;

use super::json::substitution;
use super::{Item, JsonStyle, Tree, json_value};
use crate::template::text::{Part, Text};

/// How a YAML text is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlStyle {
    /// Spaces by which a mapping is indented below its key.
    pub step: usize,
    /// Spaces by which a list is indented below its key.
    pub list_step: usize,
    /// How texts are quoted.
    pub quotes: Quotes,
    /// Says whether functions are written in their short form.
    pub is_short: bool,
    /// The end of a line.
    pub line_end: &'static str,
}

/// How texts are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// Only where needed, then with double quotes.
    Needed,
    /// Only where needed, then with single quotes.
    NeededSingle,
    /// Always with single quotes.
    Single,
    /// Always with double quotes.
    Double,
}

/// Writes a value below a key at `indent` spaces, or a text behind it; what comes begins right behind the key's colon and has no
/// line end at its end.
pub(crate) fn yaml_value(tree: &Tree, indent: usize, style: &YamlStyle) -> String {
    let mut text = String::new();
    if style.is_short {
        behind_key(tree, indent, style, &mut text);
    } else {
        behind_key(&in_long_form(tree), indent, style, &mut text);
    }
    text
}

/// Writes a mapping or list as a document of its own.
pub fn yaml_document(tree: &Tree, style: &YamlStyle) -> String {
    let mut text = String::new();
    block(tree, 0, style, true, &mut text);
    text.push_str(style.line_end);
    text.strip_prefix(style.line_end)
        .unwrap_or(&text)
        .to_owned()
}

fn behind_key(tree: &Tree, indent: usize, style: &YamlStyle, text: &mut String) {
    let inner = match tree {
        Tree::List(_) => indent + style.list_step,
        Tree::Text(_) | Tree::Bare(_) | Tree::Map(_) => indent + style.step,
    };
    match tree {
        Tree::Text(value) => {
            text.push(' ');
            text.push_str(&scalar(value, style));
        }
        Tree::Bare(word) => {
            text.push(' ');
            text.push_str(word);
        }
        _ if tree.is_empty() => text.push_str(if matches!(tree, Tree::List(_)) {
            " []"
        } else {
            " {}"
        }),
        _ => block(tree, inner, style, true, text),
    }
}

/// Writes the lines of a list or mapping. The recursion ends at the depth of the tree, which is that of a policy.
fn block(tree: &Tree, indent: usize, style: &YamlStyle, is_on_new_line: bool, text: &mut String) {
    let mut begins_line = is_on_new_line;
    let begin = |text: &mut String, begins_line: &mut bool| {
        if *begins_line {
            text.push_str(style.line_end);
            text.push_str(&" ".repeat(indent));
        }
        *begins_line = true;
    };
    match tree {
        Tree::Text(value) => text.push_str(&scalar(value, style)),
        Tree::Bare(word) => text.push_str(word),
        Tree::Map(members) => {
            for (key, value) in members {
                begin(text, &mut begins_line);
                text.push_str(&plain_or_quoted(key, style.quotes.only_where_needed()));
                text.push(':');
                behind_key(value, indent, style, text);
            }
        }
        Tree::List(items) => {
            for item in items {
                for comment in &item.comments {
                    begin(text, &mut begins_line);
                    text.push_str("# ");
                    text.push_str(comment);
                }
                begin(text, &mut begins_line);
                text.push_str("- ");
                match &item.value {
                    value if value.is_empty() => text.push_str(&json_value(
                        value,
                        "",
                        &JsonStyle {
                            step: None,
                            line_end: "\n",
                        },
                    )),
                    value => block(value, indent + 2, style, false, text),
                }
            }
        }
    }
}

/// A text, with a function where it has holes.
fn scalar(text: &Text, style: &YamlStyle) -> String {
    if let Some(literal) = text.as_literal() {
        return plain_or_quoted(literal, style.quotes);
    }
    if let [Part::Reference(name)] = text.parts() {
        let function = if name.contains('.') {
            "!GetAtt"
        } else {
            "!Ref"
        };
        return format!(
            "{function} {}",
            plain_or_quoted(name, style.quotes.only_where_needed())
        );
    }
    if let Some(pattern) = substitution(text) {
        return format!("!Sub {}", plain_or_quoted(&pattern, style.quotes));
    }
    let part = |part: &Part| match part {
        Part::Literal(literal) => double_quoted(literal),
        Part::Reference(name) => scalar(&Text::reference(name.as_str()), style),
    };
    let parts: Vec<String> = text.parts().iter().map(part).collect();
    format!("!Join [\"\", [{}]]", parts.join(", "))
}

/// Writes functions as mappings. The recursion ends at the depth of the tree, which is that of a policy.
fn in_long_form(tree: &Tree) -> Tree {
    match tree {
        Tree::List(items) => {
            let item = |item: &Item| Item {
                comments: item.comments.clone(),
                value: in_long_form(&item.value),
            };
            Tree::List(items.iter().map(item).collect())
        }
        Tree::Map(members) => {
            let member = |(key, value): &(String, Tree)| (key.clone(), in_long_form(value));
            Tree::Map(members.iter().map(member).collect())
        }
        Tree::Bare(_) => tree.clone(),
        Tree::Text(text) if !text.has_references() => tree.clone(),
        Tree::Text(text) => match (text.parts(), substitution(text)) {
            ([Part::Reference(name)], _) => match name.split_once('.') {
                Some(_) => Tree::map([("Fn::GetAtt", Tree::literal(name.as_str()))]),
                None => Tree::map([("Ref", Tree::literal(name.as_str()))]),
            },
            (_, Some(pattern)) => Tree::map([("Fn::Sub", Tree::literal(pattern))]),
            (parts, None) => {
                let part =
                    |part: &Part| in_long_form(&Tree::Text(Text::from_parts([part.clone()])));
                let parts = Tree::list(parts.iter().map(part));
                Tree::map([("Fn::Join", Tree::list([Tree::literal(""), parts]))])
            }
        },
    }
}

impl Quotes {
    fn only_where_needed(self) -> Self {
        match self {
            Self::Single | Self::NeededSingle => Self::NeededSingle,
            Self::Double | Self::Needed => Self::Needed,
        }
    }
}

fn plain_or_quoted(text: &str, quotes: Quotes) -> String {
    match quotes {
        Quotes::Needed | Quotes::NeededSingle if is_plain(text) => text.to_owned(),
        Quotes::Single | Quotes::NeededSingle if is_printable(text) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        _ => double_quoted(text),
    }
}

/// Says whether a text may stand without quotes, for every version of YAML.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none",
    ];
    let mut characters = text.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '/');
    let is_inner =
        |character: char| character.is_ascii_alphanumeric() || "-_./:*?+=@$%{}".contains(character);
    begins
        && characters.all(is_inner)
        && !text.ends_with(':')
        // `{` could begin a flow mapping only behind a space, and none is here.
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Says whether a text may stand between single quotes, which have no escapes.
fn is_printable(text: &str) -> bool {
    text.chars()
        .all(|character| matches!(character, ' '..='~' | '\u{a1}'..='\u{ff}'))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            ' '..='~' | '\u{a1}'..='\u{ff}' => quoted.push(character),
            other => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\U{:08X}", u32::from(other));
            }
        }
    }
    quoted.push('"');
    quoted
}
