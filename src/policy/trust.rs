//! Trust policies: who may take a role on, and what about that is wrong by itself.
//!
//! To compare two of them, a trust policy is written as one that grants access ([`as_access`]): the principals become resources, so that
//! the proofs of the policy language hold for them too. An account stands for all that is in it, a role for its sessions.
//! Source: the IAM user guide, "AWS JSON policy elements: Principal".

mod weakness;

pub use weakness::{Weakness, WeaknessKind, weaknesses};

use super::{
    ActionElement, Document, Effect, PrincipalElement, Principals, ResourceElement, Statement,
};
use crate::arn::is_account;
use crate::pattern::ActionPattern;

/// The actions that a trust policy can grant.
///
/// Source: the service authorization reference, "Actions defined by AWS Security Token Service", those on a role.
pub const ACTIONS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

/// A principal that a statement names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// `AWS`, `Service`, `Federated` or `CanonicalUser`.
    pub kind: String,
    /// Its name or ARN; `*` is everyone.
    pub name: String,
    /// Where it stands, e.g. `Statement[0].Principal.AWS[1]`.
    pub path: String,
}

impl Named {
    /// Says whether everyone is meant.
    pub fn is_everyone(&self) -> bool {
        self.name == "*"
    }

    /// Writes it as resources: a text that begins with its kind, or everything. A role is itself and its sessions.
    pub fn as_resources(&self) -> Vec<String> {
        if self.is_everyone() {
            return vec!["*".to_owned()];
        }
        // What is no pattern as a principal must be none as a resource.
        let plain = |text: &str| text.replace('*', "\u{2217}").replace('?', "\u{fe56}");
        let name = plain(&self.name);
        if self.kind != "AWS" {
            return vec![format!("{}:{name}", self.kind)];
        }
        let Some((account, resource)) = parts(&name) else {
            // A hole that stands for an account is told by its name, as the tools' own references are.
            let is_account = is_account(&name) || is_account_hole(&name);
            let all = if is_account { ":*" } else { "" };
            return vec![format!("AWS:{name}{all}")];
        };
        let session = |rest: &str| format!("AWS:{account}:session/{rest}");
        if resource == "root" {
            vec![format!("AWS:{account}:*")]
        } else if let Some(rest) = resource.strip_prefix("assumed-role/") {
            vec![session(rest)]
        } else if let Some(role) = resource.strip_prefix("role/") {
            let role_name = role.rsplit('/').next().unwrap_or(role);
            vec![
                format!("AWS:{account}:role/{role}"),
                session(&format!("{role_name}/*")),
            ]
        } else {
            vec![format!("AWS:{account}:{resource}")]
        }
    }
}

fn is_account_hole(name: &str) -> bool {
    let whole = name
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    whole.is_some_and(|key| key == "AWS::AccountId" || key.ends_with(".account_id"))
}

/// The account and the resource of an ARN whose parts may be holes, in which colons stand too.
fn parts(text: &str) -> Option<(&str, &str)> {
    const ACCOUNT: usize = 4;
    let mut depth = 0_usize;
    let mut ends = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => ends.push(at),
            _ => {}
        }
    }
    let account = text.get(ends.get(ACCOUNT - 1)? + 1..*ends.get(ACCOUNT)?)?;
    let resource = text.get(ends.get(ACCOUNT)? + 1..)?;
    text.starts_with("arn:").then_some((account, resource))
}

/// Lists the principals that a statement names, those of `NotPrincipal` too.
pub fn named(statement: &Statement, index: usize) -> Vec<Named> {
    let (element, principals) = match &statement.principal {
        Some(PrincipalElement::Principal(principals)) => ("Principal", principals),
        Some(PrincipalElement::NotPrincipal(principals)) => ("NotPrincipal", principals),
        None => return Vec::new(),
    };
    let path = format!("Statement[{index}].{element}");
    match principals {
        Principals::Everyone => vec![Named {
            kind: "AWS".to_owned(),
            name: "*".to_owned(),
            path,
        }],
        Principals::Named(kinds) => {
            let one = |kind: &String, at: usize, name: &String| Named {
                kind: kind.clone(),
                name: name.clone(),
                path: format!("{path}.{kind}[{at}]"),
            };
            let all = kinds.iter().flat_map(|(kind, names)| {
                let names = names.iter().enumerate();
                names.map(move |(at, name)| one(kind, at, name))
            });
            all.collect()
        }
    }
}

/// Writes a statement of a trust policy as one that grants access to these principals, with actions that a trust policy can grant.
pub fn statement_as_access(statement: &Statement, principals: &[Named]) -> Statement {
    let matches = |action: &&&str| {
        let patterns = statement.action.patterns().iter();
        let mut patterns = patterns.map(|text| ActionPattern::parse(text));
        patterns.any(|pattern| pattern.matches(action)) != statement.action.is_negated()
    };
    let actions = ACTIONS.iter().filter(matches);
    let resources: Vec<String> = principals.iter().flat_map(Named::as_resources).collect();
    let is_negated = matches!(statement.principal, Some(PrincipalElement::NotPrincipal(_)));
    Statement {
        principal: None,
        action: ActionElement::Action(actions.map(|action| (*action).to_owned()).collect()),
        resource: Some(if is_negated {
            ResourceElement::NotResource(resources)
        } else {
            ResourceElement::Resource(resources)
        }),
        ..statement.clone()
    }
}

/// Writes a trust policy as one that grants access to its principals.
pub fn as_access(document: &Document) -> Document {
    let statements = document.statements.iter().enumerate();
    let written = statements
        .map(|(index, statement)| statement_as_access(statement, &named(statement, index)));
    Document {
        statements: written.collect(),
        ..document.clone()
    }
}

/// The statements that allow, with their numbers.
pub fn allowing(document: &Document) -> impl Iterator<Item = (usize, &Statement)> {
    let statements = document.statements.iter().enumerate();
    statements.filter(|(_, statement)| statement.effect == Effect::Allow)
}

#[cfg(test)]
mod tests;
