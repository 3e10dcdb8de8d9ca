//! `bucket-without-bucket-key`: each object asks KMS for a key of its own.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-bucket-key",
        severity: Severity::Informational,
        area: Area::S3,
        what: "Each object asks KMS for a key of its own.",
        why: "A bucket key makes about a hundredth of the requests: it costs less and is throttled less.",
        fix: "Set `BucketKeyEnabled`.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
    side: Side::Shared,
    serves: "S3: encryption at rest",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    let encryption = match &bucket.encryption {
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        Setting::NotSet => return Verdict::NotAsked,
        Setting::Set(encryption, _) => encryption,
    };
    // With two layers of encryption S3 has no bucket keys.
    match (&encryption.algorithm, &encryption.has_bucket_key) {
        (Setting::NotKnown(why), _) | (Setting::Set(..), Setting::NotKnown(why)) => {
            Verdict::NotChecked(why.clone())
        }
        (Setting::Set(algorithm, _), Setting::Set(true, _)) if algorithm == "aws:kms" => {
            Verdict::Passed
        }
        (Setting::Set(algorithm, spot), _) if algorithm == "aws:kms" => {
            Verdict::failed(Some(spot), "KMS is used without a bucket key")
        }
        _ => Verdict::NotAsked,
    }
}
