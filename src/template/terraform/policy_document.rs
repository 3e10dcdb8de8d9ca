//! The data source `aws_iam_policy_document`.
//!
//! Statements of `source_policy_documents` come first and are replaced by those of the same name further on; in all texts `&{`
//! stands for `${`, which the language keeps for itself. Source: the documentation of the provider, for this data source.

use hcl_edit::structure::{Block, Body};

use super::scope::{File, Scope};
use crate::template::node::{Entry, MOST_DEPTH, Node, Value};
use crate::template::text::{Part, Text};

/// Reads the data source as the policy that it gives.
pub(super) fn node(scope: &Scope<'_>, file: &File<'_>, block: &Block, depth: usize) -> Node {
    if depth > MOST_DEPTH {
        return file.node(
            block,
            Value::Unknown("documents that lead in a circle".to_owned()),
        );
    }
    let mut statements: Vec<Node> = Vec::new();
    for key in ["source_json", "source_policy_documents"] {
        add_documents(scope, (file, &block.body), key, (&mut statements, depth));
    }
    for inner in block.body.blocks() {
        match inner.ident.as_str() {
            "statement" => add(&mut statements, statement(scope, file, inner, depth)),
            "dynamic" => {
                statements.push(file.node(inner, Value::Unknown("dynamic statements".to_owned())));
            }
            _ => {}
        }
    }
    for key in ["override_json", "override_policy_documents"] {
        add_documents(scope, (file, &block.body), key, (&mut statements, depth));
    }
    let version = block
        .body
        .get_attribute("version")
        .map(|version| scope.evaluate(file, &version.value, depth + 1));
    let version =
        version.unwrap_or_else(|| file.node(block, Value::Text(Text::literal("2012-10-17"))));
    let statements = file.node(block, Value::List(statements));
    let members = vec![entry("Version", version), entry("Statement", statements)];
    file.node(block, Value::Map(members))
}

/// Says whether a policy names principals, so that it grants nothing to whom it is attached to.
pub(super) fn names_principals(policy: &Node) -> bool {
    let statements = policy.get("Statement").map(Node::items);
    let mut statements = statements.unwrap_or_default().iter();
    statements.any(|one| one.get("Principal").is_some() || one.get("NotPrincipal").is_some())
}

fn entry(key: &str, value: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        key_span: value.span.clone(),
        value,
    }
}

/// Adds a statement; one of the same name is replaced.
fn add(statements: &mut Vec<Node>, statement: Node) {
    let sid = |node: &Node| node.get("Sid").and_then(Node::as_str).map(str::to_owned);
    let own = sid(&statement).filter(|sid| !sid.is_empty());
    let same = statements
        .iter_mut()
        .find(|other| own.is_some() && sid(other) == own);
    match same {
        Some(same) => *same = statement,
        None => statements.push(statement),
    }
}

fn add_documents(
    scope: &Scope<'_>,
    (file, body): (&File<'_>, &Body),
    key: &str,
    (statements, depth): (&mut Vec<Node>, usize),
) {
    let Some(attribute) = body.get_attribute(key) else {
        return;
    };
    let documents = scope.evaluate(file, &attribute.value, depth + 1);
    for document in documents.items() {
        let read;
        let document = match &document.value {
            Value::Text(text) => match crate::template::document::json_document(document, text) {
                Ok(node) => {
                    read = node;
                    &read
                }
                Err(_) => document,
            },
            _ => document,
        };
        match document.get("Statement") {
            Some(list) => list
                .items()
                .iter()
                .for_each(|statement| add(statements, statement.clone())),
            None => {
                statements.push(document.with(Value::Unknown(format!("a document of `{key}`"))));
            }
        }
    }
}

fn statement(scope: &Scope<'_>, file: &File<'_>, block: &Block, depth: usize) -> Node {
    const NAMES: [(&str, &str); 6] = [
        ("sid", "Sid"),
        ("effect", "Effect"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ];
    let mut members = Vec::new();
    for (key, element) in NAMES {
        match block.body.get_attribute(key) {
            Some(attribute) => {
                let value = unescaped(scope.evaluate(file, &attribute.value, depth + 1));
                if !matches!(&value.value, Value::List(items) if items.is_empty())
                    && value.value != Value::Null
                {
                    members.push(entry(element, value));
                }
            }
            None if key == "effect" => {
                members.push(entry(
                    element,
                    file.node(block, Value::Text(Text::literal("Allow"))),
                ));
            }
            None => {}
        }
    }
    let mut conditions: Vec<Entry> = Vec::new();
    for (key, element) in [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
    ] {
        let named = principals(scope, (file, block), key, depth);
        members.extend(named.map(|named| entry(element, named)));
    }
    for inner in block.body.blocks() {
        match inner.ident.as_str() {
            "condition" => condition(scope, file, inner, (&mut conditions, depth)),
            // A condition or principal that is made by a loop is not known, and without it the statement would be another.
            "dynamic" => members.push(entry(
                "Effect",
                file.node(inner, Value::Unknown("dynamic parts".to_owned())),
            )),
            _ => {}
        }
    }
    if !conditions.is_empty() {
        members.push(entry("Condition", file.node(block, Value::Map(conditions))));
    }
    file.node(block, Value::Map(members))
}

/// Blocks that name principals, each of one kind; none if there is no such block.
fn principals(
    scope: &Scope<'_>,
    (file, block): (&File<'_>, &Block),
    key: &str,
    depth: usize,
) -> Option<Node> {
    let mut kinds: Vec<Entry> = Vec::new();
    for inner in block.body.get_blocks(key) {
        let value = |key: &str| {
            let attribute = inner.body.get_attribute(key);
            attribute.map(|one| unescaped(scope.evaluate(file, &one.value, depth + 1)))
        };
        let (Some(kind), Some(names)) = (value("type"), value("identifiers")) else {
            return Some(file.node(inner, Value::Unknown("principals without names".to_owned())));
        };
        match kind.as_str() {
            // The provider writes this as a plain `*`.
            Some("*") => return Some(names.items().first().unwrap_or(&names).clone()),
            Some(kind) => match kinds.iter_mut().find(|entry| entry.key == kind) {
                Some(same) => {
                    let all = same.value.items().iter().chain(names.items()).cloned();
                    same.value.value = Value::List(all.collect());
                }
                None => kinds.push(entry(kind, names)),
            },
            None => return Some(kind),
        }
    }
    let first = block.body.get_blocks(key).next()?;
    Some(file.node(first, Value::Map(kinds)))
}

fn condition(
    scope: &Scope<'_>,
    file: &File<'_>,
    block: &Block,
    (conditions, depth): (&mut Vec<Entry>, usize),
) {
    let value = |key: &str| {
        let attribute = block.body.get_attribute(key);
        let node = attribute.map(|attribute| scope.evaluate(file, &attribute.value, depth + 1));
        node.unwrap_or_else(|| file.node(block, Value::Null))
    };
    let text = |node: &Node| {
        super::text_of(node)
            .map(|text| text.to_policy(false))
            .unwrap_or_default()
    };
    let (test, variable) = (text(&value("test")), text(&value("variable")));
    let values = unescaped(value("values"));
    let test = if let Some(at) = conditions.iter().position(|entry| entry.key == test) {
        conditions.get_mut(at)
    } else {
        conditions.push(entry(&test, file.node(block, Value::Map(Vec::new()))));
        conditions.last_mut()
    };
    let Some(Value::Map(keys)) = test.map(|entry| &mut entry.value.value) else {
        return;
    };
    match keys.iter_mut().find(|entry| entry.key == variable) {
        // Several conditions on one key are one with all their values.
        Some(same) => {
            let all = same
                .value
                .items()
                .iter()
                .chain(values.items())
                .cloned()
                .collect();
            same.value.value = Value::List(all);
        }
        None => keys.push(entry(&variable, values)),
    }
}

/// `&{` stands for `${`. The recursion ends at the depth of the value.
fn unescaped(mut node: Node) -> Node {
    fn fill(node: &mut Node) {
        if let Value::Text(text) = &mut node.value {
            let part = |part: &Part| match part {
                Part::Literal(literal) => Part::Literal(literal.replace("&{", "${")),
                Part::Reference(_) => part.clone(),
            };
            *text = Text::from_parts(text.parts().iter().map(part));
        }
        for child in node.children_mut() {
            fill(child);
        }
    }
    fill(&mut node);
    node
}
