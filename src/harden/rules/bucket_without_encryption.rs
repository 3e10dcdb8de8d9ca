//! `bucket-without-encryption`: how objects are encrypted is not set.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-encryption",
        severity: Severity::Low,
        area: Area::S3,
        what: "How objects are encrypted is not set.",
        why: "Since January 2023 S3 then encrypts what is written with keys of its own (SSE-S3), which nobody can withhold, and nothing shows who decrypted what; objects from before may lie in clear.",
        fix: "Set default encryption, with a key in KMS where access to it should be granted, logged and withdrawn.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html",
    side: Side::Shared,
    serves: "S3: encryption at rest",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    match &bucket.encryption {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::failed(
            None,
            "no default encryption is set, so that S3's own keys are used (its default since January 2023)",
        ),
        Setting::Set(..) => Verdict::Passed,
    }
}
