//! `security-group-port-open`: every address may reach a port that is none of the web's.

use super::world::{other, unread, world_open};
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Posture, SecurityGroup};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "security-group-port-open",
        severity: Severity::Low,
        area: Area::Vpc,
        what: "Every address may reach a port that is none of the web's.",
        why: "What listens there is open to everyone, now and after each change.",
        fix: "Let in the networks or security groups that need it; ports 80 and 443 are not told.",
    },
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    side: Side::Customer,
    serves: "VPC: security groups not open",
    check: Check::SecurityGroup(check),
};

fn check(group: &SecurityGroup, _: &Posture) -> Verdict {
    let found =
        world_open(group).filter_map(|opening| Some((Some(opening.spot.clone()), other(opening)?)));
    Verdict::of(found.collect(), unread(group))
}
