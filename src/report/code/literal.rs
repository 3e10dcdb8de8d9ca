//! Texts, lists and objects of TypeScript and Python, laid out as Prettier and Black would.

use std::fmt::Write as _;

use crate::template::{ACCOUNT, PARTITION, Part, REGION, Text, Tree};

/// A language, as far as values are concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) language: Script,
    /// The expressions for account, region and partition.
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) partition: &'static str,
    /// Stands before a text with references.
    pub(super) tag: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Typescript,
    Python,
}

impl Script {
    /// The longest line that the formatter makes.
    fn width(self) -> usize {
        match self {
            Self::Typescript => 80,
            Self::Python => 88,
        }
    }

    fn step(self) -> usize {
        match self {
            Self::Typescript => 2,
            Self::Python => 4,
        }
    }
}

impl Dialect {
    fn expression<'n>(&'n self, name: &'n str) -> &'n str {
        match name {
            ACCOUNT => self.account,
            REGION => self.region,
            PARTITION => self.partition,
            other => other,
        }
    }

    /// Writes a text.
    pub(super) fn text(&self, text: &Text) -> String {
        if let [Part::Reference(name)] = text.parts() {
            return self.expression(name).to_owned();
        }
        let has_references = text.has_references();
        let (open, close) = match (self.language, has_references) {
            (Script::Typescript, false) => ("'", '\''),
            (Script::Typescript, true) => ("`", '`'),
            (Script::Python, false) => ("\"", '"'),
            (Script::Python, true) => ("f\"", '"'),
        };
        let mut written = String::new();
        if has_references {
            written.push_str(self.tag);
        }
        written.push_str(open);
        for part in text.parts() {
            match (part, self.language) {
                (Part::Reference(name), Script::Typescript) => {
                    written.extend(["${", self.expression(name), "}"]);
                }
                (Part::Reference(name), Script::Python) => {
                    written.extend(["{", self.expression(name), "}"]);
                }
                (Part::Literal(literal), _) => {
                    self.escape(literal, has_references, close, &mut written);
                }
            }
        }
        written.push(close);
        written
    }

    fn escape(&self, literal: &str, is_template: bool, quote: char, written: &mut String) {
        for character in literal.chars() {
            match character {
                '\\' => written.push_str("\\\\"),
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                '\t' => written.push_str("\\t"),
                // A template's own signs; `$` alone means itself, and `\$` does too.
                '$' if is_template && self.language == Script::Typescript => {
                    written.push_str("\\$");
                }
                '{' if is_template && self.language == Script::Python => written.push_str("{{"),
                '}' if is_template && self.language == Script::Python => written.push_str("}}"),
                other if other == quote => {
                    written.push('\\');
                    written.push(other);
                }
                other if other.is_control() => {
                    let _ = write!(written, "\\u{:04x}", u32::from(other));
                }
                other => written.push(other),
            }
        }
    }

    fn key(&self, key: &str) -> String {
        let mut characters = key.chars();
        let begins = characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic());
        let is_name = begins && characters.all(|character| character.is_ascii_alphanumeric());
        if is_name && self.language == Script::Typescript {
            key.to_owned()
        } else {
            self.text(&Text::literal(key))
        }
    }

    /// Writes a value; `indent` spaces stand before the line that it begins on, `used` characters on that line and behind it.
    pub(super) fn value(&self, tree: &Tree, indent: usize, used: usize) -> String {
        if let Some(line) = self.line(tree)
            && indent + used + line.chars().count() <= self.language.width()
        {
            return line;
        }
        let inner = indent + self.language.step();
        let margin = " ".repeat(inner);
        let mut lines = String::new();
        let (open, close) = match tree {
            Tree::Text(text) => return self.text(text),
            Tree::Bare(word) => return word.clone(),
            Tree::List(items) => {
                for item in items {
                    for comment in &item.comments {
                        let sign = if self.language == Script::Python {
                            "#"
                        } else {
                            "//"
                        };
                        lines.extend([margin.as_str(), sign, " ", comment, "\n"]);
                    }
                    lines.extend([margin.as_str(), &self.value(&item.value, inner, 1), ",\n"]);
                }
                ('[', ']')
            }
            Tree::Map(members) => {
                for (key, value) in members {
                    let key = self.key(key);
                    let value = self.value(value, inner, key.chars().count() + 3);
                    lines.extend([margin.as_str(), &key, ": ", &value, ",\n"]);
                }
                ('{', '}')
            }
        };
        format!("{open}\n{lines}{}{close}", " ".repeat(indent))
    }

    /// Writes a value in one line; none if a comment stands in it.
    fn line(&self, tree: &Tree) -> Option<String> {
        match tree {
            Tree::Text(text) => Some(self.text(text)),
            Tree::Bare(word) => Some(word.clone()),
            Tree::List(items) => {
                let item = |item: &crate::template::Item| {
                    item.comments
                        .is_empty()
                        .then(|| self.line(&item.value))
                        .flatten()
                };
                let items: Option<Vec<String>> = items.iter().map(item).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            Tree::Map(members) if members.is_empty() => Some("{}".to_owned()),
            Tree::Map(members) => {
                let member = |(key, value): &(String, Tree)| {
                    Some(format!("{}: {}", self.key(key), self.line(value)?))
                };
                let members: Option<Vec<String>> = members.iter().map(member).collect();
                let members = members?.join(", ");
                Some(match self.language {
                    Script::Typescript => format!("{{ {members} }}"),
                    Script::Python => format!("{{{members}}}"),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: Dialect = Dialect {
        language: Script::Python,
        account: "stack.account",
        region: "stack.region",
        partition: "stack.partition",
        tag: "",
    };

    #[test]
    fn nothing_in_a_text_is_the_languages_own() {
        let text = Text::from_parts([
            Part::Literal("a{b}`'\"\\$".to_owned()),
            Part::Reference(ACCOUNT.to_owned()),
            Part::Literal("${aws:username}\n".to_owned()),
        ]);
        assert_eq!(
            PYTHON.text(&text),
            "f\"a{{b}}`'\\\"\\\\${stack.account}${{aws:username}}\\n\""
        );
        let typescript = Dialect {
            language: Script::Typescript,
            account: "account",
            ..PYTHON
        };
        assert_eq!(
            typescript.text(&text),
            "`a{b}\\`'\"\\\\\\$${account}\\${aws:username}\\n`"
        );
        assert_eq!(typescript.text(&Text::literal("it's")), "'it\\'s'");
    }
}
