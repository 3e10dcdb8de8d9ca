//! `bucket-acls-enabled`: access control lists of the bucket and its objects are in force.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Origin, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-acls-enabled",
        severity: Severity::Low,
        area: Area::S3,
        what: "Access control lists of the bucket and its objects are in force.",
        why: "Whoever writes an object can grant it to others, past the bucket's policy, and may even own it.",
        fix: "Set object ownership to `BucketOwnerEnforced`; move grants into the policy first.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    side: Side::Customer,
    serves: "S3: ownership controls",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    match &bucket.ownership {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::Set(owner, _) if owner == "BucketOwnerEnforced" => Verdict::Passed,
        Setting::Set(owner, spot) => {
            Verdict::failed(Some(spot), format!("object ownership is `{owner}`"))
        }
        Setting::NotSet if bucket.identity.origin == Origin::Aws => Verdict::failed(
            None,
            "object ownership is that of old buckets, with lists in force",
        ),
        Setting::NotSet => match &bucket.acl {
            Setting::Set(_, spot) => Verdict::failed(
                Some(spot),
                "a list is set, and no object ownership that turns lists off",
            ),
            // New buckets have lists turned off, but what makes a bucket does not say so here.
            Setting::NotSet => Verdict::failed(None, "no object ownership is set"),
            Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        },
    }
}
