//! `bucket-without-lifecycle-of-old-versions`: old versions of objects are kept for ever.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-lifecycle-of-old-versions",
        severity: Severity::Low,
        area: Area::S3,
        what: "Old versions of objects are kept for ever.",
        why: "They cost, and they hold what was meant to be deleted.",
        fix: "Add a lifecycle rule with `NoncurrentVersionExpiration`.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html",
    side: Side::Customer,
    serves: "S3: lifecycle of old versions",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    match &bucket.versioning {
        Setting::Set(true, _) => {}
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        Setting::Set(false, _) | Setting::NotSet => return Verdict::NotAsked,
    }
    match &bucket.lifecycle {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::failed(None, "no lifecycle rule is set"),
        Setting::Set(lifecycle, _) if lifecycle.removes_old_versions => Verdict::Passed,
        Setting::Set(_, spot) => {
            Verdict::failed(Some(spot), "no rule that is on removes old versions")
        }
    }
}
