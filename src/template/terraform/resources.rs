//! All resources of a Terraform module: their arguments evaluated, nested blocks as lists.

use std::sync::Arc;

use hcl_edit::structure::{Block, BlockLabel};

use super::scope::{File, Scope};
use super::{address, files};
use crate::template::node::{Entry, Node, Value};
use crate::template::resources::{Resource, Resources, bucket_name};
use crate::template::text::PARTITION;
use crate::template::{Known, TemplateError, Tool};

/// The type of a bucket.
const BUCKET: &str = "aws_s3_bucket";
/// The arguments that say how often a block is there.
const REPEATS: [&str; 2] = ["count", "for_each"];

/// Reads the files of a module.
pub(in crate::template) fn read(
    texts: &[(Arc<str>, &str)],
    known: &Known,
) -> Result<Resources, TemplateError> {
    let files = files(texts)?;
    let mut with_names = known.clone();
    let mut names: Vec<(String, String)> = Vec::new();
    let scope = Scope::new(&files, known);
    for (file, block) in scope.blocks() {
        let Some(address) = address(block).filter(|_| kind(block) == BUCKET) else {
            continue;
        };
        let name = block.body.get_attribute("bucket");
        let name = name.map(|name| scope.evaluate(file, &name.value, 0));
        let name = bucket_name(name.as_ref(), names.len());
        let partition = known.get(PARTITION).unwrap_or("aws");
        for key in ["id", "bucket"] {
            with_names.add(&format!("{address}.{key}"), &name);
        }
        with_names.add(
            &format!("{address}.arn"),
            &format!("arn:{partition}:s3:::{name}"),
        );
        names.push((address, name));
    }
    let scope = Scope::new(&files, &with_names);
    let mut read = Resources {
        tool: Tool::Terraform,
        all: Vec::new(),
        gaps: Vec::new(),
    };
    for (file, block) in scope.blocks() {
        if block.ident.as_str() == "module" {
            let name = block.labels.first().map(BlockLabel::as_str);
            let what = format!(
                "what `module.{}` makes is not read; `terraform show -json` of a plan holds it",
                name.unwrap_or_default()
            );
            read.gaps.push((file.place(block), what));
        }
        let Some(id) = address(block).filter(|_| block.ident.as_str() == "resource") else {
            continue;
        };
        let count = block.body.get_attribute("count");
        let count = count.map(|count| scope.evaluate(file, &count.value, 0));
        if count.as_ref().and_then(Node::as_str) == Some("0") {
            continue;
        }
        let name = names.iter().find(|(address, ..)| *address == id);
        read.all.push(Resource {
            kind: kind(block).to_owned(),
            place: file.place(block),
            values: file.node(block, Value::Map(members(&scope, file, block))),
            depends_on: depends_on(&scope, file, block),
            bucket_name: name.map(|(_, name)| name.clone()),
            id,
        });
    }
    Ok(read)
}

fn kind(block: &Block) -> &str {
    let is_resource = block.ident.as_str() == "resource";
    let label = block.labels.first().filter(|_| is_resource);
    label.map(BlockLabel::as_str).unwrap_or_default()
}

/// The expression that says how often the block is there, unless it surely is.
fn depends_on(scope: &Scope<'_>, file: &File<'_>, block: &Block) -> Option<String> {
    let attribute = REPEATS
        .iter()
        .find_map(|key| block.body.get_attribute(key))?;
    let is_certain = match scope.evaluate(file, &attribute.value, 0).value {
        Value::Text(text) => text.as_literal().is_some_and(|text| text != "0"),
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        Value::Null | Value::Either(_) | Value::Unknown(_) => false,
    };
    (!is_certain).then(|| file.shown(&attribute.value))
}

/// Arguments and nested blocks; several blocks of a name are a list. The recursion ends at the depth that the parser bounds.
fn members(scope: &Scope<'_>, file: &File<'_>, block: &Block) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for attribute in block.body.attributes() {
        let value = scope.evaluate(file, &attribute.value, 0);
        entries.push(entry(attribute.key.as_str(), value));
    }
    for inner in block.body.blocks() {
        if inner.ident.as_str() == "dynamic" {
            let name = inner.labels.first().map(BlockLabel::as_str);
            let name = name.unwrap_or_default();
            let unknown = Value::Unknown(format!("dynamic {name}"));
            entries.push(entry(name, file.node(inner, unknown)));
            continue;
        }
        let node = file.node(inner, Value::Map(members(scope, file, inner)));
        let key = inner.ident.as_str();
        let known = entries.iter_mut().find(|entry| entry.key == key);
        match known.map(|entry| &mut entry.value.value) {
            Some(Value::List(items)) => items.push(node),
            Some(_) => {}
            None => {
                let list = node.with(Value::List(vec![node.clone()]));
                entries.push(entry(key, list));
            }
        }
    }
    entries
}

fn entry(key: &str, value: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        key_span: value.span.clone(),
        value,
    }
}
