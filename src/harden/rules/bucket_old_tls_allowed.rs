//! `bucket-old-tls-allowed`: the bucket's policy does not demand TLS 1.2 or later.

use super::refused::refused;
use crate::finding::{Area, Rule, Severity};
use crate::harden::proof::Proof;
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-old-tls-allowed",
        severity: Severity::Informational,
        area: Area::S3,
        what: "The bucket's policy does not demand TLS 1.2 or later.",
        why: "S3 itself takes nothing older than TLS 1.2 since 2024; a statement says so to auditors, and can demand 1.3.",
        fix: "Deny `s3:*` on the bucket and its objects to everyone when `s3:TlsVersion` is less than 1.2.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version",
    side: Side::Shared,
    serves: "S3: minimum TLS version",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    let old = ("NumericLessThan", "s3:TlsVersion", "1.2");
    match refused(bucket, old) {
        Proof::Holds => Verdict::Passed,
        Proof::Open(why) => Verdict::NotChecked(why),
        Proof::Fails(..) => {
            Verdict::failed(bucket.policy.spot(), "TLS older than 1.2 is not denied")
        }
    }
}
