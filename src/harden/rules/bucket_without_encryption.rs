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
        why: "S3 then encrypts with keys of its own, which nobody can withhold, and nothing shows who decrypted what.",
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
        Setting::NotSet => Verdict::failed(None, "no default encryption is set"),
        Setting::Set(..) => Verdict::Passed,
    }
}
