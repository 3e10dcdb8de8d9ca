//! What a bucket is to the other buckets that were read.

use crate::posture::{Bucket, Posture};

fn name(bucket: &Bucket) -> &str {
    bucket.arn.rsplit(':').next().unwrap_or_default()
}

/// Says whether other buckets write their access logs into it.
pub(super) fn takes_logs(bucket: &Bucket, posture: &Posture) -> bool {
    let others = posture.buckets.iter();
    let mut logs = others.filter_map(|other| other.logging.value());
    logs.any(|logging| logging.bucket == name(bucket))
}

/// Says whether others are copied into it.
pub(super) fn is_copy(bucket: &Bucket, posture: &Posture) -> bool {
    let others = posture.buckets.iter();
    let copies = others.filter_map(|other| other.replication.value());
    let mut destinations = copies.flat_map(|replication| &replication.destinations);
    destinations.any(|arn| *arn == bucket.arn || arn == name(bucket))
}
