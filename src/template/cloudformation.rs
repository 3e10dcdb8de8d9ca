//! Roles and policies of a `CloudFormation` template, SAM's included.
//!
//! A policy that names roles (`AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`) is a subject of its own, and belongs to the roles too.

use super::document;
use super::guard::{self, Guards};
use super::intrinsic::Scope;
use super::known::Known;
use super::node::{Entry, Node, Value};
use super::sam;
use super::text::{PARTITION, Part, Text};
use super::{
    Content, Kind, Policy, Subject, SubjectKind, Template, TemplateError, Tool, Unresolved,
};

/// Reads a template.
pub(super) fn read(root: &Node, known: &Known) -> Result<Template, TemplateError> {
    let reader = Reader {
        scope: Scope::new(root, known),
        root,
    };
    Ok(Template {
        tool: Tool::CloudFormation,
        subjects: reader.subjects()?,
    })
}

/// Policies with all that could not be resolved in them.
#[derive(Clone, Default)]
pub(super) struct Found {
    pub(super) policies: Vec<Policy>,
    pub(super) unresolved: Vec<Unresolved>,
    pub(super) guards: Guards,
    pub(super) name: Option<String>,
}

impl Found {
    /// Notes what is not known.
    pub(super) fn note(&mut self, node: &Node, kind: Kind, what: impl Into<String>) {
        self.unresolved
            .push(Unresolved::new(node, kind, what.into()));
    }

    /// Adds what another has too.
    pub(super) fn add(&mut self, other: Self) {
        self.policies.extend(other.policies);
        self.unresolved.extend(other.unresolved);
        self.guards = other.guards;
    }

    /// Lists the elements of a list, those of every branch of a choice too, and says so.
    pub(super) fn each(&mut self, node: &Node, what: &str) -> Vec<Node> {
        let (all, choices) = node.flattened();
        for choice in choices {
            let what = format!("{what} depends on a condition that is not known");
            self.note(&choice, Kind::Either, what);
        }
        all
    }
}

pub(super) struct Reader<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) root: &'a Node,
}

/// The properties of a policy resource that say whose it is, with what they name.
const HOLDERS: [(&str, SubjectKind); 6] = [
    ("Roles", SubjectKind::Role),
    ("RoleName", SubjectKind::Role),
    ("Users", SubjectKind::User),
    ("UserName", SubjectKind::User),
    ("Groups", SubjectKind::Group),
    ("GroupName", SubjectKind::Group),
];

impl Reader<'_> {
    pub(super) fn resources(&self) -> &[Entry] {
        self.root
            .get("Resources")
            .map(Node::entries)
            .unwrap_or_default()
    }

    pub(super) fn subjects(&self) -> Result<Vec<Subject>, TemplateError> {
        let mut subjects = Vec::new();
        for entry in self.resources() {
            if let Some(what) = unread(entry) {
                let mut found = Found::default();
                found.note(&entry.value, Kind::Missing, what);
                subjects.push(subject(entry, SubjectKind::Policy, found));
            }
            let Some(kind) = entry.value.get("Type").and_then(Node::as_str) else {
                continue;
            };
            let kind = match kind {
                "AWS::IAM::Role" => SubjectKind::Role,
                "AWS::IAM::User" => SubjectKind::User,
                "AWS::IAM::Group" => SubjectKind::Group,
                kind if is_policy(kind) => SubjectKind::Policy,
                "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
                    SubjectKind::Function
                }
                _ => continue,
            };
            let mut found = Found::default();
            match kind {
                SubjectKind::Policy => self.policy(entry, &mut found)?,
                SubjectKind::Function => sam::function(self, entry, &mut found)?,
                SubjectKind::Role | SubjectKind::User | SubjectKind::Group => {
                    self.holder(entry, kind, &mut found)?;
                    let name = self.own_name(entry);
                    found.name = name.as_ref().and_then(Node::as_str).map(str::to_owned);
                    let property = |key: &str| entry.value.at(&["Properties", key]).cloned();
                    found.guards = guard::read(self, property)?;
                }
            }
            if let Some(properties) = entry.value.get("Properties") {
                let is_made = |one: &Entry| one.key.starts_with("Fn::");
                let is_known = matches!(properties.value, Value::Map(_) | Value::Null);
                if !is_known || properties.entries().iter().any(is_made) {
                    let what = format!("the properties of `{}` are not known", entry.key);
                    found.note(properties, Kind::Missing, what);
                }
            }
            if self.is_conditional(entry) {
                let what = format!(
                    "`{}` exists only under a condition that is not known",
                    entry.key
                );
                found.note(&entry.value, Kind::Either, what);
            }
            subjects.push(subject(entry, kind, found));
        }
        subjects.extend(self.macros());
        Ok(subjects)
    }

    /// Macros that are not AWS's own may change every part of the template.
    fn macros(&self) -> Option<Subject> {
        let node = self.root.get("Transform")?;
        let own = |node: &&Node| {
            let name = node.get("Name").unwrap_or(*node);
            !name.as_str().is_some_and(is_harmless)
        };
        let unknown = node.items().iter().find(own)?;
        let what = "a macro may change what is read here".to_owned();
        Some(Subject {
            id: "Transform".to_owned(),
            kind: SubjectKind::Policy,
            name: None,
            place: unknown.place.clone(),
            policies: Vec::new(),
            unresolved: vec![Unresolved::new(unknown, Kind::Missing, what)],
            guards: Guards::default(),
        })
    }

    fn is_conditional(&self, entry: &Entry) -> bool {
        let condition = entry.value.get("Condition").and_then(Node::as_str);
        condition.is_some_and(|name| self.scope.condition(name, 0).is_none())
    }

    /// A role, user or group: what it holds, and what is attached to it elsewhere in the template.
    pub(super) fn holder(
        &self,
        entry: &Entry,
        kind: SubjectKind,
        found: &mut Found,
    ) -> Result<(), TemplateError> {
        let properties = entry.value.get("Properties");
        if let Some(arns) = properties.and_then(|node| node.get("ManagedPolicyArns")) {
            self.managed(entry, arns, found)?;
        }
        if let Some(policies) = properties.and_then(|node| node.get("Policies")) {
            self.inline(entry, policies, found)?;
        }
        for other in self.resources() {
            let kind_of_other = other
                .value
                .get("Type")
                .and_then(Node::as_str)
                .unwrap_or_default();
            if !is_policy(kind_of_other) {
                continue;
            }
            if self.names_holder(other, entry, kind, found) {
                self.policy(other, found)?;
            }
        }
        Ok(())
    }

    /// The name in AWS that the template gives a role, user or group.
    fn own_name(&self, holder: &Entry) -> Option<Node> {
        let mut keys = ["RoleName", "UserName", "GroupName"].iter();
        keys.find_map(|key| {
            let name = holder.value.at(&["Properties", key])?;
            self.scope.resolve(name)
        })
    }

    /// Says whether a policy resource names a role, user or group.
    fn names_holder(
        &self,
        policy: &Entry,
        holder: &Entry,
        kind: SubjectKind,
        found: &mut Found,
    ) -> bool {
        let own_name = self.own_name(holder);
        let own_name = own_name.as_ref().and_then(Node::as_str);
        let mut is_named = false;
        for (key, _) in HOLDERS.iter().filter(|(_, holder)| *holder == kind) {
            let Some(names) = policy.value.at(&["Properties", key]) else {
                continue;
            };
            for name in names.items() {
                if name.get("Ref").and_then(Node::as_str) == Some(&holder.key) {
                    is_named = true;
                    continue;
                }
                match self.scope.resolve(name).as_ref().map(|node| &node.value) {
                    Some(Value::Text(text)) if text.as_literal().is_some() => {
                        is_named |= own_name.is_some() && text.as_literal() == own_name;
                    }
                    Some(Value::Text(text)) => {
                        let is_other = text
                            .references()
                            .all(|name| self.root.at(&["Resources", name]).is_some());
                        if !is_other {
                            let what = format!(
                                "whether `{}` is attached is not known: it names {text}",
                                policy.key
                            );
                            found.note(name, Kind::Missing, what);
                        }
                    }
                    Some(_) => {
                        let what = format!("whether `{}` is attached is not known", policy.key);
                        found.note(name, Kind::Missing, what);
                    }
                    None => {}
                }
            }
        }
        is_named
    }

    /// A policy resource of its own.
    pub(super) fn policy(&self, entry: &Entry, found: &mut Found) -> Result<(), TemplateError> {
        let Some(document) = entry.value.at(&["Properties", "PolicyDocument"]) else {
            let what = format!("`{}` has no `PolicyDocument`", entry.key);
            found.note(&entry.value, Kind::Missing, what);
            return Ok(());
        };
        let names = ["PolicyName", "ManagedPolicyName"];
        let name = names
            .iter()
            .find_map(|key| entry.value.at(&["Properties", key]));
        self.add_document(&entry.key, (name, document), found)
    }

    /// `Policies` of a role: names and documents.
    fn inline(
        &self,
        entry: &Entry,
        policies: &Node,
        found: &mut Found,
    ) -> Result<(), TemplateError> {
        let Some(policies) = self.scope.resolve(policies) else {
            return Ok(());
        };
        for policy in found.each(&policies, "a policy") {
            if let Some(document) = policy.get("PolicyDocument") {
                self.add_document(&entry.key, (policy.get("PolicyName"), document), found)?;
            } else {
                let what = format!("a policy is {}", policy.describe());
                found.note(&policy, Kind::Missing, what);
            }
        }
        Ok(())
    }

    /// Reads a document and adds it.
    pub(super) fn add_document(
        &self,
        origin: &str,
        (name, document): (Option<&Node>, &Node),
        found: &mut Found,
    ) -> Result<(), TemplateError> {
        let Some(resolved) = self.scope.resolve(document) else {
            return Ok(());
        };
        let name = name.and_then(|name| self.scope.resolve(name));
        let name = name.map_or_else(
            || origin.to_owned(),
            |name| match name.value {
                Value::Text(text) => text.to_string(),
                _ => origin.to_owned(),
            },
        );
        if let Some(read) = document::read(&resolved, &mut found.unresolved)? {
            found.policies.push(Policy {
                name,
                place: document.place.clone(),
                origin: origin.to_owned(),
                is_implied: false,
                content: Content::Document(read.document, read.places),
            });
        }
        Ok(())
    }

    /// Managed policies: by ARN, or resources of the template.
    pub(super) fn managed(
        &self,
        entry: &Entry,
        arns: &Node,
        found: &mut Found,
    ) -> Result<(), TemplateError> {
        let Some(resolved) = self.scope.resolve(arns) else {
            return Ok(());
        };
        for arn in found.each(&resolved, "a managed policy") {
            if let Value::Text(text) = &arn.value {
                self.managed_one(&entry.key, &arn, text, found)?;
            } else {
                let what = format!("a managed policy is {}", arn.describe());
                found.note(&arn, Kind::Missing, what);
            }
        }
        Ok(())
    }

    /// One managed policy, by its ARN or, in SAM, by its name.
    pub(super) fn managed_one(
        &self,
        origin: &str,
        node: &Node,
        text: &Text,
        found: &mut Found,
    ) -> Result<(), TemplateError> {
        if let [Part::Reference(name)] = text.parts()
            && let Some(policy) = self.resources().iter().find(|entry| entry.key == *name)
        {
            return self.policy(policy, found);
        }
        if let Some(name) = published(text) {
            found.policies.push(Policy {
                name: name.rsplit('/').next().unwrap_or(&name).to_owned(),
                place: node.place.clone(),
                origin: origin.to_owned(),
                is_implied: false,
                content: Content::Managed(name),
            });
        } else {
            let what = format!("the managed policy `{text}` is not known");
            found.note(node, Kind::Missing, what);
        }
        Ok(())
    }
}

/// The name or ARN, if nothing but the partition is open: AWS's own policies have the same names in each.
pub(super) fn published(text: &Text) -> Option<String> {
    let part = |part: &Part| match part {
        Part::Literal(literal) => Some(literal.clone()),
        Part::Reference(name) => (name == PARTITION).then(|| "aws".to_owned()),
    };
    text.parts().iter().map(part).collect()
}

/// Says why a resource is not known, if it is none that can be read: one that stands elsewhere, or that something makes.
pub(super) fn unread(resource: &Entry) -> Option<String> {
    let key = &resource.key;
    let is_made = |one: &Entry| one.key.starts_with("Fn::");
    match &resource.value.value {
        _ if is_made(resource) => Some(format!("`{key}` makes resources that are not known")),
        Value::Map(members) => members
            .iter()
            .any(is_made)
            .then(|| format!("`{key}` has parts that are not known")),
        Value::Null => None,
        _ => Some(format!("`{key}` is {}", resource.value.describe())),
    }
}

/// Says whether a macro adds nothing from elsewhere. Of AWS's own only one does: it puts in a file.
pub(super) fn is_harmless(transform: &str) -> bool {
    transform.starts_with("AWS::") && transform != "AWS::Include"
}

fn is_policy(kind: &str) -> bool {
    matches!(
        kind,
        "AWS::IAM::Policy"
            | "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy"
    )
}

pub(super) fn subject(entry: &Entry, kind: SubjectKind, found: Found) -> Subject {
    let mut unresolved = found.unresolved;
    unresolved.sort();
    unresolved.dedup();
    Subject {
        id: entry.key.clone(),
        kind,
        name: found.name,
        place: entry.value.place.clone(),
        policies: found.policies,
        unresolved,
        guards: found.guards,
    }
}
