//! The least policy of a role that copies a bucket. Source: S3 user guide, "Setting up permissions for live replication".

use crate::policy::{Document, Statement};

/// What S3 needs on the source, on its objects, and on those of the copy.
const ON_BUCKET: [&str; 2] = ["s3:GetReplicationConfiguration", "s3:ListBucket"];
const ON_OBJECTS: [&str; 3] = [
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
];
const ON_COPIES: [&str; 3] = [
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
    "s3:ReplicateTags",
];

/// Writes the policy for a source and a copy, by their ARNs.
pub fn replication_policy(source: &str, copy: &str) -> Document {
    let statement = |sid: &str, actions: &[&str], resource: String| Statement {
        sid: Some(sid.to_owned()),
        ..Statement::allow(actions.iter().copied(), [resource])
    };
    Document::new(vec![
        statement("ReadSource", &ON_BUCKET, source.to_owned()),
        statement("ReadSourceObjects", &ON_OBJECTS, format!("{source}/*")),
        statement("WriteCopies", &ON_COPIES, format!("{copy}/*")),
    ])
}
