//! Roles of the Serverless Framework: `provider.iam`, the statements of single functions, and the resources beside them.
//!
//! Source: the Serverless Framework's documentation, "IAM Permissions For Functions", and its plugin for roles per function,
//! whose keys are `iamRoleStatements` and `iamRoleStatementsInherit`.

pub(super) mod functions;
mod parts;
pub(super) mod variables;

use super::cloudformation::{Found, Reader, subject};
use super::intrinsic::Scope;
use super::known::Known;
use super::node::{Entry, Node, Value};
use super::text::Text;
use super::{Kind, SubjectKind, Template, TemplateError, Tool, guard};
use parts::Parts;

/// The subject that stands for all functions without a role of their own.
const PROVIDER: &str = "provider";

/// Reads a `serverless.yml`.
pub(super) fn read(root: &Node, known: &Known) -> Result<Template, TemplateError> {
    let filled = variables::filled(root, known);
    let resources = parts::resources(&filled);
    let reader = Reader {
        scope: Scope::new(&resources.root, known),
        root: &resources.root,
    };
    let mut subjects = Vec::new();
    let mut of_all = Found::default();
    let mut values = 0;
    if let Some(provider) = filled.entry(PROVIDER) {
        values = provider.value.count();
        shared(&reader, provider, &mut of_all)?;
        parts::note_extended(&resources.root, &mut of_all);
        subjects.push(subject(provider, SubjectKind::Role, of_all.clone()));
    }
    let functions = Parts::of(filled.get("functions"));
    for function in &functions.entries {
        let mut found = Found::default();
        parts::note(&function.value, "the function", &mut found);
        match function.value.get("iamRoleStatements") {
            Some(statements) => add_statements(&reader, function, statements, &mut found)?,
            None if found.unresolved.is_empty() => continue,
            None => {}
        }
        let inherits = function
            .value
            .get("iamRoleStatementsInherit")
            .and_then(Node::as_str);
        if inherits == Some("true") {
            if reader.scope.take(values) {
                found.add(of_all.clone());
            } else {
                let what = "what it inherits is too much to be read for each function";
                found.note(&function.value, Kind::Missing, what);
            }
        }
        subjects.push(subject(function, SubjectKind::Function, found));
    }
    subjects.extend(reader.subjects()?);
    for (id, unknown) in [
        ("functions", functions.unknown),
        ("resources", resources.unknown),
    ] {
        subjects.extend(parts::unread(id, &unknown));
    }
    Ok(Template {
        tool: Tool::Serverless,
        subjects,
    })
}

/// What all functions share.
fn shared(reader: &Reader<'_>, provider: &Entry, found: &mut Found) -> Result<(), TemplateError> {
    parts::note(&provider.value, "what all functions share", found);
    let iam = provider.value.get("iam");
    if let Some(iam) = iam {
        parts::note(iam, "what all functions may do", found);
    }
    let role = iam.and_then(|iam| iam.get("role"));
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
