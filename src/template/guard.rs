//! What stands around a role: who may take it on, and the boundary of what it may do.
//!
//! Neither grants anything, so they are no policies of the role, and what is not known of them says nothing about what the policies
//! grant. A boundary is a managed policy: of the same code, of AWS, or one of which only the name is known.

use super::cloudformation::{Found, Reader};
use super::node::{Entry, Node, Value};
use super::text::{Part, Text, variable_name};
use super::{Content, Kind, Place, TemplateError, Unresolved, document};
use crate::policy::PolicyKind;

/// The trust policy and the boundary, as far as the code has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guards {
    /// Who may take it on.
    pub trust: Option<Guard>,
    /// The most that it may do.
    pub boundary: Option<Guard>,
}

/// A trust policy or a boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Where it begins.
    pub place: Place,
    /// What it says; none if that cannot be told.
    pub content: Option<Content>,
    /// What could not be resolved.
    pub unresolved: Vec<Unresolved>,
}

impl Guards {
    /// The trust policy and the boundary, those that are there.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Guard> {
        self.trust.iter_mut().chain(&mut self.boundary)
    }
}

impl Guard {
    /// Where an element of the document stands, or what it is in.
    pub fn place_of(&self, path: &str) -> &Place {
        match &self.content {
            Some(Content::Document(_, places)) => {
                document::place_of(places, path).unwrap_or(&self.place)
            }
            _ => &self.place,
        }
    }

    /// One of which nothing is known.
    pub(super) fn unknown(node: &Node, what: String) -> Self {
        Self {
            place: node.place.clone(),
            content: None,
            unresolved: vec![Unresolved::new(node, Kind::Missing, what)],
        }
    }

    /// Reads a trust policy. One that is none is not known: what the role may do does not depend on it.
    pub(super) fn trust(node: &Node) -> Self {
        let mut unresolved = Vec::new();
        match document::read_as(node, PolicyKind::Trust, &mut unresolved) {
            Ok(read) => Self {
                place: node.place.clone(),
                content: read.map(|read| Content::Document(read.document, read.places)),
                unresolved,
            },
            Err(error) => Self::unknown(node, error.problem),
        }
    }

    /// A boundary of which the code has but the name, which may have holes.
    pub(super) fn named(node: &Node) -> Self {
        let Value::Text(text) = &node.value else {
            return Self::unknown(
                node,
                format!("the permissions boundary is {}", node.describe()),
            );
        };
        let open = |name: &str| Unresolved {
            hole: Some(variable_name(name)),
            ..Unresolved::new(node, Kind::Open, format!("`{name}` is not known"))
        };
        Self {
            place: node.place.clone(),
            content: Some(Content::Managed(text.to_policy(false))),
            unresolved: text.references().map(open).collect(),
        }
    }

    /// A boundary that is a policy of the same code.
    pub(super) fn of_policy(
        node: &Node,
        policies: Vec<super::Policy>,
        unresolved: Vec<Unresolved>,
    ) -> Self {
        let content = policies.into_iter().next().map(|policy| policy.content);
        Self {
            place: node.place.clone(),
            content,
            unresolved,
        }
    }
}

/// Reads both from the properties of a role, a user, or a function that SAM makes a role for.
pub(super) fn read(
    reader: &Reader<'_>,
    properties: impl Fn(&str) -> Option<Node>,
) -> Result<Guards, TemplateError> {
    let mut guards = Guards::default();
    if let Some(node) = properties("AssumeRolePolicyDocument") {
        guards.trust = reader
            .scope
            .resolve(&node)
            .map(|resolved| trust_of(&node, &resolved));
    }
    if let Some(node) = properties("PermissionsBoundary")
        && let Some(resolved) = reader.scope.resolve(&node)
    {
        guards.boundary = Some(boundary(reader, &node, &resolved)?);
    }
    Ok(guards)
}

fn trust_of(node: &Node, resolved: &Node) -> Guard {
    let mut guard = Guard::trust(resolved);
    guard.place = node.place.clone();
    guard
}

fn boundary(reader: &Reader<'_>, node: &Node, resolved: &Node) -> Result<Guard, TemplateError> {
    if let Value::Text(text) = &resolved.value
        && let Some(entry) = own_policy(reader, text)
    {
        let mut found = Found::default();
        reader.policy(entry, &mut found)?;
        return Ok(Guard::of_policy(node, found.policies, found.unresolved));
    }
    Ok(Guard::named(resolved))
}

/// The policy of the template that a text refers to.
fn own_policy<'r>(reader: &'r Reader<'_>, text: &Text) -> Option<&'r Entry> {
    let [Part::Reference(name)] = text.parts() else {
        return None;
    };
    let mut resources = reader.resources().iter();
    resources.find(|entry| {
        let kind = entry.value.get("Type").and_then(Node::as_str);
        entry.key == *name && kind == Some("AWS::IAM::ManagedPolicy")
    })
}
