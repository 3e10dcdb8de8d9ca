//! Roles of the Serverless Framework: `provider.iam`, the statements of single functions, and the resources beside them.
//!
//! Source: the Serverless Framework's documentation, "IAM Permissions For Functions", and its plugin for roles per function,
//! whose keys are `iamRoleStatements` and `iamRoleStatementsInherit`.

pub(super) mod functions;

use super::cloudformation::{Found, Reader, subject};
use super::intrinsic::Scope;
use super::known::Known;
use super::node::{Entry, MOST_DEPTH, Node, Value};
use super::text::{ACCOUNT, Part, REGION, Text};
use super::{Kind, SubjectKind, Template, TemplateError, Tool, guard};

/// The subject that stands for all functions without a role of their own.
const PROVIDER: &str = "provider";
/// How often one variable may lead to another.
const MOST_STEPS: usize = 200_000;

/// Reads a `serverless.yml`.
pub(super) fn read(root: &Node, known: &Known) -> Result<Template, TemplateError> {
    let mut variables = Variables {
        root,
        known,
        steps_left: MOST_STEPS,
    };
    let filled = variables.fill(root, 0);
    let nothing = filled.with(Value::Null);
    let resources = filled.get("resources").unwrap_or(&nothing);
    let reader = Reader {
        scope: Scope::new(resources, known),
        root: resources,
    };
    let mut subjects = Vec::new();
    if let Some(provider) = filled.entry(PROVIDER) {
        let mut found = Found::default();
        shared(&reader, provider, &mut found)?;
        subjects.push(subject(provider, SubjectKind::Role, found));
    }
    for function in filled
        .get("functions")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let Some(statements) = function.value.get("iamRoleStatements") else {
            continue;
        };
        let mut found = Found::default();
        add_statements(&reader, function, statements, &mut found)?;
        let inherits = function
            .value
            .get("iamRoleStatementsInherit")
            .and_then(Node::as_str);
        if let (Some("true"), Some(provider)) = (inherits, filled.entry(PROVIDER)) {
            shared(&reader, provider, &mut found)?;
        }
        subjects.push(subject(function, SubjectKind::Function, found));
    }
    subjects.extend(reader.subjects()?);
    Ok(Template {
        tool: Tool::Serverless,
        subjects,
    })
}

/// What all functions share.
fn shared(reader: &Reader<'_>, provider: &Entry, found: &mut Found) -> Result<(), TemplateError> {
    let role = provider.value.at(&["iam", "role"]);
    match role {
        Some(role) if role.entries().is_empty() && role.value != Value::Null => {
            let what = "the role is given by its ARN".to_owned();
            found.note(role, Kind::Missing, what);
        }
        _ => {}
    }
    let statements = role.and_then(|role| role.get("statements"));
    if let Some(statements) = statements.or_else(|| provider.value.get("iamRoleStatements")) {
        add_statements(reader, provider, statements, found)?;
    }
    let names = ["permissionsBoundary", "permissionBoundary"];
    let boundary = names
        .iter()
        .find_map(|key| role.and_then(|role| role.get(key)));
    let boundary = boundary.or_else(|| provider.value.get("rolePermissionsBoundary"));
    let property = |key: &str| boundary.filter(|_| key == "PermissionsBoundary").cloned();
    found.guards = guard::read(reader, property)?;
    let managed = role.and_then(|role| role.get("managedPolicies"));
    match managed.or_else(|| provider.value.get("iamManagedPolicies")) {
        Some(managed) => reader.managed(provider, managed, found),
        None => Ok(()),
    }
}

fn add_statements(
    reader: &Reader<'_>,
    entry: &Entry,
    statements: &Node,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let text = |value: &str| statements.with(Value::Text(Text::literal(value)));
    let member = |key: &str, value: Node| Entry {
        key: key.to_owned(),
        key_span: statements.span.clone(),
        value,
    };
    // The framework writes this version itself.
    let document = statements.with(Value::Map(vec![
        member("Version", text("2012-10-17")),
        member("Statement", statements.clone()),
    ]));
    reader.add_document(&entry.key, (None, &document), found)
}

/// The framework's own variables: `${self:custom.table}`, `${aws:region}`.
struct Variables<'a> {
    root: &'a Node,
    known: &'a Known,
    steps_left: usize,
}

impl Variables<'_> {
    /// Fills every variable in. The recursion ends at the depth of the tree, or after enough variables that lead on.
    fn fill(&mut self, node: &Node, depth: usize) -> Node {
        if depth > 4 * MOST_DEPTH || self.steps_left == 0 {
            return node.with(Value::Unknown("variables that lead in a circle".to_owned()));
        }
        self.steps_left -= 1;
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

    fn text(&mut self, node: &Node, text: &Text, depth: usize) -> Node {
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
            let mut filled = self.fill(&found, depth + 1);
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
                Some(text) => filled.append(text),
                None => filled.push(Part::Literal(format!("${{{name}}}"))),
            }
        }
        filled.push(Part::Literal(rest.to_owned()));
        node.with(Value::Text(filled))
    }

    /// What a variable gives; none if it is not one of the framework's, such as `${AWS::Region}` or `${aws:username}`.
    fn variable(&mut self, name: &str, depth: usize) -> Option<Text> {
        match name {
            "aws:accountId" => return Some(self.known.text(ACCOUNT)),
            "aws:region" => return Some(self.known.text(REGION)),
            _ => {}
        }
        if let Some(value) = self.known.get(name) {
            return Some(Text::literal(value));
        }
        if let Some(found) = self.own(name) {
            return match self.fill(&found, depth + 1).value {
                Value::Text(text) => Some(text),
                _ => Some(Text::reference(name)),
            };
        }
        let source = name.split_once(':').map(|(source, _)| source);
        let sources = [
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
        let is_own = source
            .is_some_and(|source| sources.contains(&source.split('(').next().unwrap_or(source)));
        is_own.then(|| Text::reference(name))
    }

    /// Follows `self:` and the dots behind it.
    fn own(&self, name: &str) -> Option<Node> {
        let path = name
            .strip_prefix("self:")
            .filter(|path| !path.contains([',', '$']))?;
        let mut node = self.root;
        for key in path.trim().split('.') {
            node = node.get(key)?;
        }
        (node.value != Value::Null).then(|| node.clone())
    }
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
