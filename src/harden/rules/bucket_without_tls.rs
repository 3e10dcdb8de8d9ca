//! `bucket-without-tls`: the bucket's policy does not refuse requests without TLS.

use super::refused::{refused, thing};
use crate::finding::{Area, Rule, Severity};
use crate::harden::proof::Proof;
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-without-tls",
        severity: Severity::Medium,
        area: Area::S3,
        what: "The bucket's policy does not refuse requests without TLS.",
        why: "S3 answers plain HTTP too. What goes over it can be read and changed on the way.",
        fix: "Deny `s3:*` on the bucket and its objects to everyone when `aws:SecureTransport` is `false`; `--fix plan` merges the statement into the policy.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit",
    side: Side::Customer,
    serves: "S3: TLS enforced",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    let tls = ("Bool", "aws:SecureTransport", "false");
    match refused(bucket, tls) {
        Proof::Holds => Verdict::Passed,
        Proof::Open(why) => Verdict::NotChecked(why),
        Proof::Fails(action, resource) => {
            let what = match &bucket.policy {
                Setting::NotSet => {
                    "there is no bucket policy, so plain HTTP is answered".to_owned()
                }
                _ => format!(
                    "without TLS `{action}` on {} is not denied to everyone",
                    thing(bucket, &resource)
                ),
            };
            Verdict::failed(bucket.policy.spot(), what)
        }
    }
}
