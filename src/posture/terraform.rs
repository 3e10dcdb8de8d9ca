//! What Terraform's own resources configure. A bucket's settings stand in resources of their own, or in the bucket's older blocks.

use super::bucket::{self, Acl, Bucket};
use super::code::{Code, Part, inner, refers, unknown_bucket, words};
use super::look::{flag, items, pick, shown, spot, text};
use super::{Account, Posture, Setting, Stack, function, network, policy};
use crate::template::{Node, Resource, Value};

/// Adds all that a module configures.
pub(super) fn add(code: &Code<'_>, posture: &mut Posture) {
    let mut buckets: Vec<Bucket> = code
        .of_kind("aws_s3_bucket")
        .map(|one| bucket(code, one))
        .collect();
    for (name, resource) in code.elsewhere("aws_s3_bucket_policy", &buckets) {
        let (code, mut bucket) = code.bucket_elsewhere(&name, resource);
        bucket.policy = code.policy(resource, "policy");
        buckets.push(bucket);
    }
    for (name, resource) in code.elsewhere("aws_s3_bucket_acl", &buckets) {
        let (_, mut bucket) = code.bucket_elsewhere(&name, resource);
        bucket.acl = acl(&resource.values);
        buckets.push(bucket);
    }
    posture.buckets.extend(buckets);
    for resource in code.of_kind("aws_s3_account_public_access_block") {
        posture.accounts.push(Account {
            identity: code.identity(resource, "account_id"),
            public_access_block: bucket::block(&resource.values),
        });
    }
    for resource in code.of_kind("aws_s3_access_point") {
        posture.access_points.push(code.access_point(resource));
    }
    for resource in code.of_kind("aws_lambda_function") {
        let identity = code.identity(resource, "function_name");
        let mut function = function::function(identity, &resource.values);
        code.permissions(&mut function, resource, "aws_lambda_permission");
        for one in code.of_kind("aws_lambda_function_url") {
            let named = code.named(one, "function_name");
            if named.is_some_and(|text| refers(&text, resource, "function_name")) {
                url(&mut function, &one.values, &one.id);
            }
        }
        posture.functions.push(function);
    }
    code.other_permissions("aws_lambda_permission", posture);
    groups(code, posture);
    for resource in code.of_kind("aws_cloudformation_stack") {
        posture.stacks.push(stack(code, resource));
    }
}

fn url(function: &mut super::Function, values: &Node, owner: &str) {
    let mut renamed = values.clone();
    if let Value::Map(entries) = &mut renamed.value {
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.key == "authorization_type")
        {
            "AuthType".clone_into(&mut entry.key);
        }
    }
    function::url(function, &renamed, owner);
}

fn groups(code: &Code<'_>, posture: &mut Posture) {
    for kind in ["aws_security_group", "aws_default_security_group"] {
        for resource in code.of_kind(kind) {
            let mut group = code.group(resource, "name");
            network::ingress(&mut group, &resource.values, &["ingress"]);
            posture.security_groups.push(group);
        }
    }
    for resource in code.of_kind("aws_security_group_rule") {
        if text(&resource.values, &["type"])
            .value()
            .map(String::as_str)
            == Some("egress")
        {
            continue;
        }
        let mut group = code.group(resource, "security_group_id");
        group.is_rule = true;
        network::opening(&mut group, &resource.values);
        posture.security_groups.push(group);
    }
    for resource in code.of_kind("aws_vpc_security_group_ingress_rule") {
        let mut group = code.group(resource, "security_group_id");
        group.is_rule = true;
        network::opening(&mut group, &resource.values);
        posture.security_groups.push(group);
    }
}

fn stack(code: &Code<'_>, resource: &Resource) -> Stack {
    let why = "Terraform's resource has no argument for it".to_owned();
    let policy = ["policy_body", "policy_url"];
    let policy = pick(&resource.values, &policy);
    Stack {
        identity: code.identity(resource, "name"),
        termination_protection: Setting::NotKnown(why),
        stack_policy: policy.map_or(Setting::NotSet, |node| {
            Setting::Set(shown(node), spot(&node.place))
        }),
        drift: Setting::NotKnown("infrastructure code does not tell what was changed".to_owned()),
    }
}

/// The resources that make a bucket, and the older blocks of the bucket itself.
const BLOCK: &str = "aws_s3_bucket_public_access_block";
const POLICY: &str = "aws_s3_bucket_policy";
const ACL: &str = "aws_s3_bucket_acl";
const OWNERSHIP: &str = "aws_s3_bucket_ownership_controls";
const ENCRYPTION: &str = "aws_s3_bucket_server_side_encryption_configuration";
const VERSIONING: &str = "aws_s3_bucket_versioning";
const REPLICATION: &str = "aws_s3_bucket_replication_configuration";
const LOGGING: &str = "aws_s3_bucket_logging";
const LIFECYCLE: &str = "aws_s3_bucket_lifecycle_configuration";

fn bucket(code: &Code<'_>, resource: &Resource) -> Bucket {
    let values = &resource.values;
    let name = resource.bucket_name.clone().unwrap_or_default();
    let mut bucket = unknown_bucket(code.identity(resource, "bucket"), &name, "");
    let mut reader = Reader {
        code,
        resource,
        bucket: &mut bucket,
    };
    let public_access_block = reader.read(BLOCK, bucket::block, || Setting::NotSet);
    let document = |node: &Node| match pick(node, &["policy"]) {
        Some(document) => policy::read(document, &code.renamed),
        None => Setting::NotSet,
    };
    let policy = reader.read(POLICY, document, || document(values));
    let acl = reader.read(ACL, acl, || match pick(values, &["acl"]) {
        Some(_) => text(values, &["acl"]).map(Acl::Canned),
        None => inner_list(values, "grant", || bucket::grants(values)),
    });
    let owner = |node: &Node| inner(node, "rule", |rule| text(rule, &["object_ownership"]));
    let ownership = reader.read(OWNERSHIP, owner, || Setting::NotSet);
    let encryption = reader.read(ENCRYPTION, bucket::encryption, || {
        inner(
            values,
            "server_side_encryption_configuration",
            bucket::encryption,
        )
    });
    let is_kept = versioning(&mut reader, values, ("status", "enabled"));
    let mfa_delete = versioning(&mut reader, values, ("mfa_delete", "mfa_delete"));
    let replication = reader.read(REPLICATION, bucket::replication, || {
        inner(values, "replication_configuration", bucket::replication)
    });
    let logging = reader.read(LOGGING, bucket::logging, || {
        inner(values, "logging", bucket::logging)
    });
    let lifecycle = reader.read(LIFECYCLE, bucket::lifecycle, || {
        inner_list(values, "lifecycle_rule", || old_lifecycle(values))
    });
    Bucket {
        public_access_block,
        policy,
        acl,
        ownership,
        encryption,
        versioning: is_kept,
        mfa_delete,
        replication,
        logging,
        lifecycle,
        ..bucket
    }
}

/// A part of versioning, by its key in the resource and in the bucket's older block.
fn versioning(
    reader: &mut Reader<'_, '_, '_>,
    values: &Node,
    (key, old): (&'static str, &'static str),
) -> Setting<bool> {
    let own = |node: &Node| inner(node, "versioning_configuration", |node| flag(node, &[key]));
    reader.read(VERSIONING, own, || {
        inner(values, "versioning", |node| flag(node, &[old]))
    })
}

/// The older rules of the bucket itself.
fn old_lifecycle(values: &Node) -> Setting<bucket::Lifecycle> {
    match items(values, &["lifecycle_rule"]) {
        Err(why) => Setting::NotKnown(why),
        Ok(rules) => {
            let on = |rule: &&Node| flag(rule, &["enabled"]).value() == Some(&true);
            let removes = |rule: &Node| {
                pick(rule, &["noncurrent_version_expiration"])
                    .is_some_and(|node| !node.items().is_empty())
            };
            let lifecycle = bucket::Lifecycle {
                removes_old_versions: rules.iter().filter(on).any(removes),
            };
            Setting::Set(lifecycle, spot(&values.place))
        }
    }
}

/// Reads repeated blocks, if there are any.
fn inner_list<T>(values: &Node, key: &str, read: impl FnOnce() -> Setting<T>) -> Setting<T> {
    match items(values, &[key]) {
        Ok([]) => Setting::NotSet,
        Ok(_) => read(),
        Err(why) => Setting::NotKnown(why),
    }
}

struct Reader<'c, 'r, 'b> {
    code: &'c Code<'r>,
    resource: &'r Resource,
    bucket: &'b mut Bucket,
}

impl Reader<'_, '_, '_> {
    /// Reads a setting from its own resource; without one, from the bucket's older block.
    fn read<T>(
        &mut self,
        kind: &str,
        read: impl FnOnce(&Node) -> Setting<T>,
        old: impl FnOnce() -> Setting<T>,
    ) -> Setting<T> {
        match self.code.part(self.resource, kind) {
            Part::One(part) => {
                let place = (part.id.clone(), spot(&part.place));
                self.bucket.identity.parts.insert(part.kind.clone(), place);
                read(&part.values)
            }
            Part::Unsure(why) => match old() {
                Setting::NotSet => Setting::NotKnown(why),
                known => known,
            },
            Part::None => old(),
        }
    }
}

/// Reads an access control list: AWS's own by its name, or grants.
fn acl(values: &Node) -> Setting<Acl> {
    if words(values, "acl").is_some_and(|name| !name.is_empty()) {
        return text(values, &["acl"]).map(Acl::Canned);
    }
    inner(values, "access_control_policy", bucket::grants)
}
