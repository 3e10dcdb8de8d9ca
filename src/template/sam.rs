//! Functions and state machines of SAM: the policies written on them, and those that SAM adds without being told.
//!
//! The policy templates are `sam_policies.json`. Sources: the SAM developer guide, "AWS SAM policy templates", and the package
//! `aws-sam-translator` 1.115.0, which adds the managed policies below.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cloudformation::{Found, Reader};
use super::node::{Entry, Node, Value};
use super::{Content, Kind, Policy, SubjectKind, TemplateError, guard, json};

#[derive(Debug, Deserialize)]
struct File {
    templates: BTreeMap<String, PolicyTemplate>,
}

#[derive(Debug, Deserialize)]
struct PolicyTemplate {
    parameters: Vec<String>,
    statements: Box<RawValue>,
}

static TEMPLATES: LazyLock<BTreeMap<String, PolicyTemplate>> = LazyLock::new(|| {
    // A test reads the file; what it holds is fixed when the program is built.
    serde_json::from_str::<File>(include_str!("sam_policies.json"))
        .map(|file| file.templates)
        .unwrap_or_default()
});

/// The managed policies that SAM attaches for an event source that Lambda polls.
const POLLED: [(&str, &str); 4] = [
    ("DynamoDB", "AWSLambdaDynamoDBExecutionRole"),
    ("Kinesis", "AWSLambdaKinesisExecutionRole"),
    ("MSK", "AWSLambdaMSKExecutionRole"),
    ("SQS", "AWSLambdaSQSQueueExecutionRole"),
];
/// Event sources for which SAM writes a policy that is not read here.
const POLLED_OTHERS: [&str; 2] = ["MQ", "SelfManagedKafka"];
/// What a dead-letter queue needs.
const DEAD_LETTERS: [(&str, &str); 2] = [("SQS", "sqs:SendMessage"), ("SNS", "sns:Publish")];

/// Reads what a function or state machine may do.
pub(super) fn function(
    reader: &Reader<'_>,
    entry: &Entry,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let properties = entry.value.get("Properties");
    if let Some(role) = properties.and_then(|node| node.get("Role")) {
        return role_of_its_own(reader, role, found);
    }
    if let Some(policies) = properties.and_then(|node| node.get("Policies"))
        && let Some(policies) = reader.scope.resolve(policies)
    {
        for policy in found.each(&policies, "a policy") {
            one(reader, entry, &policy, found)?;
        }
    }
    let is_function =
        entry.value.get("Type").and_then(Node::as_str) == Some("AWS::Serverless::Function");
    let property = |key: &str| property(reader, (entry, is_function), key).cloned();
    found.guards = guard::read(reader, property)?;
    implied(reader, entry, is_function, found)
}

/// A function with a role of its own has that role's policies; SAM adds none.
fn role_of_its_own(
    reader: &Reader<'_>,
    role: &Node,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let name = match (
        role.get("Fn::GetAtt"),
        role.get("Fn::Sub").and_then(Node::as_str),
    ) {
        (Some(attribute), _) => attribute.items().first().and_then(Node::as_str),
        (_, Some(text)) => text
            .strip_prefix("${")
            .and_then(|text| text.strip_suffix(".Arn}")),
        _ => None,
    };
    let resources = reader
        .root
        .get("Resources")
        .map(Node::entries)
        .unwrap_or_default();
    let resource = resources
        .iter()
        .find(|entry| Some(entry.key.as_str()) == name);
    if let Some(resource) = resource {
        reader.holder(resource, SubjectKind::Role, found)
    } else {
        let what = "the function's role is not part of the template".to_owned();
        found.note(role, Kind::Missing, what);
        Ok(())
    }
}

/// One element of `Policies`: a name, a document, or a policy template with its parameters.
fn one(
    reader: &Reader<'_>,
    entry: &Entry,
    policy: &Node,
    found: &mut Found,
) -> Result<(), TemplateError> {
    match &policy.value {
        Value::Text(text) => reader.managed_one(&entry.key, policy, text, found),
        Value::Map(_) if policy.get("Statement").is_some() => {
            reader.add_document(&entry.key, (None, policy), found)
        }
        Value::Map(entries) => {
            for member in entries {
                template(reader, (entry, policy), member, found)?;
            }
            Ok(())
        }
        _ => {
            let what = format!("a policy is {}", policy.describe());
            found.note(policy, Kind::Missing, what);
            Ok(())
        }
    }
}

fn template(
    reader: &Reader<'_>,
    (entry, policy): (&Entry, &Node),
    member: &Entry,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let Some(template) = TEMPLATES.get(&member.key) else {
        let what = format!(
            "`{}` is no policy template of SAM that is known",
            member.key
        );
        found.note(policy, Kind::Missing, what);
        return Ok(());
    };
    let missing = template
        .parameters
        .iter()
        .find(|name| member.value.get(name).is_none());
    if let Some(name) = missing {
        return Err(TemplateError {
            place: policy.place.to_string(),
            problem: format!("`{}` wants the parameter `{name}`", member.key),
            hint: None,
        });
    }
    let mut statements = json::read(&policy.place.file, template.statements.get())?;
    fill(&mut statements, &member.value, policy);
    let document = policy.with(Value::Map(vec![Entry {
        key: "Statement".to_owned(),
        key_span: policy.span.clone(),
        value: statements,
    }]));
    let name = policy.with(Value::Text(super::Text::literal(member.key.as_str())));
    reader.add_document(&entry.key, (Some(&name), &document), found)
}

/// Puts the parameters' values in the place of their names. The recursion ends at the depth of the policy template.
fn fill(node: &mut Node, parameters: &Node, outer: &Node) {
    let named = node
        .get("Ref")
        .and_then(Node::as_str)
        .and_then(|name| parameters.get(name));
    if let Some(value) = named.cloned() {
        *node = value;
        return;
    }
    node.place = outer.place.clone();
    for child in node.children_mut() {
        fill(child, parameters, outer);
    }
}

/// A property of a function or state machine, or what all functions of the template share.
fn property<'n>(
    reader: &'n Reader<'_>,
    (entry, is_function): (&'n Entry, bool),
    key: &str,
) -> Option<&'n Node> {
    let own = entry.value.at(&["Properties", key]);
    let global = reader
        .root
        .at(&["Globals", "Function", key])
        .filter(|_| is_function);
    own.or(global)
}

/// What SAM adds without being told.
fn implied(
    reader: &Reader<'_>,
    entry: &Entry,
    is_function: bool,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let mut names = Vec::new();
    let property = |key: &str| property(reader, (entry, is_function), key);
    if is_function {
        names.push("AWSLambdaBasicExecutionRole");
        if property("VpcConfig").is_some() {
            names.push("AWSLambdaVPCAccessExecutionRole");
        }
    }
    let tracing = property("Tracing").map(|node| node.get("Enabled").unwrap_or(node));
    if tracing.is_some_and(|node| !matches!(node.as_str(), Some("Disabled" | "false"))) {
        names.push(if is_function {
            "AWSXrayWriteOnlyAccess"
        } else {
            "AWSXRayDaemonWriteAccess"
        });
    }
    let events = property("Events").map(Node::entries).unwrap_or_default();
    names.extend(polled(events, found));
    names.dedup();
    for name in names {
        found.policies.push(Policy {
            name: name.to_owned(),
            place: entry.value.place.clone(),
            origin: entry.key.clone(),
            is_implied: true,
            content: Content::Managed(name.to_owned()),
        });
    }
    match property("DeadLetterQueue") {
        Some(queue) if is_function => dead_letters(reader, entry, queue, found),
        _ => Ok(()),
    }
}

/// What SAM attaches for event sources that Lambda polls.
fn polled(events: &[Entry], found: &mut Found) -> Vec<&'static str> {
    let mut names = Vec::new();
    for event in events {
        let kind = event.value.get("Type").and_then(Node::as_str);
        let kind = kind.unwrap_or_default();
        let policies = POLLED.iter().filter(|(source, _)| *source == kind);
        names.extend(policies.map(|(_, name)| *name));
        if POLLED_OTHERS.contains(&kind) {
            let what = format!(
                "SAM adds a policy for the event source `{}` that is not read",
                event.key
            );
            found.note(&event.value, Kind::Missing, what);
        }
    }
    names
}

fn dead_letters(
    reader: &Reader<'_>,
    entry: &Entry,
    queue: &Node,
    found: &mut Found,
) -> Result<(), TemplateError> {
    let kind = queue.get("Type").and_then(Node::as_str);
    let action = DEAD_LETTERS
        .iter()
        .find(|(name, _)| Some(*name) == kind)
        .map(|(_, action)| *action);
    let (Some(action), true) = (action, queue.get("TargetArn").is_some()) else {
        let what = "the dead-letter queue is not known".to_owned();
        found.note(queue, Kind::Missing, what);
        return Ok(());
    };
    let written = serde_json::json!({ "Statement": { "Effect": "Allow", "Action": action, "Resource": { "Ref": "TargetArn" } } });
    let mut document = json::read(&queue.place.file, &written.to_string())?;
    fill(&mut document, queue, queue);
    let before = found.policies.len();
    let name = queue.with(Value::Text(super::Text::literal("DeadLetterQueuePolicy")));
    reader.add_document(&entry.key, (Some(&name), &document), found)?;
    found
        .policies
        .iter_mut()
        .skip(before)
        .for_each(|policy| policy.is_implied = true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(TEMPLATES.len() >= 81);
        assert_eq!(TEMPLATES["S3ReadPolicy"].parameters, ["BucketName"]);
    }
}
