//! `bucket-without-versioning`: the bucket keeps no old versions of its objects.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-versioning",
        severity: Severity::Medium,
        area: Area::S3,
        what: "The bucket keeps no old versions of its objects.",
        why: "What is overwritten or deleted, by mistake or by an intruder, is gone.",
        fix: "Turn versioning on, with a lifecycle rule that removes old versions.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    side: Side::Customer,
    serves: "S3: versioning",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    match &bucket.versioning {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::failed(None, "versioning is not turned on"),
        Setting::Set(true, _) => Verdict::Passed,
        Setting::Set(false, spot) => Verdict::failed(Some(spot), "versioning is turned off"),
    }
}
