//! `security-group-open`: every address may reach every port, or one of administration or of a database.

use super::world::{SENSITIVE, unread, world_open};
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
    let found = world_open(group).filter_map(|opening| {
        let (first, last) = opening.ports.unwrap_or((0, 65_535));
        let what = if last.saturating_sub(first) >= 65_000 {
            "every address may reach every port".to_owned()
        } else {
            let (port, name) = SENSITIVE
                .iter()
                .find(|(port, _)| (first..=last).contains(port))?;
            format!("every address may reach port {port} ({name})")
        };
        Some((Some(opening.spot.clone()), what))
    });
    Verdict::of(found.collect(), unread(group))
}
