//! Lambda functions, and who may call them.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::look::{compared, not_known, pick, shown, spot, text};
use super::{Identity, ResourcePolicy, Setting, Spot};
use crate::policy::{Document, PrincipalElement, Principals, Statement};
use crate::template::{Node, Resource, Text, Value};

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Who and where it is.
    pub identity: Identity,
    /// Its runtime; a function that is an image has none.
    pub runtime: Setting<String>,
    /// Its variables with their values, those that are not known as such.
    pub environment: BTreeMap<String, (Setting<String>, Spot)>,
    /// Why not all variables are known.
    pub environment_gap: Option<String>,
    /// Who may call it.
    pub policy: Setting<ResourcePolicy>,
    /// Its role, as it is written.
    pub role: Option<String>,
    /// Says whether only permissions name it, so that the rest of it stands elsewhere.
    pub is_elsewhere: bool,
}

/// Reads a function.
pub(super) fn function(identity: Identity, values: &Node) -> Function {
    if let Some(why) = not_known(values) {
        return unknown(identity, &why);
    }
    let mut environment = BTreeMap::new();
    let mut environment_gap = None;
    let variables = pick(values, &["Environment"]);
    let variables = variables.and_then(|node| match &node.value {
        Value::List(items) => items.first(),
        _ => Some(node),
    });
    let inner = variables.and_then(|node| pick(node, &["Variables"]));
    for node in [variables, inner].into_iter().flatten() {
        if let Some(why) = not_known(node) {
            environment_gap = Some(why);
        }
    }
    // Lambda tells of variables that it may not decrypt as an error.
    if let Some(error) = variables.and_then(|node| pick(node, &["Error"])) {
        let told = pick(error, &["ErrorCode"]).map(shown);
        environment_gap = Some(format!(
            "Lambda could not read the variables: {}",
            told.unwrap_or_default()
        ));
    }
    for entry in inner.map(Node::entries).unwrap_or_default() {
        let at = spot(&entry.value.place);
        let value = match (not_known(&entry.value), compared(&entry.value)) {
            (None, Some(value)) => Setting::Set(value, at.clone()),
            (Some(why), _) => Setting::NotKnown(why),
            (None, None) => Setting::NotSet,
        };
        environment.insert(entry.key.clone(), (value, at));
    }
    Function {
        runtime: text(values, &["Runtime"]),
        environment,
        environment_gap,
        policy: Setting::NotSet,
        role: pick(values, &["Role"]).and_then(compared),
        is_elsewhere: false,
        identity,
    }
}

/// The types of functions in infrastructure code.
pub(super) const KINDS: [&str; 3] = [
    "AWS::Lambda::Function",
    "AWS::Serverless::Function",
    "aws_lambda_function",
];

/// The condition keys that the parts of a permission become. Source: Lambda's API reference, `AddPermission`.
const CONDITIONS: [(&str, &str, &str); 5] = [
    ("SourceArn", "ArnLike", "aws:SourceArn"),
    ("SourceAccount", "StringEquals", "aws:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    (
        "FunctionUrlAuthType",
        "StringEquals",
        "lambda:FunctionUrlAuthType",
    ),
    (
        "EventSourceToken",
        "StringEquals",
        "lambda:EventSourceToken",
    ),
];

/// Adds a permission, as CloudFormation and Terraform write it, to a function's policy.
pub(super) fn permit(function: &mut Function, permission: &Resource) {
    let at = spot(&permission.values.place);
    let mut policy = taken(function, &at);
    add(&mut policy, permission, &at);
    function.policy = Setting::Set(policy, at);
}

fn add(policy: &mut ResourcePolicy, resource: &Resource, at: &Spot) {
    let permission = &resource.values;
    let (principal, action) = match (
        text(permission, &["Principal"]),
        text(permission, &["Action"]),
    ) {
        (Setting::Set(principal, _), Setting::Set(action, _)) => (principal, action),
        (Setting::NotKnown(why), _) | (_, Setting::NotKnown(why)) => {
            policy.unread.push((at.clone(), why));
            return;
        }
        _ => {
            let why = "it names no principal or no action".to_owned();
            policy.unread.push((at.clone(), why));
            return;
        }
    };
    let mut statement = Statement::allow([action], ["*"]);
    // The resource names the statement, so that a change finds it.
    statement.sid = Some(resource.id.clone());
    statement.principal = Some(PrincipalElement::Principal(match principal.as_str() {
        "*" => Principals::Everyone,
        name if name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn") => {
            named("Service", name)
        }
        name => named("AWS", name),
    }));
    let mut holes = Vec::new();
    for (key, operator, condition) in CONDITIONS {
        let Some(node) = pick(permission, &[key]) else {
            continue;
        };
        let (Value::Text(words), Some(value)) = (&node.value, compared(node)) else {
            let why = not_known(node).unwrap_or_default();
            policy.unread.push((at.clone(), why));
            return;
        };
        holes.extend(words.references().map(hole));
        let keys = statement.conditions.entry(operator.to_owned()).or_default();
        keys.insert(condition.to_owned(), vec![value]);
    }
    policy.holes.extend(holes);
    policy.document.statements.push(statement);
    policy.places.push(at.clone());
}

/// Adds what a URL without authorization lets in: everyone.
///
/// `owner` is the resource that says so.
pub(super) fn url(function: &mut Function, url: &Node, owner: &str) {
    if text(url, &["AuthType"]).value().map(String::as_str) != Some("NONE") {
        return;
    }
    let at = spot(&url.place);
    let mut statement = Statement::allow(["lambda:InvokeFunctionUrl"], ["*"]);
    statement.sid = Some(owner.to_owned());
    statement.principal = Some(PrincipalElement::Principal(Principals::Everyone));
    let mut policy = taken(function, &at);
    policy.document.statements.push(statement);
    policy.places.push(at.clone());
    function.policy = Setting::Set(policy, at);
}

/// The policy as it is so far.
fn taken(function: &Function, at: &Spot) -> ResourcePolicy {
    let empty = || ResourcePolicy::of(Document::new(Vec::new()), at);
    function.policy.value().cloned().unwrap_or_else(empty)
}

fn named(kind: &str, name: &str) -> Principals {
    Principals::Named(IndexMap::from([(kind.to_owned(), vec![name.to_owned()])]))
}

fn hole(name: &str) -> String {
    let text = Text::reference(name).to_policy(false);
    let name = text.trim_start_matches("${").trim_end_matches('}');
    name.to_owned()
}

/// A function of which nothing is known.
pub(super) fn unknown(identity: Identity, why: &str) -> Function {
    Function {
        identity,
        runtime: Setting::NotKnown(why.to_owned()),
        environment: BTreeMap::new(),
        environment_gap: Some(why.to_owned()),
        policy: Setting::NotKnown(why.to_owned()),
        role: None,
        is_elsewhere: false,
    }
}
