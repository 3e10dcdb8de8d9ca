//! The framework's own variables: `${self:custom.table}`, `${aws:region}`.
//!
//! A variable may stand for a text, a list or a mapping of the same file, and these may hold further ones.

use crate::template::known::Known;
use crate::template::node::{Entry, MOST_DEPTH, Node, Value};
use crate::template::steps::Steps;
use crate::template::text::{ACCOUNT, Part, REGION, Text};

/// How many steps all variables of a file may take together.
const MOST_STEPS: usize = 200_000;

/// Where the framework's variables come from.
const SOURCES: [&str; 11] = [
    "self",
    "opt",
    "env",
    "file",
    "ssm",
    "cf",
    "s3",
    "sls",
    "param",
    "strToBool",
    "git",
];

/// Fills in the variables of a whole file.
pub(in crate::template) fn filled(root: &Node, known: &Known) -> Node {
    let variables = Variables {
        root,
        known,
        steps: Steps::new(MOST_STEPS),
    };
    variables.fill(root, 0)
}

struct Variables<'a> {
    root: &'a Node,
    known: &'a Known,
    steps: Steps,
}

impl<'a> Variables<'a> {
    /// Fills every variable in. The recursion ends at the depth of the tree, or after enough variables that lead on.
    fn fill(&self, node: &Node, depth: usize) -> Node {
        if depth > 4 * MOST_DEPTH || !self.steps.take(1) {
            return endless(node);
        }
        let value = match &node.value {
            Value::Text(text) => return self.text(node, text, depth),
            Value::List(items) => Value::List(
                items
                    .iter()
                    .map(|item| self.fill(item, depth + 1))
                    .collect(),
            ),
            Value::Either(items) => Value::Either(
                items
                    .iter()
                    .map(|item| self.fill(item, depth + 1))
                    .collect(),
            ),
            Value::Map(entries) => {
                // What CloudFormation substitutes is its own.
                let entries = entries.iter().map(|entry| Entry {
                    key: entry.key.clone(),
                    key_span: entry.key_span.clone(),
                    value: self.fill(&entry.value, depth + 1),
                });
                Value::Map(entries.collect())
            }
            Value::Null | Value::Unknown(_) => node.value.clone(),
        };
        node.with(value)
    }

    fn text(&self, node: &Node, text: &Text, depth: usize) -> Node {
        if !self.steps.take_text(text.size()) {
            return endless(node);
        }
        let Some(literal) = text.as_literal().filter(|literal| literal.contains("${")) else {
            return node.clone();
        };
        // A value that is one variable may be a list or a mapping.
        let whole = literal
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = whole.filter(|name| !name.contains('{'))
            && let Some(found) = self.own(name)
        {
            let mut filled = self.fill(found, depth + 1);
            filled.is_shared = true;
            return filled;
        }
        let mut filled = Text::default();
        let mut rest = literal;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push(Part::Literal(before.to_owned()));
            let end = closing(after);
            let name = after.get(..end).unwrap_or(after);
            rest = after.get(end + 1..).unwrap_or_default();
            match self.variable(name, depth) {
                Some(text) if !self.steps.take_text(text.size()) => return endless(node),
                Some(text) => filled.append(text),
                None => filled.push(Part::Literal(format!("${{{name}}}"))),
            }
        }
        filled.push(Part::Literal(rest.to_owned()));
        node.with(Value::Text(filled))
    }

    /// What a variable gives; none if it is not one of the framework's, such as `${AWS::Region}` or `${aws:username}`.
    fn variable(&self, name: &str, depth: usize) -> Option<Text> {
        match name {
            "aws:accountId" => return Some(self.known.text(ACCOUNT)),
            "aws:region" => return Some(self.known.text(REGION)),
            _ => {}
        }
        if let Some(value) = self.known.get(name) {
            return Some(Text::literal(value));
        }
        if let Some(found) = self.own(name) {
            return match self.fill(found, depth + 1).value {
                Value::Text(text) => Some(text),
                _ => Some(Text::reference(name)),
            };
        }
        // `opt:stage`, `file(./roles.yml)`, `file(./roles.yml):app`; without either it is a name of CloudFormation's.
        let source = name.split_once([':', '(']).map(|(source, _)| source);
        let is_own = source.is_some_and(|source| SOURCES.contains(&source));
        is_own.then(|| Text::reference(name))
    }

    /// Follows `self:` and the dots behind it.
    fn own(&self, name: &str) -> Option<&'a Node> {
        let path = name
            .strip_prefix("self:")
            .filter(|path| !path.contains([',', '$']))?;
        let mut node = self.root;
        for key in path.trim().split('.') {
            if !self.steps.take_search(node.entries().len()) {
                return None;
            }
            node = node.get(key)?;
        }
        (node.value != Value::Null).then_some(node)
    }
}

/// What stands for all that more steps would tell.
fn endless(node: &Node) -> Node {
    node.with(Value::Unknown("variables that lead in a circle".to_owned()))
}

/// The byte of the brace that closes a variable; braces nest.
fn closing(text: &str) -> usize {
    let mut depth = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}
