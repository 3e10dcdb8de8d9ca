//! Statements as blocks of Terraform's data source `aws_iam_policy_document`.
//!
//! The data source reads `&{` as `${`, for which it has no escape. Source: the documentation of the provider, for this data source.

use super::{Stack, hcl_text};
use crate::policy::{ActionElement, Document, Effect, ResourceElement, Statement, Version};
use crate::template::text::Text;

/// Says whether the data source can hold a policy.
pub fn fits_policy_document(document: &Document) -> bool {
    document.version == Some(Version::V2012)
        && document.id.is_none()
        && !document.to_compact().contains("&{")
}

/// Writes a policy's statements as blocks, each line indented by so many spaces.
pub fn hcl_statements(
    document: &Document,
    stack: &Stack,
    comments: &[Vec<String>],
    indent: usize,
) -> String {
    let margin = " ".repeat(indent);
    let mut text = String::new();
    for (index, statement) in document.statements.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        for comment in comments.get(index).into_iter().flatten() {
            text.extend([margin.as_str(), "# ", comment, "\n"]);
        }
        text.push_str(&block(statement, stack, &margin));
    }
    text
}

fn block(statement: &Statement, stack: &Stack, margin: &str) -> String {
    let mut groups = Vec::new();
    let sid = statement
        .sid
        .as_deref()
        .map(|sid| hcl_text(&Text::literal(sid)));
    match (sid, statement.effect) {
        (Some(sid), Effect::Allow) => groups.push(format!("sid = {sid}\n")),
        (Some(sid), Effect::Deny) => groups.push(format!("sid    = {sid}\neffect = \"Deny\"\n")),
        (None, Effect::Deny) => groups.push("effect = \"Deny\"\n".to_owned()),
        (None, Effect::Allow) => {}
    }
    let (key, actions) = match &statement.action {
        ActionElement::Action(actions) => ("actions", actions),
        ActionElement::NotAction(actions) => ("not_actions", actions),
    };
    groups.push(list(key, actions.iter().map(Text::literal)));
    if let Some(resource) = &statement.resource {
        let key = match resource {
            ResourceElement::Resource(_) => "resources",
            ResourceElement::NotResource(_) => "not_resources",
        };
        groups.push(list(
            key,
            resource
                .patterns()
                .iter()
                .map(|pattern| stack.text(pattern)),
        ));
    }
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            let values: Vec<String> = values
                .iter()
                .map(|value| hcl_text(&stack.value(key, value)))
                .collect();
            groups.push(format!(
                "condition {{\n  test     = {}\n  variable = {}\n  values   = [{}]\n}}\n",
                hcl_text(&Text::literal(operator.as_str())),
                hcl_text(&Text::literal(key.as_str())),
                values.join(", ")
            ));
        }
    }
    let mut text = format!("{margin}statement {{\n");
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        for line in group.lines() {
            text.extend([margin, "  ", line, "\n"]);
        }
    }
    text.extend([margin, "}\n"]);
    text
}

fn list(key: &str, values: impl Iterator<Item = Text>) -> String {
    let mut lines = format!("{key} = [\n");
    for value in values {
        lines.extend(["  ", &hcl_text(&value), ",\n"]);
    }
    lines + "]\n"
}
