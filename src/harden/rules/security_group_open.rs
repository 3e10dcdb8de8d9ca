//! `security-group-open`: every address may reach every port, or one of administration or of a database.

use super::world::{sensitive, unread, world_open};
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Posture, SecurityGroup};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "security-group-open",
        severity: Severity::High,
        area: Area::Vpc,
        what: "Every address may reach every port, or one of administration or of a database.",
        why: "Such ports are tried from all over the world within minutes.",
        fix: "Let in the networks or security groups that need it; use Session Manager in place of SSH and RDP.",
    },
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    side: Side::Customer,
    serves: "VPC: security groups not open",
    check: Check::SecurityGroup(check),
};

fn check(group: &SecurityGroup, _: &Posture) -> Verdict {
    let found = world_open(group)
        .filter_map(|opening| Some((Some(opening.spot.clone()), sensitive(opening)?)));
    Verdict::of(found.collect(), unread(group))
}
