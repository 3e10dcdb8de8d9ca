//! Whether a bucket's policy refuses everyone a kind of request, whatever the action.

use crate::harden::proof::{Proof, refuses};
use crate::policy::Statement;
use crate::posture::{Bucket, Setting};

/// Decides whether every request to the bucket and its objects for which a condition holds is denied to everyone.
pub(super) fn refused(bucket: &Bucket, (operator, key, value): (&str, &str, &str)) -> Proof {
    if let Setting::NotKnown(why) = &bucket.policy {
        return Proof::Open(why.clone());
    }
    refuses(bucket.policy.value(), probe(bucket, (operator, key, value)))
}

/// A statement that allows all such requests.
fn probe(bucket: &Bucket, (operator, key, value): (&str, &str, &str)) -> Statement {
    let objects = format!("{}/*", bucket.arn);
    let mut probe = Statement::allow(["s3:*"], [bucket.arn.clone(), objects]);
    let keys = probe.conditions.entry(operator.to_owned()).or_default();
    keys.insert(key.to_owned(), vec![value.to_owned()]);
    probe
}

/// What a resource is to the bucket, in words.
pub(super) fn thing(bucket: &Bucket, resource: &str) -> &'static str {
    if resource == bucket.arn {
        "the bucket"
    } else {
        "its objects"
    }
}
