//! Buckets. S3 tells where a bucket lies to everyone, so that no right to list its files is needed for that.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketVersioningStatus, Grant, LifecycleRule, MfaDeleteStatus, Permission,
    PublicAccessBlockConfiguration, ReplicationRule, ServerSideEncryptionRule,
};
use serde_json::{Value as Json, json};

use super::access_point::of_bucket;
use super::reply::{Thing, document};
use super::targets::{Local, Targets};
use super::{Reading, each};
use crate::source::aws::AwsError;
use crate::source::calls::{
    GET_BUCKET_ACL, GET_BUCKET_BLOCK, GET_BUCKET_ENCRYPTION, GET_BUCKET_LIFECYCLE,
    GET_BUCKET_LOGGING, GET_BUCKET_OWNERSHIP, GET_BUCKET_POLICY, GET_BUCKET_REPLICATION,
    GET_BUCKET_VERSIONING,
};

/// Reads all buckets, and finds their access points, unless those of the whole account are known.
pub(super) async fn read(reading: &Reading<'_>, targets: &mut Targets) -> Vec<Thing> {
    let regions = places(reading, targets).await;
    let mut clients = BTreeMap::new();
    let mut questions = Vec::new();
    let mut things = Vec::new();
    for (name, region) in regions {
        let arn = format!("arn:{}:s3:::{name}", reading.request.caller.partition());
        let mut thing = Thing::new(arn);
        let Some(region) = region else {
            let error = AwsError::other("s3", "there is no bucket of this name");
            thing.absent(&name, targets.is_named(&name), error);
            things.push(thing);
            continue;
        };
        let client = clients.entry(region.clone());
        let (s3, control) = client.or_insert_with(|| {
            let session = reading.session;
            (session.s3_in(&region), session.s3control_in(&region))
        });
        let asks = Asking {
            s3: s3.clone(),
            name,
            thing,
        };
        let control = (!reading.request.wanted.is_whole_account).then(|| control.clone());
        let account = reading.request.caller.account.clone();
        questions.push(async move {
            let name = asks.name.clone();
            let mut thing = asks.all().await;
            let mut points = Vec::new();
            if let Some(control) = control {
                points = of_bucket(&control, &account, &name, &mut thing).await;
            }
            let points = points.into_iter().map(|name| (region.clone(), name));
            (thing, points.collect::<Vec<Local>>())
        });
    }
    for (thing, points) in each(questions).await {
        things.push(thing);
        targets.access_points.extend(points);
    }
    things
}

/// Where each bucket lies; none if it is not there.
async fn places(reading: &Reading<'_>, targets: &Targets) -> BTreeMap<String, Option<String>> {
    let here = reading.session.region();
    let client = reading.session.unsigned_s3_in(here);
    let mut questions = Vec::new();
    let mut places = BTreeMap::new();
    for (name, region) in &targets.buckets {
        if region.is_some() {
            places.insert(name.clone(), region.clone());
            continue;
        }
        let (client, name, here) = (client.clone(), name.clone(), here.to_owned());
        questions.push(async move {
            let region = place(&client, &name, here).await;
            (name, region)
        });
    }
    places.extend(each(questions).await);
    places
}

/// Where a bucket lies, asked of an unsigned client; none if it is not there.
pub(super) async fn place(client: &Client, name: &str, here: String) -> Option<String> {
    let error = match client.head_bucket().bucket(name).send().await {
        Ok(answer) => return Some(answer.bucket_region.unwrap_or(here)),
        Err(error) => error,
    };
    let answer = error.raw_response();
    let told = answer.and_then(|one| one.headers().get("x-amz-bucket-region"));
    match answer.map(|one| one.status().as_u16()) {
        Some(404) => None,
        _ => Some(told.map_or(here, str::to_owned)),
    }
}

/// One bucket that is asked about.
struct Asking {
    s3: Client,
    name: String,
    thing: Thing,
}

impl Asking {
    async fn all(mut self) -> Thing {
        self.access().await;
        self.data().await;
        self.upkeep().await;
        self.thing
    }

    fn path(&self, file: &str) -> String {
        format!("bucket/{}/{file}", self.name)
    }

    /// Who may do what.
    async fn access(&mut self) {
        let bucket = &self.name;
        let answer = self
            .s3
            .get_public_access_block()
            .bucket(bucket)
            .send()
            .await;
        let path = self.path("public-access-block");
        self.thing.note(&path, &GET_BUCKET_BLOCK, answer, |answer| {
            json!({"PublicAccessBlockConfiguration": answer.public_access_block_configuration.as_ref().map(block)})
        });
        let answer = self.s3.get_bucket_policy().bucket(bucket).send().await;
        let path = self.path("policy");
        self.thing.note(
            &path,
            &GET_BUCKET_POLICY,
            answer,
            |answer| json!({"Policy": answer.policy.as_deref().map(document)}),
        );
        let answer = self.s3.get_bucket_acl().bucket(bucket).send().await;
        let path = self.path("acl");
        self.thing.note(&path, &GET_BUCKET_ACL, answer, |answer| {
            let grants: Vec<Json> = answer.grants().iter().map(grant).collect();
            json!({"Grants": grants})
        });
        let answer = self
            .s3
            .get_bucket_ownership_controls()
            .bucket(bucket)
            .send()
            .await;
        let path = self.path("ownership-controls");
        self.thing
            .note(&path, &GET_BUCKET_OWNERSHIP, answer, |answer| {
                let controls = answer
                    .ownership_controls
                    .map(|one| one.rules)
                    .unwrap_or_default();
                let rule = |ownership: &str| json!({"ObjectOwnership": ownership});
                let rules = controls
                    .iter()
                    .map(|one| rule(one.object_ownership.as_str()));
                json!({"OwnershipControls": {"Rules": rules.collect::<Vec<_>>()}})
            });
    }

    /// How objects are kept.
    async fn data(&mut self) {
        let bucket = &self.name;
        let answer = self.s3.get_bucket_encryption().bucket(bucket).send().await;
        let path = self.path("encryption");
        self.thing
            .note(&path, &GET_BUCKET_ENCRYPTION, answer, |answer| {
                let rules = answer
                    .server_side_encryption_configuration
                    .map(|one| one.rules);
                let rules: Vec<Json> = rules.unwrap_or_default().iter().map(encryption).collect();
                json!({"ServerSideEncryptionConfiguration": {"Rules": rules}})
            });
        let answer = self.s3.get_bucket_versioning().bucket(bucket).send().await;
        let path = self.path("versioning");
        self.thing
            .note(&path, &GET_BUCKET_VERSIONING, answer, |answer| {
                json!({
                    "Status": answer.status.as_ref().map(BucketVersioningStatus::as_str),
                    "MFADelete": answer.mfa_delete.as_ref().map(MfaDeleteStatus::as_str),
                })
            });
        let answer = self.s3.get_bucket_replication().bucket(bucket).send().await;
        let path = self.path("replication");
        self.thing
            .note(&path, &GET_BUCKET_REPLICATION, answer, |answer| {
                let rules = answer.replication_configuration.map(|one| one.rules);
                let rules: Vec<Json> = rules.unwrap_or_default().iter().map(replication).collect();
                json!({"ReplicationConfiguration": {"Rules": rules}})
            });
    }

    /// What happens with time.
    async fn upkeep(&mut self) {
        let bucket = &self.name;
        let answer = self.s3.get_bucket_logging().bucket(bucket).send().await;
        let path = self.path("logging");
        self.thing
            .note(&path, &GET_BUCKET_LOGGING, answer, |answer| {
                let enabled = answer.logging_enabled.map(|one| {
                json!({"TargetBucket": one.target_bucket, "TargetPrefix": one.target_prefix})
            });
                json!({"LoggingEnabled": enabled})
            });
        let question = self.s3.get_bucket_lifecycle_configuration();
        let answer = question.bucket(bucket).send().await;
        let path = self.path("lifecycle");
        self.thing
            .note(&path, &GET_BUCKET_LIFECYCLE, answer, |answer| {
                let rules: Vec<Json> = answer.rules().iter().map(lifecycle).collect();
                json!({"Rules": rules})
            });
    }
}

fn block(block: &PublicAccessBlockConfiguration) -> Json {
    json!({
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    })
}

fn grant(grant: &Grant) -> Json {
    let grantee = grant.grantee.as_ref().map(|one| {
        json!({
            "Type": one.r#type.as_str(),
            "URI": one.uri,
            "ID": one.id,
            "EmailAddress": one.email_address,
        })
    });
    let permission = grant.permission.as_ref().map(Permission::as_str);
    json!({"Grantee": grantee, "Permission": permission})
}

fn encryption(rule: &ServerSideEncryptionRule) -> Json {
    let by_default = rule.apply_server_side_encryption_by_default.as_ref();
    let by_default = by_default.map(|one| {
        json!({
            "SSEAlgorithm": one.sse_algorithm.as_str(),
            "KMSMasterKeyID": one.kms_master_key_id,
        })
    });
    json!({
        "ApplyServerSideEncryptionByDefault": by_default,
        "BucketKeyEnabled": rule.bucket_key_enabled,
    })
}

fn replication(rule: &ReplicationRule) -> Json {
    let destination = rule.destination.as_ref();
    let destination = destination.map(|one| json!({"Bucket": one.bucket, "Account": one.account}));
    json!({"ID": rule.id, "Status": rule.status.as_str(), "Destination": destination})
}

fn lifecycle(rule: &LifecycleRule) -> Json {
    let removal = rule.noncurrent_version_expiration.as_ref();
    let removal = removal.map(|one| {
        json!({
            "NoncurrentDays": one.noncurrent_days,
            "NewerNoncurrentVersions": one.newer_noncurrent_versions,
        })
    });
    json!({"ID": rule.id, "Status": rule.status.as_str(), "NoncurrentVersionExpiration": removal})
}
