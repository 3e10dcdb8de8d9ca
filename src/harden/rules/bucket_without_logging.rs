//! `bucket-without-logging`: accesses to the bucket are not written down.

use super::others::takes_logs;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-logging",
        severity: Severity::Low,
        area: Area::S3,
        what: "Accesses to the bucket are not written down.",
        why: "After an incident nobody can tell which objects were read, by whom and from where. CloudTrail does so too if it records data events of this bucket.",
        fix: "Turn server access logs on, into a bucket made for them, or have CloudTrail record data events and allow this finding.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
    side: Side::Customer,
    serves: "S3: logging",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, posture: &Posture) -> Verdict {
    match &bucket.logging {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::Set(..) => Verdict::Passed,
        // A bucket of logs that logs into itself never comes to an end.
        Setting::NotSet if takes_logs(bucket, posture) => Verdict::NotAsked,
        Setting::NotSet => Verdict::failed(None, "no access logs are set"),
    }
}
