//! `bucket-public-policy`: the bucket's policy lets in anyone.

use super::public::by_policy;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-public-policy",
        severity: Severity::High,
        area: Area::S3,
        what: "The bucket's policy lets in anyone.",
        why: "Whoever finds the name can do what the statement allows, without credentials.",
        fix: "Name the principals, or tie the statement to fixed values of a condition such as `aws:PrincipalOrgID`; serve websites through CloudFront.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status",
    side: Side::Customer,
    serves: "S3: not public",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    let block = bucket.public_access_block.value();
    if block.is_some_and(|block| block.restrict_public_buckets) {
        return Verdict::Passed;
    }
    by_policy(&bucket.policy)
}
