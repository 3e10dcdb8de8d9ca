//! Buckets and access points out of saved answers.

use super::answer::Answers;
use crate::posture::bucket::{self, AccessPoint, Bucket};
use crate::posture::code::{inner, unknown_bucket};
use crate::posture::look::{flag, items, pick, text};
use crate::posture::{ResourcePolicy, Setting, policy};
use crate::template::Node;

/// Reads a bucket.
pub(super) fn bucket(answers: &Answers<'_>, name: &str) -> Bucket {
    let area = "bucket";
    let setting = |file| (area, file, name);
    Bucket {
        public_access_block: answers.setting(setting("public-access-block"), |node| {
            inner(node, "PublicAccessBlockConfiguration", bucket::block)
        }),
        policy: answers.setting(setting("policy"), document),
        acl: answers.setting(setting("acl"), bucket::grants),
        ownership: answers.setting(setting("ownership-controls"), |node| {
            inner(node, "OwnershipControls", |node| {
                match items(node, &["Rules"]).unwrap_or_default().first() {
                    Some(rule) => text(rule, &["ObjectOwnership"]),
                    None => Setting::NotSet,
                }
            })
        }),
        encryption: answers.setting(setting("encryption"), |node| {
            inner(
                node,
                "ServerSideEncryptionConfiguration",
                bucket::encryption,
            )
        }),
        versioning: answers.setting(setting("versioning"), |node| flag(node, &["Status"])),
        mfa_delete: answers.setting(setting("versioning"), |node| flag(node, &["MFADelete"])),
        replication: answers.setting(setting("replication"), |node| {
            inner(node, "ReplicationConfiguration", bucket::replication)
        }),
        logging: answers.setting(setting("logging"), |node| {
            inner(node, "LoggingEnabled", bucket::logging)
        }),
        lifecycle: answers.setting(setting("lifecycle"), bucket::lifecycle),
        ..unknown_bucket(answers.identity(area, name), name, "it was not saved")
    }
}

/// Reads a policy: the CLI prints it as a text.
pub(super) fn document(node: &Node) -> Setting<ResourcePolicy> {
    match pick(node, &["Policy"]) {
        Some(document) => policy::read(document, &[]),
        None => Setting::NotKnown("the answer holds no policy".to_owned()),
    }
}

/// Reads an access point.
pub(super) fn access_point(answers: &Answers<'_>, name: &str) -> AccessPoint {
    let area = "access-point";
    AccessPoint {
        identity: answers.identity(area, name),
        public_access_block: answers.setting((area, "access-point", name), |node| {
            inner(node, "PublicAccessBlockConfiguration", bucket::block)
        }),
        vpc: answers.setting((area, "access-point", name), |node| {
            inner(node, "VpcConfiguration", |node| text(node, &["VpcId"]))
        }),
        policy: answers.setting((area, "policy", name), document),
    }
}
