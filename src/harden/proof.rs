//! What a resource's policy does, by the policy language's own proofs.
//!
//! "It refuses this" means: of all that the probe allows, nothing is left once the statements are taken off that deny it to everyone. "It is
//! public" follows AWS's own words: a statement that allows anyone is public unless a condition ties it to fixed values of a key that says
//! where a request comes from. Source: S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of public".

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::prove::{Containment, Options, contained};
use crate::policy::{
    CompiledPolicy, Conditions, Document, Effect, PrincipalElement, Principals, Statement,
};
use crate::posture::ResourcePolicy;

/// What a proof came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It holds.
    Holds,
    /// It does not: an action and a resource for which it does not.
    Fails(String, String),
    /// Not decided: why.
    Open(String),
}

/// Keys that say where a request comes from, and how a fixed value of each is recognized.
///
/// Sources, read in part on 2026-11-28: S3 API reference, `PublicAccessBlockConfiguration`; S3 user guide, "Blocking public access", "The meaning
/// of public", both lists of fixed values; Lambda developer guide, "Resource-based policies", for the token of Alexa's skills.
const NARROWING: [(&str, Fixed); 18] = [
    ("aws:principalarn", Fixed::Whole),
    ("aws:principalaccount", Fixed::Whole),
    ("aws:principalorgid", Fixed::Whole),
    ("aws:principalorgpaths", Fixed::FirstPart),
    ("aws:principalservicename", Fixed::Whole),
    ("aws:sourceip", Fixed::Network),
    ("aws:sourcearn", Fixed::Arn),
    ("aws:sourcevpc", Fixed::Whole),
    ("aws:sourcevpce", Fixed::Whole),
    ("aws:sourceowner", Fixed::Whole),
    ("aws:sourceaccount", Fixed::Whole),
    ("aws:sourceorgid", Fixed::Whole),
    ("aws:sourceorgpaths", Fixed::FirstPart),
    ("aws:userid", Fixed::Session),
    ("s3:dataaccesspointaccount", Fixed::Whole),
    ("s3:dataaccesspointarn", Fixed::Arn),
    (
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        Fixed::Whole,
    ),
    ("lambda:eventsourcetoken", Fixed::Whole),
];

/// What of a value must be fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fixed {
    /// All of it.
    Whole,
    /// A network that is not half of the internet.
    Network,
    /// An ARN's account, or for a bucket its name.
    Arn,
    /// What stands before the first `/`.
    FirstPart,
    /// All, or the id of a role with any session.
    Session,
}

/// Operators that ask for one of the values.
const ASKING: [&str; 6] = [
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
    "arnequals",
    "arnlike",
    "ipaddress",
];

/// The largest networks that do not count as public: the bits that an address must share with them, for both versions.
const FEWEST_BITS: (u8, u8) = (8, 32);
/// An address that nobody has. Source: RFC 5737.
const OUTSIDE: &str = "203.0.113.77";

/// Decides whether a policy refuses everyone all that `probe` allows.
pub(super) fn refuses(policy: Option<&ResourcePolicy>, probe: Statement) -> Proof {
    let mut statements = vec![probe];
    if let Some(policy) = policy {
        statements.extend(denials(&policy.document));
    }
    match empty(statements) {
        Proof::Holds => Proof::Holds,
        other => match policy.and_then(|policy| policy.unread.first()) {
            Some((spot, why)) => Proof::Open(format!("{}:{}: {why}", spot.file, spot.line)),
            None => other,
        },
    }
}

/// Decides whether statements, denials among them, allow nothing.
fn empty(statements: Vec<Statement>) -> Proof {
    let policy = CompiledPolicy::new(&Document::new(statements));
    let known: Vec<String> = actions(&["s3", "lambda"]);
    let options = Options {
        known_actions: &known,
        most_witnesses: 1,
        ..Options::default()
    };
    match contained(&[policy], &[], &options) {
        Containment::Contained => Proof::Holds,
        Containment::NotContained(requests) => {
            let first = requests.first();
            let text = |of: fn(&crate::policy::Request) -> &str| {
                first.map(of).unwrap_or_default().to_owned()
            };
            Proof::Fails(
                text(crate::policy::Request::action),
                text(crate::policy::Request::resource),
            )
        }
        Containment::Unknown(why) => Proof::Open(why),
    }
}

fn actions(services: &[&str]) -> Vec<String> {
    let catalog = Catalog::bundled();
    let services = services.iter().filter_map(|prefix| catalog.service(prefix));
    let names = services.flat_map(|service| {
        let names = service.actions.keys();
        names
            .map(|name| format!("{}:{name}", service.prefix))
            .collect::<Vec<_>>()
    });
    names.collect()
}

/// The statements that deny something to everyone, without their principals.
fn denials(document: &Document) -> impl Iterator<Item = Statement> + '_ {
    let statements = document.statements.iter();
    let denying = statements.filter(|one| one.effect == Effect::Deny && names_everyone(one));
    denying.map(without_principal)
}

fn without_principal(statement: &Statement) -> Statement {
    Statement {
        principal: None,
        ..statement.clone()
    }
}

/// Says whether a statement names everyone. What names all but some lets in nearly everyone, and denies less than everyone.
pub(super) fn names_everyone(statement: &Statement) -> bool {
    match (&statement.principal, statement.effect) {
        (Some(PrincipalElement::NotPrincipal(_)), effect) => effect == Effect::Allow,
        (Some(PrincipalElement::Principal(Principals::Everyone)), _) => true,
        (Some(PrincipalElement::Principal(Principals::Named(kinds))), _) => {
            kinds.values().flatten().any(|name| name == "*")
        }
        (None, _) => false,
    }
}

/// Finds the statements by which a policy lets in anyone, with an action; what could not be told is the second part.
pub(super) fn public(policy: &ResourcePolicy) -> (Vec<(usize, String)>, Option<String>) {
    let mut open = policy
        .unread
        .first()
        .map(|(spot, why)| format!("{}:{}: {why}", spot.file, spot.line));
    let mut found = Vec::new();
    for (index, statement) in policy.document.statements.iter().enumerate() {
        let is_open = statement.effect == Effect::Allow
            && names_everyone(statement)
            && !is_narrowed(&statement.conditions, &policy.holes);
        if !is_open {
            continue;
        }
        let denials: Vec<Statement> = denials(&policy.document).collect();
        let mut statements = vec![seen_from_outside(statement, &denials)];
        statements.extend(denials);
        match empty(statements) {
            Proof::Holds => {}
            Proof::Fails(action, _) => found.push((index, action)),
            Proof::Open(why) => {
                open.get_or_insert(why);
            }
        }
    }
    (found, open)
}

/// Says whether conditions tie a statement to fixed values of where a request comes from.
pub(super) fn is_narrowed(conditions: &Conditions, holes: &BTreeSet<String>) -> bool {
    conditions.iter().any(|(operator, keys)| {
        let operator = operator.to_ascii_lowercase();
        let operator = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
        ASKING.contains(&operator)
            && keys.iter().any(|(key, values)| {
                let kind = narrowing(key);
                kind.is_some_and(|kind| {
                    !values.is_empty()
                        && values
                            .iter()
                            .all(|one| is_fixed(one, kind, (operator, holes)))
                })
            })
    })
}

fn narrowing(key: &str) -> Option<Fixed> {
    let known = NARROWING.iter();
    let mut found = known.filter(|(name, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, kind)| *kind)
}

fn is_fixed(value: &str, kind: Fixed, (operator, holes): (&str, &BTreeSet<String>)) -> bool {
    let pattern = Pattern::parse(value);
    let is_hole = |key: &str| holes.iter().any(|hole| hole.eq_ignore_ascii_case(key));
    if pattern.variables().any(|variable| !is_hole(&variable.key)) {
        return false;
    }
    let takes_wildcards = operator.ends_with("like") || operator.starts_with("arn");
    let has_wildcard = |text: &str| takes_wildcards && text.contains(['*', '?']);
    match kind {
        Fixed::Whole => !has_wildcard(value),
        Fixed::FirstPart => value
            .split_once('/')
            .is_some_and(|(first, _)| !has_wildcard(first)),
        Fixed::Session => match value.split_once(':') {
            Some((role, _)) => !has_wildcard(role),
            None => !has_wildcard(value),
        },
        Fixed::Network => is_small(value),
        Fixed::Arn => {
            let parts: Vec<&str> = value.splitn(6, ':').collect();
            match parts.as_slice() {
                // A bucket's ARN has no account: its name is unique.
                ["arn", _, service, _, "", rest] => !has_wildcard(service) && !has_wildcard(rest),
                ["arn", _, service, _, account, _] => {
                    !has_wildcard(service) && !has_wildcard(account)
                }
                _ => !has_wildcard(value),
            }
        }
    }
}

fn is_small(network: &str) -> bool {
    const PRIVATE: [&str; 3] = ["10.", "172.", "192.168."];
    let Some((address, bits)) = network.split_once('/') else {
        return true;
    };
    let Ok(bits) = bits.parse::<u8>() else {
        // A hole: it is one network once it is deployed.
        return true;
    };
    let (fewest4, fewest6) = FEWEST_BITS;
    if address.contains(':') {
        bits >= fewest6
    } else {
        bits >= fewest4 || (bits > 0 && PRIVATE.iter().any(|start| address.starts_with(start)))
    }
}

/// The statement as somebody meets it who is nobody that it, or a denial, could mean.
fn seen_from_outside(statement: &Statement, denials: &[Statement]) -> Statement {
    let mut seen = without_principal(statement);
    for keys in seen.conditions.values_mut() {
        keys.retain(|key, _| narrowing(key).is_none());
    }
    let all = denials.iter().flat_map(|denial| denial.conditions.values());
    let asked: BTreeSet<&String> = all.flat_map(indexmap::IndexMap::keys).collect();
    for key in asked {
        let (operator, value) = match narrowing(key) {
            None => continue,
            Some(Fixed::Network) => ("IpAddress", format!("{OUTSIDE}/32")),
            Some(_) => ("StringEquals", "polgen-somebody-else".to_owned()),
        };
        let keys = seen.conditions.entry(operator.to_owned()).or_default();
        keys.insert(key.clone(), vec![value]);
    }
    seen.conditions.retain(|_, keys| !keys.is_empty());
    seen
}
