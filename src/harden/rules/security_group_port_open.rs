//! `security-group-port-open`: every address may reach a port that is none of the web's.

use super::world::{SENSITIVE, WEB, unread, world_open};
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
    let found = world_open(group).filter_map(|opening| {
        let (first, last) = opening.ports?;
        let is_worse = SENSITIVE
            .iter()
            .any(|(port, _)| (first..=last).contains(port));
        // ICMP and the like have types in place of ports.
        let is_web = first == last && WEB.contains(&first);
        if is_worse || is_web || !["tcp", "udp", "6", "17"].contains(&opening.protocol.as_str()) {
            return None;
        }
        let ports = if first == last {
            format!("port {first}")
        } else {
            format!("ports {first} to {last}")
        };
        Some((
            Some(opening.spot.clone()),
            format!("every address may reach {ports}"),
        ))
    });
    Verdict::of(found.collect(), unread(group))
}
