//! `role-without-boundary`: nothing bounds what the role may come to do.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Posture, Role};
use crate::template::SubjectKind;

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "role-without-boundary",
        severity: Severity::Informational,
        area: Area::Iam,
        what: "The role has no permissions boundary.",
        why: "A policy that somebody adds later takes effect whole; a boundary is the most that the role can ever do.",
        fix: "Set `PermissionsBoundary` to a policy that the account keeps for roles of this kind.",
    },
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    side: Side::Customer,
    serves: "IAM: permissions boundary",
    check: Check::Role(check),
};

fn check(role: &Role, _: &Posture) -> Verdict {
    // The roles of services themselves can have none.
    let arn = role.arn.as_deref().unwrap_or_default();
    if role.subject.kind != SubjectKind::Role || arn.contains(":role/aws-service-role/") {
        return Verdict::NotAsked;
    }
    match &role.subject.guards.boundary {
        Some(_) => Verdict::Passed,
        None => Verdict::failed(None, "no permissions boundary is set"),
    }
}
