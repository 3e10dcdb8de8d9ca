//! Roles and policies as infrastructure code has them: `CloudFormation`, SAM, the Serverless Framework and Terraform, its plans too.
//!
//! Every kind is read into one tree of values with their places (`node`). Functions and references are evaluated where all that
//! they need is known ([`Known`]), and become named holes where not ([`Text`]). From the tree come [`Subject`]s: what may do
//! something, or a policy of its own, under the name that the code gives it. What could not be resolved is listed with file and line,
//! and is never taken for more or less than it is.

mod cloudformation;
mod definitions;
mod document;
mod guard;
mod intrinsic;
mod json;
mod known;
mod lines;
mod names;
mod node;
mod open;
mod patch;
mod plan;
mod printed;
mod resources;
mod sam;
mod serverless;
mod steps;
mod terraform;
mod text;
mod write;
mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::Document;
pub use definitions::{Definitions, Renaming};
pub(crate) use document::json_document;
pub use guard::{Guard, Guards};
pub use known::Known;
pub use node::Place;
pub(crate) use node::{Node, Value};
pub use open::{Proof, bounded, bounded_by, contained_open, holes_of, relate_open};
pub use patch::{DroppedComment, NewPolicy, Source, dropped_comments, patch};
pub(crate) use printed::printed;
pub use printed::read_printed;
pub(crate) use resources::{Resource, Resources, module_resources, open_name, resources, values};
pub use text::{ACCOUNT, PARTITION, Part, REGION, Text};
pub use write::{
    Item, JsonStyle, Quotes, Stack, Tree, YamlStyle, fits_policy_document, hcl_statements,
    hcl_text, hcl_value, json_value, policy_tree, yaml_document,
};

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct TemplateError {
    /// The file and the line.
    pub place: String,
    /// What was found and what was wanted.
    pub problem: String,
    /// What may help.
    pub hint: Option<String>,
}

/// The tool that a file is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `CloudFormation`, SAM, or what the CDK makes.
    CloudFormation,
    /// The Serverless Framework.
    Serverless,
    /// Terraform's language.
    Terraform,
    /// `terraform show -json`.
    TerraformPlan,
}

/// What a file says of roles and policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The tool that it is written for.
    pub tool: Tool,
    /// What may do something, and policies of their own, in the order of the file.
    pub subjects: Vec<Subject>,
}

/// A role or the like, or a policy of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name in the code: a logical id or an address.
    pub id: String,
    /// What it is.
    pub kind: SubjectKind,
    /// Its name in AWS, if the code gives it one.
    pub name: Option<String>,
    /// Where it begins.
    pub place: Place,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// What could not be resolved.
    pub unresolved: Vec<Unresolved>,
    /// Its trust policy and its boundary.
    pub guards: Guards,
}

/// What a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// A role.
    Role,
    /// A function for which the tool makes a role.
    Function,
    /// A user.
    User,
    /// A group.
    Group,
    /// A policy that is attached to something.
    Policy,
}

/// One policy of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub place: Place,
    /// The subject whose code holds it.
    pub origin: String,
    /// Says whether the tool adds it without being told.
    pub is_implied: bool,
    /// What it says.
    pub content: Content,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A document, and where its elements stand by their paths.
    Document(Document, BTreeMap<String, Place>),
    /// The name or ARN of a managed policy whose document is elsewhere.
    Managed(String),
}

impl Policy {
    /// Finds where an element of the document stands, e.g. `Statement[0].Action`, or what it is in.
    pub fn place_of(&self, path: &str) -> &Place {
        match &self.content {
            Content::Document(_, places) => document::place_of(places, path).unwrap_or(&self.place),
            Content::Managed(_) => &self.place,
        }
    }
}

/// Something that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// Where it stands.
    pub place: Place,
    /// What that means.
    pub kind: Kind,
    /// What it is.
    pub what: String,
    /// The key of the variable that stands for it, if it is open.
    pub hole: Option<String>,
}

/// What it means that something is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It stands in the policy as a variable, which proofs treat as open.
    Open,
    /// One of several values applies, and all were read: the policy may grant less.
    Either,
    /// It was left out: the policy may grant more or less.
    Missing,
}

impl Kind {
    /// Returns the word that the JSON contracts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Either => "either",
            Self::Missing => "missing",
        }
    }
}

impl Unresolved {
    fn new(node: &Node, kind: Kind, what: String) -> Self {
        Self {
            place: node.place.clone(),
            kind,
            what,
            hole: None,
        }
    }
}

/// Reads a file; none if it is no infrastructure code.
///
/// # Errors
///
/// If it cannot be read, or holds a policy that is none.
pub fn read(file: &str, text: &str, known: &Known) -> Result<Option<Template>, TemplateError> {
    let name: Arc<str> = file.into();
    if is_terraform(file) {
        return terraform::read(&[(name, text)], known).map(Some);
    }
    let root = tree(&name, text)?;
    let template = match tool(&root) {
        Some(Tool::CloudFormation) => cloudformation::read(&root, known)?,
        Some(Tool::Serverless) => serverless::read(&root, known)?,
        Some(Tool::TerraformPlan) => plan::read(&root)?,
        Some(Tool::Terraform) | None => return Ok(None),
    };
    Ok(Some(template))
}

/// Reads a YAML or JSON text as plain JSON; `CloudFormation`'s functions are in their long form.
///
/// # Errors
///
/// If it is neither.
pub fn to_json(file: &str, text: &str) -> Result<serde_json::Value, TemplateError> {
    tree(&file.into(), text).map(|root| root.to_json())
}

/// Says whether a file is in Terraform's language, by its name.
pub fn is_terraform(file: &str) -> bool {
    std::path::Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "tf")
}

/// Says whether a file gives values to a Terraform module without being in its language, by its name.
pub fn is_terraform_values(file: &str) -> bool {
    const ENDS: [&str; 3] = [".tfvars", ".tfvars.json", ".tf.json"];
    ENDS.iter().any(|end| file.ends_with(end))
}

/// Reads the files of a Terraform module as one.
///
/// # Errors
///
/// If a file cannot be read, or holds a policy that is none.
pub fn read_module(files: &[(String, String)], known: &Known) -> Result<Template, TemplateError> {
    let files: Vec<(Arc<str>, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str().into(), text.as_str()))
        .collect();
    terraform::read(&files, known)
}

/// Reads a text as JSON if it begins as such, else as YAML.
fn tree(name: &Arc<str>, text: &str) -> Result<Node, TemplateError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with(['{', '[']) {
        match json::read(name, text) {
            Ok(node) => Ok(node),
            // YAML may begin with a brace too; what is neither is told about as JSON.
            Err(error) => yaml::read(name, text).map_err(|_| error),
        }
    } else {
        yaml::read(name, text)
    }
}

/// Tells the tool by what the file holds.
fn tool(root: &Node) -> Option<Tool> {
    let has = |key: &str| root.get(key).is_some();
    let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
    let is_typed = resources
        .iter()
        .any(|entry| entry.value.get("Type").and_then(Node::as_str).is_some());
    if is_typed || has("AWSTemplateFormatVersion") {
        Some(Tool::CloudFormation)
    } else if has("provider") && (has("service") || has("functions")) {
        Some(Tool::Serverless)
    } else if has("format_version") && (has("planned_values") || has("values")) {
        Some(Tool::TerraformPlan)
    } else {
        None
    }
}

impl Template {
    /// Finds a subject by its name.
    ///
    /// The role that SAM makes for a function has the function's name with `Role` behind it.
    pub fn subject(&self, id: &str) -> Option<&Subject> {
        let named = self.subjects.iter().find(|subject| subject.id == id);
        named.or_else(|| {
            let function = id.strip_suffix("Role")?;
            let mut subjects = self.subjects.iter();
            subjects.find(|subject| subject.id == function && subject.kind == SubjectKind::Function)
        })
    }
}
