//! `bucket-without-mfa-delete`: versions can be deleted without a second factor.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-mfa-delete",
        severity: Severity::Informational,
        area: Area::S3,
        what: "Versions can be deleted without a second factor.",
        why: "MFA delete keeps an intruder with the owner's keys from removing the last copy. Only the root user can turn it on, with a device at hand, and lifecycle rules must go first, so it is to be considered, not always to be done.",
        fix: "Consider it for buckets that hold what cannot be made again; object lock serves the same end without the root user.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
    side: Side::Customer,
    serves: "S3: MFA delete considered",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    match &bucket.versioning {
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        // Without versions there is nothing to keep.
        Setting::NotSet | Setting::Set(false, _) => return Verdict::NotAsked,
        Setting::Set(true, _) => {}
    }
    match &bucket.mfa_delete {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::Set(true, _) => Verdict::Passed,
        Setting::Set(false, spot) => Verdict::failed(Some(spot), "MFA delete is turned off"),
        Setting::NotSet => Verdict::failed(None, "MFA delete is not turned on"),
    }
}
