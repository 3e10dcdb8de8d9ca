//! The framework's own functions, as the resources that it makes of them.
//!
//! Source: the Serverless Framework's documentation, "Functions" and "Reference", and what it names resources: a function `hello` becomes
//! `HelloLambdaFunction`.

use super::parts::{self, Parts};
use crate::template::node::{Entry, Node, Value};
use crate::template::resources::{Resource, Resources};
use crate::template::steps::Steps;
use crate::template::text::Text;

/// What functions share.
const SHARED: [&str; 2] = ["environment", "runtime"];
/// How many values all functions together may take over from what they share.
const MOST_SHARED: usize = 1_000_000;
/// The type that a function becomes.
const KIND: &str = "AWS::Lambda::Function";

/// Reads the resources of a file whose variables are filled in, as `template` does, and adds its functions.
pub(in crate::template) fn read(root: &Node, template: impl Fn(&Node) -> Resources) -> Resources {
    let resources = parts::resources(root);
    let mut read = template(&resources.root);
    let provider = root.get("provider");
    let functions = Parts::of(root.get("functions"));
    let unknown = resources.unknown.iter().chain(&functions.unknown);
    let gap = |node: &&Node| (node.place.clone(), parts::what(node));
    read.gaps.extend(unknown.map(gap));
    let shared = provider.map_or(0, |provider| {
        let shared = SHARED.iter().filter_map(|key| provider.get(key));
        shared.map(Node::count).sum()
    });
    let steps = Steps::new(MOST_SHARED);
    for function in &functions.entries {
        let is_known = !matches!(function.value.value, Value::Unknown(_) | Value::Text(_));
        if !is_known || !steps.take(shared) {
            let what = format!("the functions of `{}` are not known", function.key);
            read.gaps.push((function.value.place.clone(), what));
            continue;
        }
        read.all.push(Resource {
            id: logical_id(&function.key),
            kind: KIND.to_owned(),
            place: function.value.place.clone(),
            values: values(&function.value, provider),
            depends_on: None,
            bucket_name: None,
        });
    }
    read
}

/// What `CloudFormation` calls a function.
fn logical_id(key: &str) -> String {
    let key = key.replace('-', "Dash").replace('_', "Underscore");
    let mut letters = key.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let name: String = first.into_iter().chain(letters).collect();
    format!("{name}LambdaFunction")
}

/// The properties that the framework makes of a function and of what all functions share.
fn values(function: &Node, provider: Option<&Node>) -> Node {
    let shared = |key: &str| provider.and_then(|provider| provider.get(key));
    let member = |key: &str, value: Node| Entry {
        key: key.to_owned(),
        key_span: value.span.clone(),
        value,
    };
    let mut members = Vec::new();
    if let Some(name) = function.get("name") {
        members.push(member("FunctionName", name.clone()));
    }
    match function.get("runtime").or_else(|| shared("runtime")) {
        // A function that is an image brings its own.
        _ if function.get("image").is_some() => {}
        Some(runtime) => members.push(member("Runtime", runtime.clone())),
        None => {
            let what = "the runtime that the framework chooses".to_owned();
            members.push(member("Runtime", function.with(Value::Unknown(what))));
        }
    }
    if let Some(role) = function.get("role") {
        members.push(member("Role", role.clone()));
    }
    let own = function.get("environment");
    if let Some(variables) = joined(shared("environment"), own) {
        let inner = variables.with(Value::Map(vec![member("Variables", variables.clone())]));
        members.push(member("Environment", inner));
    }
    if let Some(kind) = function.get("url").and_then(authorization) {
        let words = function.with(Value::Text(Text::literal(kind)));
        let inner = function.with(Value::Map(vec![member("AuthType", words)]));
        members.push(member("FunctionUrlConfig", inner));
    }
    function.with(Value::Map(members))
}

/// The variables of all functions, with a function's own over them.
fn joined(shared: Option<&Node>, own: Option<&Node>) -> Option<Node> {
    let (Some(shared), Some(own)) = (shared, own) else {
        return own.or(shared).cloned();
    };
    // What is not known may hold anything.
    for node in [shared, own] {
        if !matches!(node.value, Value::Map(_)) {
            return Some(node.clone());
        }
    }
    let is_own = |entry: &&Entry| own.get(&entry.key).is_none();
    let rest = shared.entries().iter().filter(is_own);
    let all = rest.chain(own.entries()).cloned();
    Some(own.with(Value::Map(all.collect())))
}

/// Whom a function's URL lets in; none without a URL.
fn authorization(url: &Node) -> Option<&'static str> {
    let authorizer = url.get("authorizer").and_then(Node::as_str);
    match (authorizer, url.as_str()) {
        (Some("aws_iam"), _) => Some("AWS_IAM"),
        (_, Some("false")) => None,
        _ if url.value == Value::Null => None,
        _ => Some("NONE"),
    }
}
