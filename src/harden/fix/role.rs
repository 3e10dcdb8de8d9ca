//! Changes of roles: whom they trust, what bounds them, what they may do, and whether they are needed.

use std::collections::BTreeMap;

use super::{Broken, Fix, Open, Remedy, narrow};
use crate::policy::trust::{WeaknessKind, weaknesses};
use crate::policy::{Document, PrincipalElement, Principals};
use crate::posture::{Identity, Origin, Posture, Role, Spot};
use crate::template::{Content, SubjectKind, holes_of};

/// The rules that a trust policy breaks.
const OF_TRUST: [&str; 3] = ["trust-everyone", "trust-any-repository", "trust-any-source"];
/// The rules that policies of what is used mend.
const OF_POLICIES: [&str; 10] = [
    "aws-managed-policy",
    "credentials-exposure",
    "data-exfiltration",
    "not-action-with-allow",
    "pass-role-without-service",
    "privilege-escalation",
    "resource-exposure",
    "role-wildcard-action",
    "service-unused",
    "wildcard-resource",
];

/// The changes that mend what is broken of a role.
pub(super) fn fixes(posture: &Posture, broken: &Broken<'_>) -> Vec<Fix> {
    let mut roles = posture.roles.iter();
    let is_it = |role: &&Role| {
        let place = &role.subject.place;
        role.subject.id == broken.id && *place.file == *broken.file
    };
    let role = roles.find(is_it);
    let Some(role) = role.filter(|one| is_role(one)) else {
        return Vec::new();
    };
    let mut fixes = Vec::new();
    let mut add = |rules: Vec<&'static str>, remedy: Option<Remedy>, caution: &str| {
        let Some(remedy) = remedy.filter(|_| !rules.is_empty()) else {
            return;
        };
        let cautions = Some(caution.to_owned()).filter(|words| !words.is_empty());
        fixes.push(Fix {
            target: identity(role),
            rules,
            remedy,
            cautions: cautions.into_iter().collect(),
            is_elsewhere: false,
            was_set: role.subject.guards.boundary.is_some(),
        });
    };
    let unused = broken.of(&["role-unused"]);
    if !unused.is_empty() {
        let caution = "ask its owner before; policies that name it by its ARN do not take one of the same name that is made later for it";
        add(unused, Some(deleted(role)), caution);
        // What is taken away needs no other change.
        return fixes;
    }
    let rules = broken.of(&OF_TRUST);
    let remedy = trust(role, &rules);
    add(
        rules,
        remedy,
        "whoever else takes the role on today is refused then",
    );
    let caution = "the role can do no more than the boundary allows, whatever its policies say";
    add(
        broken.of(&["role-without-boundary"]),
        Some(Remedy::Boundary),
        caution,
    );
    add(
        broken.of(&OF_POLICIES),
        Some(Remedy::FromUsage),
        "the trail must show all that the role does: look at what `polgen suggest` says of it",
    );
    fixes
}

fn is_role(role: &Role) -> bool {
    matches!(role.subject.kind, SubjectKind::Role | SubjectKind::Function)
}

/// Who and where a role is, and in what language it stands.
fn identity(role: &Role) -> Identity {
    let subject = &role.subject;
    let is_terraform = || subject.id.starts_with("aws_") || subject.id.contains(".aws_");
    let origin = if role.arn.is_some() {
        Origin::Aws
    } else if is_terraform() {
        Origin::Terraform
    } else {
        Origin::CloudFormation
    };
    Identity {
        id: subject.id.clone(),
        name: match origin {
            Origin::Aws => Some(subject.id.clone()),
            _ => subject.name.clone(),
        },
        origin,
        spot: Spot {
            file: subject.place.file.to_string(),
            line: subject.place.line,
        },
        parts: BTreeMap::new(),
    }
}

fn deleted(role: &Role) -> Remedy {
    let own = role.subject.policies.iter();
    let inline = own.clone().filter_map(|policy| match &policy.content {
        Content::Document(..) if policy.origin == role.subject.id => Some(policy.name.clone()),
        _ => None,
    });
    let attached = own.filter_map(|policy| match &policy.content {
        Content::Managed(arn) => Some(arn.clone()),
        Content::Document(..) if policy.origin != role.subject.id => Some(policy.origin.clone()),
        Content::Document(..) => None,
    });
    Remedy::RoleDeleted {
        inline: inline.collect(),
        attached: attached.collect(),
        is_bounded: role.subject.guards.boundary.is_some(),
    }
}

/// The trust policy with whom and what is to be named in the statements that are too wide.
fn trust(role: &Role, rules: &[&str]) -> Option<Remedy> {
    let guard = role.subject.guards.trust.as_ref()?;
    let Some(Content::Document(document, _)) = &guard.content else {
        return None;
    };
    let holes = holes_of(&guard.unresolved);
    let mut whole = document.clone();
    for weakness in weaknesses(document, &|_| false) {
        let (rule, change): (&str, fn(&mut Document, usize)) = match weakness.kind {
            WeaknessKind::Everyone => ("trust-everyone", name_principal),
            WeaknessKind::AnyRepository => ("trust-any-repository", name_repository),
            WeaknessKind::AnySource => ("trust-any-source", name_account),
        };
        let index = weakness.path.strip_prefix("Statement[");
        let index = index.and_then(|rest| rest.split(']').next()?.parse().ok());
        if let Some(index) = index.filter(|_| rules.contains(&rule)) {
            change(&mut whole, index);
        }
    }
    (whole != *document).then(|| Remedy::Trust { whole, holes })
}

fn name_principal(whole: &mut Document, index: usize) {
    if let Some(statement) = whole.statements.get_mut(index) {
        let named = match &statement.principal {
            Some(PrincipalElement::Principal(Principals::Named(kinds))) => {
                let mut kinds = kinds.clone();
                kinds.insert("AWS".to_owned(), vec![Open::Principal.stand_in()]);
                Principals::Named(kinds)
            }
            _ => narrow::the("AWS", Open::Principal),
        };
        statement.principal = Some(PrincipalElement::Principal(named));
    }
}

/// The branch or the environment can be narrowed further; the repository is what keeps strangers out.
fn name_repository(whole: &mut Document, index: usize) {
    let key = "token.actions.githubusercontent.com:sub";
    let value = format!("repo:{}:*", Open::Repository.stand_in());
    ask_for(whole, index, "StringLike", (key, value));
}

fn name_account(whole: &mut Document, index: usize) {
    let value = Open::SourceAccount.stand_in();
    ask_for(whole, index, "StringEquals", ("aws:SourceAccount", value));
}

/// Puts a condition into a statement, in the place of all others on the same key.
fn ask_for(whole: &mut Document, index: usize, operator: &str, (key, value): (&str, String)) {
    if let Some(statement) = whole.statements.get_mut(index) {
        for keys in statement.conditions.values_mut() {
            keys.retain(|known, _| !known.eq_ignore_ascii_case(key));
        }
        statement.conditions.retain(|_, keys| !keys.is_empty());
        let keys = statement.conditions.entry(operator.to_owned()).or_default();
        keys.insert(key.to_owned(), vec![value]);
    }
}
