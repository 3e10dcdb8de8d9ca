//! All resources of infrastructure code, whatever their types, with their values evaluated.
//!
//! Roles and policies have readers of their own; this one is for what is looked up by its type and its keys. A bucket whose name the
//! code leaves open gets a stand-in for it, so that what names the bucket elsewhere can be told to mean it.

use std::sync::Arc;

use super::cloudformation::{is_harmless, unread};
use super::intrinsic::Scope;
use super::node::{Entry, Node, Place, Value};
use super::serverless::{functions, variables};
use super::text::{PARTITION, Text};
use super::{Known, TemplateError, Tool, is_terraform, plan, terraform, tool, tree};

/// What a bucket is called whose name the code leaves open; a number follows.
const STAND_IN: &str = "polgen-unnamed-bucket-";

/// All resources of a file or module.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    /// The tool that it is written for.
    pub(crate) tool: Tool,
    /// The resources, in the order of the file.
    pub(crate) all: Vec<Resource>,
    /// What is made in a way that cannot be read.
    pub(crate) gaps: Vec<(Place, String)>,
}

/// A resource.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// Its name in the code: a logical id or an address.
    pub(crate) id: String,
    /// Its type, as the tool calls it.
    pub(crate) kind: String,
    /// Where it begins.
    pub(crate) place: Place,
    /// Its values: a mapping.
    pub(crate) values: Node,
    /// The expression on which it depends whether, and how often, the resource is there.
    pub(crate) depends_on: Option<String>,
    /// The name that others find it by, if it is a bucket.
    pub(crate) bucket_name: Option<String>,
}

/// Reads a file; none if it is no infrastructure code.
pub(crate) fn resources(
    file: &str,
    text: &str,
    known: &Known,
) -> Result<Option<Resources>, TemplateError> {
    let name: Arc<str> = file.into();
    let known = with_partition(known);
    if is_terraform(file) {
        return terraform::resources::read(&[(name, text)], &known).map(Some);
    }
    let root = tree(&name, text)?;
    Ok(match tool(&root) {
        Some(Tool::CloudFormation) => Some(cloudformation(&root, &known, Tool::CloudFormation)),
        Some(Tool::Serverless) => {
            let filled = variables::filled(&root, &known);
            Some(functions::read(&filled, |resources| {
                cloudformation(resources, &known, Tool::Serverless)
            }))
        }
        Some(Tool::TerraformPlan) => Some(plan::resources::read(&root)),
        Some(Tool::Terraform) | None => None,
    })
}

/// Reads the files of a Terraform module as one.
pub(crate) fn module_resources(
    files: &[(String, String)],
    known: &Known,
) -> Result<Resources, TemplateError> {
    let files: Vec<(Arc<str>, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str().into(), text.as_str()))
        .collect();
    terraform::resources::read(&files, &with_partition(known))
}

/// Reads a file as plain values.
pub(crate) fn values(file: &str, text: &str) -> Result<Node, TemplateError> {
    tree(&file.into(), text)
}

/// All of a stack lies in one partition, so that any will do for comparing names in it.
fn with_partition(known: &Known) -> Known {
    let mut known = known.clone();
    if known.get(PARTITION).is_none() {
        known.add(PARTITION, "aws");
    }
    known
}

/// The name of a bucket, or a stand-in for it.
pub(super) fn bucket_name(name: Option<&Node>, number: usize) -> String {
    match name.and_then(Node::as_str).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => format!("{STAND_IN}{number}"),
    }
}

/// A text of an open name as policies hold it, so that it can be found there.
pub(crate) fn open_name(name: Option<&Node>) -> Option<String> {
    match name.map(|node| &node.value) {
        Some(Value::Text(text)) if text.has_references() => Some(text.to_policy(false)),
        _ => None,
    }
}

fn cloudformation(root: &Node, known: &Known, tool: Tool) -> Resources {
    let entries = root.get("Resources").map(Node::entries).unwrap_or_default();
    let (names, known) = named_buckets(root, entries, known);
    let scope = Scope::new(root, &known);
    let mut read = Resources {
        tool,
        all: Vec::new(),
        gaps: macros(root),
    };
    for entry in entries {
        if let Some(what) = unread(entry) {
            read.gaps.push((entry.value.place.clone(), what));
        }
        let Some(kind) = entry.value.get("Type").and_then(Node::as_str) else {
            continue;
        };
        let condition = entry.value.get("Condition").and_then(Node::as_str);
        let holds = condition.map(|name| scope.condition(name, 0));
        if holds == Some(Some(false)) {
            continue;
        }
        let empty = entry.value.with(Value::Map(Vec::new()));
        let values = entry.value.get("Properties").unwrap_or(&empty);
        let values = scope.resolve(values).unwrap_or(empty.clone());
        let mut values = with_globals(root, kind, values, &scope);
        let is_made = |one: &Entry| one.key.starts_with("Fn::");
        if values.entries().iter().any(is_made) || !matches!(values.value, Value::Map(_)) {
            let what = format!("the properties of `{}` are not known", entry.key);
            read.gaps.push((values.place.clone(), what));
            values.value = Value::Unknown(format!("what makes `{}`", entry.key));
        }
        let name = names.iter().find(|(id, ..)| *id == entry.key);
        read.all.push(Resource {
            id: entry.key.clone(),
            kind: kind.to_owned(),
            place: entry.value.place.clone(),
            values,
            depends_on: condition
                .filter(|_| holds == Some(None))
                .map(|name| format!("condition {name}")),
            bucket_name: name.map(|(_, name)| name.clone()),
        });
    }
    read
}

type BucketName<'e> = (&'e str, String);

/// The names of all buckets, and what is known once their open names are stood in for.
fn named_buckets<'e>(
    root: &Node,
    entries: &'e [Entry],
    known: &Known,
) -> (Vec<BucketName<'e>>, Known) {
    let scope = Scope::new(root, known);
    let mut names = Vec::new();
    let mut with_names = known.clone();
    for entry in entries {
        if entry.value.get("Type").and_then(Node::as_str) != Some("AWS::S3::Bucket") {
            continue;
        }
        let name = entry.value.at(&["Properties", "BucketName"]);
        let name = name.and_then(|name| scope.resolve(name));
        let name = bucket_name(name.as_ref(), names.len());
        let partition = known.get(PARTITION).unwrap_or("aws");
        with_names.add(&entry.key, &name);
        let arn = format!("arn:{partition}:s3:::{name}");
        with_names.add(&format!("{}.Arn", entry.key), &arn);
        names.push((entry.key.as_str(), name));
    }
    (names, with_names)
}

/// Macros that are not AWS's own may change every part of the template.
fn macros(root: &Node) -> Vec<(Place, String)> {
    let own = |node: &&Node| {
        let name = node.get("Name").unwrap_or(*node);
        !name.as_str().is_some_and(is_harmless)
    };
    let transforms = root.get("Transform").map(Node::items).unwrap_or_default();
    let found = transforms.iter().filter(own);
    let gap = |node: &Node| {
        let what = "a macro may change what is read here".to_owned();
        (node.place.clone(), what)
    };
    found.map(gap).collect()
}

/// SAM: what a function does not say itself stands in `Globals`; mappings are joined.
fn with_globals(root: &Node, kind: &str, values: Node, scope: &Scope<'_>) -> Node {
    let section = kind.strip_prefix("AWS::Serverless::").unwrap_or_default();
    let globals = root
        .at(&["Globals", section])
        .filter(|_| !section.is_empty());
    let Some(globals) = globals.and_then(|globals| scope.resolve(globals)) else {
        return values;
    };
    joined(&globals, &values)
}

/// Joins two mappings; what both hold is taken of the second. The recursion ends at the depth of the trees.
fn joined(first: &Node, second: &Node) -> Node {
    let (Value::Map(under), Value::Map(over)) = (&first.value, &second.value) else {
        return second.clone();
    };
    let mut entries: Vec<Entry> = Vec::new();
    for entry in under {
        let own = over.iter().find(|other| other.key == entry.key);
        let value = own.map_or(entry.value.clone(), |own| joined(&entry.value, &own.value));
        entries.push(Entry {
            value,
            ..entry.clone()
        });
    }
    let is_new = |entry: &&Entry| !under.iter().any(|other| other.key == entry.key);
    entries.extend(over.iter().filter(is_new).cloned());
    second.with(Value::Map(entries))
}

/// Makes a value of a text in the place of another.
pub(super) fn text_at(node: &Node, text: &str) -> Node {
    node.with(Value::Text(Text::literal(text)))
}
