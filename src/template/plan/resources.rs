//! All resources of a plan or state: what is known of their values, and what is not marked so.

use super::references::targets;
use super::tree::{Plan, Resource as Planned, Seen, State};
use crate::template::Tool;
use crate::template::node::{Entry, Node, Value};
use crate::template::resources::{Resource, Resources, bucket_name, text_at};

/// The type of a bucket.
const BUCKET: &str = "aws_s3_bucket";
/// Arguments that name a resource of a type.
const LINKS: [(&str, &str); 2] = [("bucket", BUCKET), ("function_name", "aws_lambda_function")];

/// Reads a plan or a state.
pub(in crate::template) fn read(root: &Node) -> Resources {
    let plan = Plan::new(root);
    let names: Vec<String> = plan
        .resources
        .iter()
        .enumerate()
        .map(
            |(number, resource)| match resource.seen().key("bucket").state() {
                State::Known(name) => bucket_name(Some(name), number),
                _ => bucket_name(None, number),
            },
        )
        .collect();
    let mut all = Vec::new();
    for (number, resource) in plan.resources.iter().enumerate() {
        let mut values = known(resource.seen());
        clear(resource, &mut values);
        for (key, kind) in LINKS {
            link(&plan, (resource, &mut values), (key, kind), &names);
        }
        let name = names.get(number).filter(|_| resource.kind == BUCKET);
        all.push(Resource {
            id: resource.address.to_owned(),
            kind: resource.kind.to_owned(),
            place: resource.node.place.clone(),
            values,
            depends_on: None,
            bucket_name: name.cloned(),
        });
    }
    Resources {
        tool: Tool::TerraformPlan,
        all,
        gaps: Vec::new(),
    }
}

/// Takes away what only the provider fills in: the code sets nothing there, and nothing was there before.
fn clear(resource: &Planned<'_>, values: &mut Node) {
    let Value::Map(entries) = &mut values.value else {
        return;
    };
    for entry in entries.iter_mut() {
        let is_open = matches!(resource.seen().key(&entry.key).state(), State::Later);
        let is_set = resource.expression(&entry.key).is_some();
        if is_open && !is_set && resource.configuration.is_some() {
            entry.value.value = Value::Null;
        }
    }
}

/// Fills in what an argument names, where only the configuration tells.
fn link(
    plan: &Plan<'_>,
    (resource, values): (&Planned<'_>, &mut Node),
    (key, kind): (&str, &str),
    names: &[String],
) {
    let is_open = matches!(resource.seen().key(key).state(), State::Later);
    if resource.kind == kind || !is_open {
        return;
    }
    let Some(target) = targets(plan, resource, key, kind).only() else {
        return;
    };
    let name = match (kind, plan.resources.get(target)) {
        (BUCKET, _) => names.get(target).cloned(),
        (_, Some(target)) => Some(target.address.to_owned()),
        _ => None,
    };
    let Value::Map(entries) = &mut values.value else {
        return;
    };
    if let (Some(name), Some(entry)) = (name, entries.iter_mut().find(|entry| entry.key == key)) {
        entry.value = text_at(&entry.value, &name);
    }
}

/// What is known of a value. The recursion ends at the depth of the tree.
fn known(seen: Seen<'_>) -> Node {
    match seen.state() {
        State::Later => {
            let why = "a value that is known only after the plan is applied";
            seen.node().with(Value::Unknown(why.to_owned()))
        }
        State::Hidden => seen.node().with(Value::Unknown(
            "a value that is marked as sensitive".to_owned(),
        )),
        State::Absent => seen.node().with(Value::Null),
        State::Known(node) => match &node.value {
            Value::List(_) => node.with(Value::List(seen.items().into_iter().map(known).collect())),
            Value::Map(_) => {
                let member = |key: &str| Entry {
                    key: key.to_owned(),
                    key_span: node.span.clone(),
                    value: known(seen.key(key)),
                };
                node.with(Value::Map(seen.keys().into_iter().map(member).collect()))
            }
            _ => node.clone(),
        },
    }
}
