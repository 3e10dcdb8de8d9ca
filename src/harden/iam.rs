//! Roles: the gate's own rules, asked of everything that a role holds, with what hardening tells of each.

use crate::catalog::Catalog;
use crate::check::{self, Before, Outcome};
use crate::finding::Rule;
use crate::posture::Role;

/// Where AWS says so, and the practice that is served, by the gate's rules.
const PRACTICES: [(&str, &str, &str); 9] = [
    (
        "aws-managed-policy",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        "IAM: AWS managed policies replaced by policies from usage",
    ),
    (
        "privilege-escalation",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
        "IAM: no privilege escalation",
    ),
    (
        "pass-role-without-service",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        "IAM: no privilege escalation",
    ),
    (
        "wildcard-resource",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        "IAM: wildcards in resources narrowed",
    ),
    (
        "not-action-with-allow",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
        "IAM: wildcards in actions narrowed",
    ),
    (
        "resource-exposure",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        "IAM: least privilege",
    ),
    (
        "trust-everyone",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        "IAM: trust policies not too wide",
    ),
    (
        "trust-any-source",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
        "IAM: trust policies name source account or ARN",
    ),
    (
        "trust-any-repository",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
        "IAM: GitHub's OIDC subject is named",
    ),
];
/// What holds for all other rules of the gate.
const ELSE: (&str, &str) = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "IAM: least privilege",
);

/// Where AWS says so, and the practice that a rule of the gate serves.
pub(super) fn practice_of(rule: &str) -> (&'static str, &'static str) {
    let mut known = PRACTICES.iter();
    let found = known.find(|(name, ..)| *name == rule);
    found.map_or(ELSE, |(_, source, serves)| (*source, *serves))
}

/// The gate's rules that are asked.
pub(super) fn rules() -> impl Iterator<Item = Rule> {
    check::asked().into_iter()
}

/// Asks them of a role.
pub(super) fn check_role(role: &Role, catalog: &Catalog) -> Outcome {
    check::check(&role.subject, (Before::Nothing, false), None, catalog)
}
