//! What stands alone in a file: a policy, a trust policy, or roles, users and groups as the AWS CLI prints them.
//!
//! A role is known by its name, as templates know theirs by a logical id; a user or group by its kind and name.

use super::node::Node;
use super::{
    Content, Guard, Guards, Kind, Policy, Subject, SubjectKind, TemplateError, Unresolved,
    document, tree,
};

use crate::arn::Arn;
use crate::catalog::managed_policy;

/// What the AWS CLI calls a kind of holder and its parts.
struct Words {
    kind: SubjectKind,
    list: &'static str,
    single: &'static str,
    name: &'static str,
    inline: &'static str,
    prefix: &'static str,
}

const WORDS: [Words; 3] = [
    Words {
        kind: SubjectKind::Role,
        list: "RoleDetailList",
        single: "Role",
        name: "RoleName",
        inline: "RolePolicyList",
        prefix: "",
    },
    Words {
        kind: SubjectKind::User,
        list: "UserDetailList",
        single: "User",
        name: "UserName",
        inline: "UserPolicyList",
        prefix: "user/",
    },
    Words {
        kind: SubjectKind::Group,
        list: "GroupDetailList",
        single: "Group",
        name: "GroupName",
        inline: "GroupPolicyList",
        prefix: "group/",
    },
];

/// Reads what stands alone in a file; nothing if it holds no policy.
///
/// # Errors
///
/// If it cannot be read, or holds a policy that is none.
pub fn read_printed(file: &str, content: &str) -> Result<Vec<Subject>, TemplateError> {
    printed(&tree(&file.into(), content)?, file)
}

/// The same of what is read already.
pub(crate) fn printed(root: &Node, file: &str) -> Result<Vec<Subject>, TemplateError> {
    let mut subjects = Vec::new();
    for words in &WORDS {
        for node in root.get(words.list).map(Node::items).unwrap_or_default() {
            subjects.extend(holder(root, node, words)?);
        }
        let single = root.get(words.single).unwrap_or(root);
        let keys = ["AssumeRolePolicyDocument", words.inline];
        if keys.iter().any(|key| single.get(key).is_some()) {
            subjects.extend(holder(root, single, words)?);
        }
    }
    // The policies of an account that somebody wrote: those that nothing holds are looked at too.
    for node in root.get("Policies").map(Node::items).unwrap_or_default() {
        if let Some(name) = text(node, "PolicyName")
            && !text(node, "Arn").is_some_and(is_aws)
            && let Some(document) = default_version(node)
        {
            subjects.extend(policy(name, document, SubjectKind::Policy)?);
        }
    }
    if subjects.is_empty() {
        let id = file.rsplit(['/', '\\']).next().unwrap_or(file);
        subjects.extend(alone(root, id)?);
    }
    Ok(subjects)
}

/// A policy by itself, plain or as the AWS CLI prints it, under the file's name.
fn alone(root: &Node, id: &str) -> Result<Option<Subject>, TemplateError> {
    let places: [&[&str]; 3] = [&["PolicyDocument"], &["PolicyVersion", "Document"], &[]];
    let mut nodes = places.iter().filter_map(|path| root.at(path));
    let is_policy = |node: &&Node| node.get("Statement").is_some() || node.as_str().is_some();
    let Some(node) = nodes.find(is_policy) else {
        return Ok(None);
    };
    let statements = node.get("Statement").map(Node::items).unwrap_or_default();
    let is_trust = |one: &Node| {
        let has_principal = one.get("Principal").is_some() || one.get("NotPrincipal").is_some();
        let has_resource = one.get("Resource").is_some() || one.get("NotResource").is_some();
        has_principal && !has_resource
    };
    if statements.is_empty() || !statements.iter().all(is_trust) {
        return policy(id, node, SubjectKind::Policy);
    }
    Ok(Some(Subject {
        id: id.to_owned(),
        kind: SubjectKind::Role,
        name: None,
        place: node.place.clone(),
        policies: Vec::new(),
        unresolved: Vec::new(),
        guards: Guards {
            trust: Some(Guard::trust(node)),
            boundary: None,
        },
    }))
}

fn policy(id: &str, node: &Node, kind: SubjectKind) -> Result<Option<Subject>, TemplateError> {
    let mut unresolved = Vec::new();
    let policy = document_of((id, id), node, &mut unresolved)?;
    Ok(policy.map(|policy| Subject {
        id: id.to_owned(),
        kind,
        name: None,
        place: node.place.clone(),
        policies: vec![policy],
        unresolved,
        guards: Guards::default(),
    }))
}

/// A role, user or group with all that the file says of it.
fn holder(root: &Node, node: &Node, words: &Words) -> Result<Option<Subject>, TemplateError> {
    let Some(name) = text(node, words.name) else {
        return Ok(None);
    };
    let id = format!("{}{name}", words.prefix);
    let mut unresolved = Vec::new();
    let mut policies = Vec::new();
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    for inline in items(words.inline) {
        let name = text(inline, "PolicyName").unwrap_or(&id);
        if let Some(document) = inline.get("PolicyDocument") {
            policies.extend(document_of((name, &id), document, &mut unresolved)?);
        }
    }
    for attached in items("AttachedManagedPolicies") {
        let Some(arn) = text(attached, "PolicyArn") else {
            continue;
        };
        let name = arn.rsplit('/').next().unwrap_or(arn);
        // What AWS keeps is looked up; what is not known there may stand in the file.
        let is_known = is_aws(arn) && managed_policy(arn).is_some();
        match managed(root, arn).filter(|_| !is_known) {
            Some(document) => {
                let origin = if is_aws(arn) { id.as_str() } else { name };
                policies.extend(document_of((name, origin), document, &mut unresolved)?);
            }
            None => policies.push(Policy {
                name: name.to_owned(),
                place: attached.place.clone(),
                origin: id.clone(),
                is_implied: false,
                content: Content::Managed(arn.to_owned()),
            }),
        }
    }
    if words.kind == SubjectKind::User && !items("GroupList").is_empty() {
        let what = format!("what `{name}` may do through its groups is not looked at");
        let note = Unresolved::new(node, Kind::Missing, what);
        unresolved.push(note);
    }
    // What `get-role` prints says nothing of policies.
    let is_whole = ["AttachedManagedPolicies", words.inline]
        .iter()
        .any(|key| node.get(key).is_some());
    if !is_whole {
        let what = format!("the file does not say which policies `{name}` has");
        unresolved.push(Unresolved::new(node, Kind::Missing, what));
    }
    Ok(Some(Subject {
        kind: words.kind,
        name: Some(name.to_owned()),
        place: node.place.clone(),
        policies,
        unresolved,
        guards: Guards {
            trust: node.get("AssumeRolePolicyDocument").map(Guard::trust),
            boundary: boundary(root, node)?,
        },
        id,
    }))
}

fn boundary(root: &Node, node: &Node) -> Result<Option<Guard>, TemplateError> {
    let Some(arn) = node.at(&["PermissionsBoundary", "PermissionsBoundaryArn"]) else {
        return Ok(None);
    };
    let Some(document) = arn.as_str().and_then(|arn| managed(root, arn)) else {
        return Ok(Some(Guard::named(arn)));
    };
    let mut unresolved = Vec::new();
    let policy = document_of(("boundary", ""), document, &mut unresolved)?;
    let policies = policy.into_iter().collect();
    Ok(Some(Guard::of_policy(arn, policies, unresolved)))
}

fn document_of(
    (name, origin): (&str, &str),
    node: &Node,
    unresolved: &mut Vec<Unresolved>,
) -> Result<Option<Policy>, TemplateError> {
    let read = document::read(node, unresolved)?;
    Ok(read.map(|read| Policy {
        name: name.to_owned(),
        place: node.place.clone(),
        origin: origin.to_owned(),
        is_implied: false,
        content: Content::Document(read.document, read.places),
    }))
}

/// The document of a managed policy that the file holds.
fn managed<'n>(root: &'n Node, arn: &str) -> Option<&'n Node> {
    let policies = root.get("Policies").map(Node::items).unwrap_or_default();
    let own = policies.iter().find(|one| text(one, "Arn") == Some(arn))?;
    default_version(own)
}

fn default_version(policy: &Node) -> Option<&Node> {
    let versions = policy.get("PolicyVersionList").map(Node::items)?;
    let is_default =
        |one: &&Node| one.get("IsDefaultVersion").and_then(Node::as_str) == Some("true");
    versions.iter().find(is_default)?.get("Document")
}

/// Says whether AWS keeps a policy, by its ARN.
fn is_aws(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.account == "aws")
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

#[cfg(test)]
mod tests;
