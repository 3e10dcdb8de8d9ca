//! Policies as infrastructure code writes them: one tree, and a writer for each language.
//!
//! A writer must mean exactly what the policy means. So each escapes what its language would read as its own (`${` of a policy
//! variable is `$${` in Terraform and `${!` in `Fn::Sub`), and comments hold no character that ends a line.

mod hcl;
mod json;
mod stack;
mod statements;
mod yaml;

pub(super) use hcl::heredoc_value;
pub use hcl::{hcl_text, hcl_value};
pub use json::{JsonStyle, json_value};
pub use stack::Stack;
pub use statements::{fits_policy_document, hcl_statements};
pub(super) use yaml::yaml_value;
pub use yaml::{Quotes, YamlStyle, yaml_document};

use super::Text;
use crate::policy::{ActionElement, Document, ResourceElement, Statement};

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A text.
    Text(Text),
    /// A number or a truth value, which stands without quotes.
    Bare(String),
    /// A list.
    List(Vec<Item>),
    /// A mapping, in order.
    Map(Vec<(String, Self)>),
}

/// An element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Lines said before it, where the language has comments.
    pub comments: Vec<String>,
    /// The element.
    pub value: Tree,
}

impl Tree {
    /// Makes a text without holes.
    pub fn literal(text: impl Into<String>) -> Self {
        Self::Text(Text::literal(text))
    }

    /// Makes a truth value.
    pub fn truth(is_true: bool) -> Self {
        Self::Bare(is_true.to_string())
    }

    /// Makes a number.
    pub fn number(number: u32) -> Self {
        Self::Bare(number.to_string())
    }

    /// Makes a list without comments.
    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        let item = |value| Item {
            comments: Vec::new(),
            value,
        };
        Self::List(values.into_iter().map(item).collect())
    }

    /// Makes a mapping.
    pub fn map<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Map(members.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// Says whether it is an empty list or mapping.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) | Self::Bare(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(members) => members.is_empty(),
        }
    }
}

/// Makes the tree of a policy; `comments` stand before its statements, in order.
pub fn policy_tree(document: &Document, stack: &Stack, comments: &[Vec<String>]) -> Tree {
    let mut members = Vec::new();
    if let Some(version) = document.version {
        members.push(("Version".to_owned(), Tree::literal(version.as_str())));
    }
    if let Some(id) = &document.id {
        members.push(("Id".to_owned(), Tree::literal(id.as_str())));
    }
    members.push((
        "Statement".to_owned(),
        statements_tree(document, stack, comments),
    ));
    Tree::Map(members)
}

/// Makes the tree of a policy's statements.
pub(super) fn statements_tree(
    document: &Document,
    stack: &Stack,
    comments: &[Vec<String>],
) -> Tree {
    let item = |(index, statement): (usize, &Statement)| Item {
        comments: comments.get(index).cloned().unwrap_or_default(),
        value: statement_tree(statement, stack),
    };
    Tree::List(document.statements.iter().enumerate().map(item).collect())
}

fn statement_tree(statement: &Statement, stack: &Stack) -> Tree {
    let mut members = Vec::new();
    if let Some(sid) = &statement.sid {
        members.push(("Sid".to_owned(), Tree::literal(sid.as_str())));
    }
    members.push((
        "Effect".to_owned(),
        Tree::literal(statement.effect.as_str()),
    ));
    let (name, actions) = match &statement.action {
        ActionElement::Action(actions) => ("Action", actions),
        ActionElement::NotAction(actions) => ("NotAction", actions),
    };
    members.push((
        name.to_owned(),
        one_or_many(actions.iter().map(Text::literal)),
    ));
    if let Some(resource) = &statement.resource {
        let name = match resource {
            ResourceElement::Resource(_) => "Resource",
            ResourceElement::NotResource(_) => "NotResource",
        };
        let resources = resource
            .patterns()
            .iter()
            .map(|pattern| stack.text(pattern));
        members.push((name.to_owned(), one_or_many(resources)));
    }
    let operator = |(operator, keys): (&String, &indexmap::IndexMap<String, Vec<String>>)| {
        let key = |(key, values): (&String, &Vec<String>)| {
            let values = values.iter().map(|value| stack.value(key, value));
            (key.clone(), one_or_many(values))
        };
        (operator.clone(), Tree::Map(keys.iter().map(key).collect()))
    };
    if !statement.conditions.is_empty() {
        let operators = statement.conditions.iter().map(operator).collect();
        members.push(("Condition".to_owned(), Tree::Map(operators)));
    }
    Tree::Map(members)
}

/// A single value stands without its list.
fn one_or_many(texts: impl IntoIterator<Item = Text>) -> Tree {
    let mut texts: Vec<Text> = texts.into_iter().collect();
    match (texts.len(), texts.pop()) {
        (1, Some(only)) => Tree::Text(only),
        (_, last) => Tree::list(texts.into_iter().chain(last).map(Tree::Text)),
    }
}
