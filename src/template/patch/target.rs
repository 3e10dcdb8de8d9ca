//! The part of a template that holds the policies of a role, and what it takes.

use super::{NewPolicy, TemplateError};
use crate::template::node::{Entry, Node, Value};
use crate::template::{Content, Known, Tree, cloudformation, serverless as framework};

/// What is to be changed.
#[derive(Debug)]
pub(super) struct Change<'r> {
    /// The mapping that is changed.
    pub(super) parent: &'r Node,
    /// The names of the members that lead to it from the root.
    pub(super) path: Vec<String>,
    /// The member that takes the policies; it need not be there.
    pub(super) key: &'static str,
    /// Members that go, since the policies stand for them.
    pub(super) gone: &'static [&'static str],
    /// What the member takes.
    pub(super) shape: Shape,
    /// The names that the policies there have, if they are as many as the new ones.
    pub(super) names: Vec<Tree>,
}

/// What a member takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One policy.
    Document,
    /// The statements of one policy.
    Statements,
    /// A list of policies.
    Documents,
    /// A list of names with policies.
    NamedDocuments,
}

fn error(place: &Node, problem: String, hint: Option<String>) -> TemplateError {
    TemplateError {
        place: place.place.to_string(),
        problem,
        hint,
    }
}

/// Finds the part of a `CloudFormation` template.
pub(super) fn cloudformation<'r>(
    root: &'r Node,
    id: &str,
    policies: &[NewPolicy],
) -> Result<Change<'r>, TemplateError> {
    let resource = root.at(&["Resources", id]);
    let kind = resource
        .and_then(|resource| resource.get("Type"))
        .and_then(Node::as_str);
    let (Some(resource), Some(kind)) = (resource, kind) else {
        return Err(error(
            root,
            format!("expected the resource `{id}`, found none"),
            None,
        ));
    };
    let Some(parent) = resource.get("Properties") else {
        return Err(error(resource, format!("`{id}` has no `Properties`"), None));
    };
    let mut change = Change {
        parent,
        path: ["Resources", id, "Properties"].map(str::to_owned).into(),
        key: "Policies",
        gone: &[],
        shape: Shape::NamedDocuments,
        names: Vec::new(),
    };
    match kind {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            refuse_attached(root, id)?;
            change.gone = &["ManagedPolicyArns"];
            change.names = names(parent, policies);
        }
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
            if parent.get("Role").is_some() {
                let problem = format!(
                    "`{id}` has a role of its own, and policies on the function would count for nothing"
                );
                return Err(error(
                    parent,
                    problem,
                    Some("name the role instead".to_owned()),
                ));
            }
            change.shape = Shape::Documents;
        }
        "AWS::IAM::Policy"
        | "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::GroupPolicy" => {
            only_one(parent, id, policies)?;
            change.key = "PolicyDocument";
            change.shape = Shape::Document;
        }
        other => {
            return Err(error(
                resource,
                format!("expected a role or a policy, found `{id}` of type `{other}`"),
                None,
            ));
        }
    }
    Ok(change)
}

/// Finds the part of a `serverless.yml`.
pub(super) fn serverless<'r>(
    root: &'r Node,
    id: &str,
    policies: &[NewPolicy],
) -> Result<Change<'r>, TemplateError> {
    if let Some(function) = root.at(&["functions", id]) {
        only_one(function, id, policies)?;
        return Ok(Change {
            parent: function,
            path: ["functions", id].map(str::to_owned).into(),
            key: "iamRoleStatements",
            gone: &["iamRoleStatementsInherit"],
            shape: Shape::Statements,
            names: Vec::new(),
        });
    }
    if id != "provider" {
        let resources = root.get("resources");
        let known = resources.filter(|node| node.at(&["Resources", id]).is_some());
        let Some(resources) = known else {
            return Err(error(
                root,
                format!("expected `provider`, a function or a resource, found no `{id}`"),
                None,
            ));
        };
        let mut change = cloudformation(resources, id, policies)?;
        change.path.insert(0, "resources".to_owned());
        return Ok(change);
    }
    let Some(provider) = root.get("provider") else {
        return Err(error(
            root,
            "expected `provider`, found none".to_owned(),
            None,
        ));
    };
    only_one(provider, id, policies)?;
    let shape = Shape::Statements;
    if let Some(role) = provider
        .at(&["iam", "role"])
        .filter(|role| matches!(role.value, Value::Map(_)))
    {
        return Ok(Change {
            parent: role,
            path: ["provider", "iam", "role"].map(str::to_owned).into(),
            key: "statements",
            gone: &["managedPolicies"],
            shape,
            names: Vec::new(),
        });
    }
    Ok(Change {
        parent: provider,
        path: vec!["provider".to_owned()],
        key: "iamRoleStatements",
        gone: &["iamManagedPolicies"],
        shape,
        names: Vec::new(),
    })
}

fn only_one(place: &Node, id: &str, policies: &[NewPolicy]) -> Result<(), TemplateError> {
    match policies.len() {
        1 => Ok(()),
        many => {
            let problem = format!("`{id}` takes one policy, and {many} are to be written");
            Err(error(
                place,
                problem,
                Some("make one of them with `--most-policies 1`".to_owned()),
            ))
        }
    }
}

/// Refuses a role that other resources attach policies to: they would stay.
fn refuse_attached(root: &Node, id: &str) -> Result<(), TemplateError> {
    let template = cloudformation::read(root, &Known::default())?;
    let Some(subject) = template.subject(id) else {
        return Ok(());
    };
    let attaching = |policy: &&crate::template::Policy| {
        let is_own = policy.origin == id;
        // A managed policy that the role itself names goes with `ManagedPolicyArns`.
        let names_role = root
            .at(&["Resources", &policy.origin, "Properties"])
            .is_some_and(|node| {
                [
                    "Roles",
                    "RoleName",
                    "Users",
                    "UserName",
                    "Groups",
                    "GroupName",
                ]
                .iter()
                .any(|key| node.get(key).is_some())
            });
        !is_own && names_role && matches!(policy.content, Content::Document(..))
    };
    match subject.policies.iter().find(attaching) {
        Some(other) => {
            let problem = format!(
                "`{}` is attached to `{id}` too, and would stay as it is",
                other.origin
            );
            let hint = format!(
                "write to `{}`, or take it out of the template first",
                other.origin
            );
            Err(TemplateError {
                place: other.place.to_string(),
                problem,
                hint: Some(hint),
            })
        }
        None => Ok(()),
    }
}

/// The names of the policies that are there, as the file writes them, if each new one can have one.
fn names(parent: &Node, policies: &[NewPolicy]) -> Vec<Tree> {
    let old = parent.get("Policies").map(Node::items).unwrap_or_default();
    if old.len() != policies.len() {
        return Vec::new();
    }
    let names: Option<Vec<Tree>> = old
        .iter()
        .map(|policy| policy.get("PolicyName")?.as_str().map(Tree::literal))
        .collect();
    names.unwrap_or_default()
}

/// Says whether the framework, and not a template in it, holds what `id` names.
pub(super) fn reads_as(
    root: &Node,
    known: &Known,
    is_framework: bool,
) -> Result<crate::template::Template, TemplateError> {
    if is_framework {
        framework::read(root, known)
    } else {
        cloudformation::read(root, known)
    }
}

/// Finds a member.
pub(super) fn entry<'r>(change: &Change<'r>, key: &str) -> Option<&'r Entry> {
    change.parent.entry(key)
}
