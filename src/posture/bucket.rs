//! Buckets and their access points. The same readers take what CloudFormation, Terraform and the AWS CLI call the same thing.

use super::look::{Found, flag, items, pick, shown, spot, text, walk};
use super::{Identity, ResourcePolicy, Setting};
use crate::template::{Node, Value};

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Who and where it is.
    pub identity: Identity,
    /// Its ARN, with a stand-in for a name that the code leaves open.
    pub arn: String,
    /// Says whether only other resources of the code name it, so that most of it stands elsewhere.
    pub is_elsewhere: bool,
    /// What keeps it from becoming public.
    pub public_access_block: Setting<Block>,
    /// Its policy.
    pub policy: Setting<ResourcePolicy>,
    /// Its access control list.
    pub acl: Setting<Acl>,
    /// Who owns what others put into it: `BucketOwnerEnforced` turns access control lists off.
    pub ownership: Setting<String>,
    /// How objects are encrypted by default.
    pub encryption: Setting<Encryption>,
    /// Says whether it keeps old versions of objects.
    pub versioning: Setting<bool>,
    /// Says whether old versions can be removed only with a second factor.
    pub mfa_delete: Setting<bool>,
    /// What is copied to other buckets.
    pub replication: Setting<Replication>,
    /// Where accesses are written down.
    pub logging: Setting<Logging>,
    /// What happens to objects with time.
    pub lifecycle: Setting<Lifecycle>,
}

/// The four switches that keep a bucket from becoming public.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "S3 has these four switches, each by itself"
)]
pub struct Block {
    /// New public access control lists are refused.
    pub block_public_acls: bool,
    /// Public access control lists are ignored.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// Public policies let in nobody from outside the account.
    pub restrict_public_buckets: bool,
}

impl Block {
    /// All four switches on.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };

    /// The names of the switches that are off.
    pub fn off(self) -> Vec<&'static str> {
        let switches = [
            ("BlockPublicAcls", self.block_public_acls),
            ("IgnorePublicAcls", self.ignore_public_acls),
            ("BlockPublicPolicy", self.block_public_policy),
            ("RestrictPublicBuckets", self.restrict_public_buckets),
        ];
        let off = switches.into_iter().filter(|(_, is_on)| !is_on);
        off.map(|(name, _)| name).collect()
    }
}

/// An access control list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acl {
    /// One of AWS's own, by its name, e.g. `public-read`.
    Canned(String),
    /// Grants, one by one.
    Grants(Vec<Grant>),
}

/// A grant of an access control list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// To whom: a group's URI, a canonical id or an address.
    pub grantee: String,
    /// What, e.g. `READ`.
    pub permission: String,
}

/// Default encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: Setting<String>,
    /// The key, if one is named.
    pub key: Option<String>,
    /// Says whether the bucket keeps a key of its own, so that KMS is asked less often.
    pub has_bucket_key: Setting<bool>,
}

/// Replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replication {
    /// The destinations of the rules that are on.
    pub destinations: Vec<String>,
}

/// Access logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// The bucket that they go to.
    pub bucket: String,
}

/// Lifecycle rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Says whether a rule that is on removes old versions.
    pub removes_old_versions: bool,
}

/// An access point of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPoint {
    /// Who and where it is.
    pub identity: Identity,
    /// What keeps it from becoming public; an access point cannot change it once it is there.
    pub public_access_block: Setting<Block>,
    /// The network that it can be reached from, if it is one alone.
    pub vpc: Setting<String>,
    /// Its policy.
    pub policy: Setting<ResourcePolicy>,
}

/// Reads the four switches; one that is absent is off.
pub(super) fn block(node: &Node) -> Setting<Block> {
    let mut why = None;
    let mut switch = |name: &str| match flag(node, &[name]) {
        Setting::Set(value, _) => value,
        Setting::NotSet => false,
        Setting::NotKnown(reason) => {
            why.get_or_insert(reason);
            false
        }
    };
    let block = Block {
        block_public_acls: switch("BlockPublicAcls"),
        ignore_public_acls: switch("IgnorePublicAcls"),
        block_public_policy: switch("BlockPublicPolicy"),
        restrict_public_buckets: switch("RestrictPublicBuckets"),
    };
    match why {
        Some(why) => Setting::NotKnown(why),
        None => Setting::Set(block, spot(&node.place)),
    }
}

/// Reads default encryption from its first rule.
pub(super) fn encryption(node: &Node) -> Setting<Encryption> {
    let rules = match items(
        node,
        &["ServerSideEncryptionConfiguration", "Rules", "Rule"],
    ) {
        Ok([]) => node.items(),
        Ok(rules) => rules,
        Err(why) => return Setting::NotKnown(why),
    };
    let Some(rule) = rules.first() else {
        return Setting::NotSet;
    };
    let names = [
        "ServerSideEncryptionByDefault",
        "ApplyServerSideEncryptionByDefault",
    ];
    let default = names
        .iter()
        .map(|name| walk(rule, &[name]))
        .find(|found| *found != Found::Absent);
    let by_default = match default {
        Some(Found::NotKnown(why)) => return Setting::NotKnown(why),
        Some(Found::Node(node)) => node.items().first(),
        Some(Found::Absent) | None => None,
    };
    let Some(by_default) = by_default else {
        return Setting::NotSet;
    };
    let key = pick(by_default, &["KMSMasterKeyID"]).map(shown);
    let encryption = Encryption {
        algorithm: text(by_default, &["SSEAlgorithm"]),
        key: key.filter(|key| !key.is_empty()),
        has_bucket_key: flag(rule, &["BucketKeyEnabled"]),
    };
    Setting::Set(encryption, spot(&rule.place))
}

/// Reads replication: the destinations of all rules that are on.
pub(super) fn replication(node: &Node) -> Setting<Replication> {
    let rules = match items(node, &["Rules", "Rule"]) {
        Ok(rules) => rules,
        Err(why) => return Setting::NotKnown(why),
    };
    let mut destinations = Vec::new();
    for rule in rules {
        match flag(rule, &["Status"]) {
            Setting::Set(false, _) => continue,
            Setting::NotKnown(why) => return Setting::NotKnown(why),
            Setting::Set(true, _) | Setting::NotSet => {}
        }
        let inner = pick(rule, &["Destination"]);
        let inner = inner.and_then(|node| node.items().first());
        if let Some(bucket) = inner.and_then(|node| pick(node, &["Bucket"])) {
            destinations.push(super::look::compared(bucket).unwrap_or_else(|| shown(bucket)));
        }
    }
    Setting::Set(Replication { destinations }, spot(&node.place))
}

/// Reads where accesses are written down.
pub(super) fn logging(node: &Node) -> Setting<Logging> {
    let target = pick(node, &["DestinationBucketName", "TargetBucket"]);
    match target {
        Some(target) => {
            let bucket = super::look::compared(target).unwrap_or_else(|| shown(target));
            Setting::Set(Logging { bucket }, spot(&node.place))
        }
        // Without a destination CloudFormation writes into the bucket itself.
        None if pick(node, &["LogFilePrefix"]).is_some() => {
            let bucket = String::new();
            Setting::Set(Logging { bucket }, spot(&node.place))
        }
        None => Setting::NotSet,
    }
}

/// Reads lifecycle rules.
pub(super) fn lifecycle(node: &Node) -> Setting<Lifecycle> {
    const REMOVES: [&str; 2] = [
        "NoncurrentVersionExpiration",
        "NoncurrentVersionExpirationInDays",
    ];

    let rules = match items(node, &["Rules", "Rule"]) {
        Ok(rules) => rules,
        Err(why) => return Setting::NotKnown(why),
    };
    let mut removes_old_versions = false;
    for rule in rules {
        let is_on = match flag(rule, &["Status"]) {
            Setting::Set(is_on, _) => is_on,
            Setting::NotSet => flag(rule, &["Enabled"]).value().copied().unwrap_or(true),
            Setting::NotKnown(why) => return Setting::NotKnown(why),
        };
        let removal = pick(rule, &REMOVES);
        let is_there = removal.is_some_and(|node| match &node.value {
            Value::List(items) => !items.is_empty(),
            _ => true,
        });
        removes_old_versions |= is_on && is_there;
    }
    let lifecycle = Lifecycle {
        removes_old_versions,
    };
    Setting::Set(lifecycle, spot(&node.place))
}

/// Reads the grants of an access control list as `get-bucket-acl` and Terraform have them.
pub(super) fn grants(node: &Node) -> Setting<Acl> {
    let list = match items(node, &["Grants", "Grant"]) {
        Ok(list) => list,
        Err(why) => return Setting::NotKnown(why),
    };
    let mut grants = Vec::new();
    for one in list {
        let grantee = pick(one, &["Grantee"]).and_then(|node| node.items().first());
        let named = grantee.unwrap_or(one);
        let name = pick(named, &["URI", "ID", "EmailAddress"]).map(shown);
        let permissions = pick(one, &["Permission", "Permissions"]);
        for permission in permissions.map(Node::items).unwrap_or_default() {
            grants.push(Grant {
                grantee: name.clone().unwrap_or_default(),
                permission: shown(permission),
            });
        }
    }
    Setting::Set(Acl::Grants(grants), spot(&node.place))
}
