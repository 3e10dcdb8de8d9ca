//! `bucket-without-kms`: objects are encrypted with keys of S3, not with a key in KMS.

use super::others::takes_logs;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-kms",
        severity: Severity::Informational,
        area: Area::S3,
        what: "Objects are encrypted with keys of S3, not with a key in KMS.",
        why: "Access to a key in KMS is granted apart from the bucket, is logged, and can be withdrawn.",
        fix: "Use `aws:kms` with a key of your own, unless something that writes to the bucket cannot (server access logs).",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    side: Side::Shared,
    serves: "S3: encryption at rest",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, posture: &Posture) -> Verdict {
    match &bucket.encryption {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        // That nothing is set is told by `bucket-without-encryption`.
        Setting::NotSet => Verdict::NotAsked,
        Setting::Set(encryption, spot) => match &encryption.algorithm {
            // S3 cannot write its access logs with a key in KMS that AWS keeps, and not every source can use another.
            _ if takes_logs(bucket, posture) => Verdict::NotAsked,
            Setting::Set(algorithm, _) if algorithm.starts_with("aws:kms") => Verdict::Passed,
            Setting::Set(algorithm, _) => {
                Verdict::failed(Some(spot), format!("the algorithm is `{algorithm}`"))
            }
            Setting::NotSet => Verdict::failed(Some(spot), "no algorithm is named"),
            Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        },
    }
}
