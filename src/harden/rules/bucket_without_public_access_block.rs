//! `bucket-without-public-access-block`: nothing keeps the bucket from becoming public.

use super::words::are;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-public-access-block",
        severity: Severity::Medium,
        area: Area::S3,
        what: "Nothing keeps the bucket from becoming public.",
        why: "A policy or an access control list that opens it takes effect at once. Buckets made since April 2023 have the block unless it was taken away, older ones do not.",
        fix: "Turn all four switches on: `BlockPublicAcls`, `IgnorePublicAcls`, `BlockPublicPolicy`, `RestrictPublicBuckets`.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    side: Side::Customer,
    serves: "S3: not public",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    match &bucket.public_access_block {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::failed(
            None,
            "no public access block is set; only buckets made since April 2023 have one by default",
        ),
        Setting::Set(block, spot) => match block.off().as_slice() {
            [] => Verdict::Passed,
            off => Verdict::failed(Some(spot), format!("{} off", are(off))),
        },
    }
}
