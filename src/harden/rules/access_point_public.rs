//! `access-point-public`: an access point of the bucket lets in anyone, or nothing keeps it from that.

use super::public::by_policy;
use super::words::are;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{AccessPoint, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "access-point-public",
        severity: Severity::High,
        area: Area::S3,
        what: "An access point of the bucket lets in anyone, or nothing keeps it from that.",
        why: "An access point has a policy of its own beside the bucket's, and its block cannot be changed once it is made.",
        fix: "Make it anew with all four switches on, in a VPC if it serves one, and name the principals in its policy.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html",
    side: Side::Customer,
    serves: "S3: not public",
    check: Check::AccessPoint(check),
};

fn check(point: &AccessPoint, _: &Posture) -> Verdict {
    // Without a block all four switches are on; an access point of a VPC cannot be reached from elsewhere.
    match &point.public_access_block {
        Setting::NotSet => return Verdict::Passed,
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        Setting::Set(block, spot) => match block.off().as_slice() {
            [] => return Verdict::Passed,
            off if point.vpc.value().is_none() => {
                return Verdict::failed(Some(spot), format!("{} off", are(off)));
            }
            _ => {}
        },
    }
    by_policy(&point.policy)
}
