//! `bucket-without-replication`: the bucket is copied to no other.

use super::others::{is_copy, takes_logs};
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-replication",
        severity: Severity::Informational,
        area: Area::S3,
        what: "The bucket is copied to no other.",
        why: "If its region fails, or its account is lost, so are the objects. Replication to another region, best in another account, is the disaster recovery of a bucket.",
        fix: "Replicate to a bucket in another region; `--fix plan` writes the rule, the role and its least policy.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
    side: Side::Customer,
    serves: "S3: cross-region replication as disaster recovery",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, posture: &Posture) -> Verdict {
    match &bucket.replication {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::Set(replication, spot) if replication.destinations.is_empty() => {
            Verdict::failed(Some(spot), "no replication rule is on")
        }
        Setting::Set(..) => Verdict::Passed,
        // A copy, and what only logs, is not copied again.
        Setting::NotSet if is_copy(bucket, posture) || takes_logs(bucket, posture) => {
            Verdict::NotAsked
        }
        Setting::NotSet => Verdict::failed(None, "no replication is set"),
    }
}
