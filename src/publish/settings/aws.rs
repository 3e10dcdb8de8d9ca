//! Settings as AWS keeps them.

use std::error::Error;
use std::time::Duration;

use aws_sdk_cloudformation::types::Stack;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketVersioningStatus, EncryptionType, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, VersioningConfiguration,
};
use aws_sdk_s3control::types::PublicAccessBlockConfiguration as AccountBlock;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Value as Json, json};

use super::{Key, Kind, Settings};
use crate::arn::Arn;
use crate::source::aws::error::translate;
use crate::source::aws::posture::region_of_bucket;
use crate::source::aws::{AwsError, Session};
use crate::source::calls::{self, Call};

/// The errors that mean that a setting is not there.
const ABSENT: [&str; 3] = [
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
];

/// AWS, as far as it keeps settings.
#[derive(Debug)]
pub struct AwsSettings<'a> {
    session: &'a Session,
    settle: Duration,
}

impl<'a> AwsSettings<'a> {
    /// Nothing is read yet.
    pub fn new(session: &'a Session, settle: Duration) -> Self {
        Self { session, settle }
    }

    /// A client where the bucket lies, and its name.
    async fn bucket_there(&self, key: &Key) -> Result<(aws_sdk_s3::Client, String), AwsError> {
        let name = key.arn.rsplit(':').next().unwrap_or_default().to_owned();
        let region = region_of_bucket(self.session, &name).await;
        let region = region.ok_or_else(|| AwsError::other("", format!("{key}: not found")))?;
        Ok((self.session.s3_in(&region), name))
    }

    fn stack(&self, key: &Key) -> aws_sdk_cloudformation::Client {
        let region = Arn::parse(&key.arn).map(|arn| arn.region);
        let region = region.unwrap_or_else(|| self.session.region());
        self.session.cloudformation_in(region)
    }

    fn control(&self, key: &Key) -> (aws_sdk_s3control::Client, String) {
        let account = Arn::parse(&key.arn).map(|arn| arn.account);
        let client = self.session.s3control_in(self.session.region());
        (client, account.unwrap_or_default().to_owned())
    }

    async fn described(&self, key: &Key, name: &str) -> Result<Stack, AwsError> {
        let question = self.stack(key).describe_stacks().stack_name(name);
        let answer = question.send().await;
        let answer = answer.map_err(|error| translate(&calls::DESCRIBE_STACKS, &error))?;
        let stack = answer.stacks.unwrap_or_default().into_iter().next();
        stack.ok_or_else(|| AwsError::other("", format!("{key}: not found")))
    }

    /// The stack whose protection holds: of stacks in others it is that of the outermost one.
    async fn outermost(&self, key: &Key) -> Result<Stack, AwsError> {
        let stack = self.described(key, &key.arn).await?;
        match &stack.root_id {
            Some(root) if stack.stack_id.as_ref() != Some(root) => self.described(key, root).await,
            _ => Ok(stack),
        }
    }
}

/// An answer, or nothing if it says that there is none.
fn said<T, E>(
    call: &Call,
    outcome: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Option<T>, AwsError>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => {
            let code = error
                .as_service_error()
                .and_then(ProvideErrorMetadata::code);
            if code.is_some_and(|code| ABSENT.contains(&code)) {
                return Ok(None);
            }
            Err(translate(call, &error))
        }
    }
}

impl Settings for AwsSettings<'_> {
    fn read(&mut self, key: &Key) -> Result<Option<String>, AwsError> {
        self.session.block_on(async {
            match key.kind {
                Kind::AccountBlock => {
                    let (client, account) = self.control(key);
                    let answer = client
                        .get_public_access_block()
                        .account_id(account)
                        .send()
                        .await;
                    let answer = said(&calls::GET_ACCOUNT_BLOCK, answer)?;
                    let block = answer.and_then(|one| one.public_access_block_configuration);
                    Ok(block.map(|one| {
                        switches([
                            one.block_public_acls,
                            one.ignore_public_acls,
                            one.block_public_policy,
                            one.restrict_public_buckets,
                        ])
                    }))
                }
                Kind::TerminationProtection => {
                    let stack = self.outermost(key).await?;
                    let is_on = stack.enable_termination_protection == Some(true);
                    Ok(Some(is_on.to_string()))
                }
                _ => self.read_bucket(key).await,
            }
        })
    }

    fn write(&mut self, key: &Key, value: Option<&str>) -> Result<(), AwsError> {
        self.session.block_on(async {
            match key.kind {
                Kind::AccountBlock => {
                    let (client, account) = self.control(key);
                    let Some(value) = value else {
                        let question = client.delete_public_access_block().account_id(account);
                        return done(&calls::PUT_ACCOUNT_BLOCK, question.send().await);
                    };
                    let [acls, ignore, policy, restrict] = read_switches(value);
                    let block = AccountBlock::builder()
                        .set_block_public_acls(acls)
                        .set_ignore_public_acls(ignore)
                        .set_block_public_policy(policy)
                        .set_restrict_public_buckets(restrict)
                        .build();
                    let question = client.put_public_access_block().account_id(account);
                    let answer = question
                        .public_access_block_configuration(block)
                        .send()
                        .await;
                    done(&calls::PUT_ACCOUNT_BLOCK, answer)
                }
                Kind::TerminationProtection => {
                    let stack = self.outermost(key).await?.stack_id;
                    let question = self.stack(key).update_termination_protection();
                    let question = question.set_stack_name(stack);
                    let question = question.enable_termination_protection(value == Some("true"));
                    done(&calls::UPDATE_PROTECTION, question.send().await)
                }
                _ => self.write_bucket(key, value).await,
            }
        })
    }

    fn settle(&mut self) {
        std::thread::sleep(self.settle);
    }
}

fn done<T, E>(call: &Call, outcome: Result<T, SdkError<E, HttpResponse>>) -> Result<(), AwsError>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    outcome.map(|_| ()).map_err(|error| translate(call, &error))
}

const SWITCHES: [&str; 4] = [
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
];

fn switches(values: [Option<bool>; 4]) -> String {
    let pairs = SWITCHES.into_iter().zip(values);
    let members = pairs.map(|(name, value)| (name.to_owned(), Json::from(value == Some(true))));
    Json::Object(members.collect()).to_string()
}

fn read_switches(text: &str) -> [Option<bool>; 4] {
    let value: Json = serde_json::from_str(text).unwrap_or_default();
    SWITCHES.map(|name| value.get(name).and_then(Json::as_bool))
}

impl AwsSettings<'_> {
    async fn read_bucket(&self, key: &Key) -> Result<Option<String>, AwsError> {
        let (client, name) = self.bucket_there(key).await?;
        match key.kind {
            Kind::BucketBlock => {
                let answer = client.get_public_access_block().bucket(name).send().await;
                let answer = said(&calls::GET_BUCKET_BLOCK, answer)?;
                let block = answer.and_then(|one| one.public_access_block_configuration);
                Ok(block.map(|one| {
                    switches([
                        one.block_public_acls,
                        one.ignore_public_acls,
                        one.block_public_policy,
                        one.restrict_public_buckets,
                    ])
                }))
            }
            Kind::Versioning => {
                let answer = client.get_bucket_versioning().bucket(name).send().await;
                let answer = said(&calls::GET_BUCKET_VERSIONING, answer)?;
                let status = answer.and_then(|one| one.status);
                Ok(status.map(|one| one.as_str().to_owned()))
            }
            Kind::Encryption => {
                let answer = client.get_bucket_encryption().bucket(name).send().await;
                let answer = said(&calls::GET_BUCKET_ENCRYPTION, answer)?;
                let rules = answer.and_then(|one| one.server_side_encryption_configuration);
                Ok(rules.map(|one| {
                    let rules = one.rules.iter().map(rule_text);
                    Json::Array(rules.collect()).to_string()
                }))
            }
            _ => {
                let answer = client.get_bucket_policy().bucket(name).send().await;
                Ok(said(&calls::GET_BUCKET_POLICY, answer)?.and_then(|one| one.policy))
            }
        }
    }

    async fn write_bucket(&self, key: &Key, value: Option<&str>) -> Result<(), AwsError> {
        let (client, name) = self.bucket_there(key).await?;
        match (key.kind, value) {
            (Kind::BucketBlock, None) => {
                let answer = client
                    .delete_public_access_block()
                    .bucket(name)
                    .send()
                    .await;
                done(&calls::PUT_BUCKET_BLOCK, answer)
            }
            (Kind::BucketBlock, Some(value)) => {
                let [acls, ignore, policy, restrict] = read_switches(value);
                let block = PublicAccessBlockConfiguration::builder()
                    .set_block_public_acls(acls)
                    .set_ignore_public_acls(ignore)
                    .set_block_public_policy(policy)
                    .set_restrict_public_buckets(restrict)
                    .build();
                let question = client.put_public_access_block().bucket(name);
                let question = question.public_access_block_configuration(block);
                done(&calls::PUT_BUCKET_BLOCK, question.send().await)
            }
            (Kind::Versioning, value) => {
                // What had versions once has them for good.
                let status = value.unwrap_or("Suspended");
                let configuration = VersioningConfiguration::builder()
                    .status(BucketVersioningStatus::from(status))
                    .build();
                let question = client.put_bucket_versioning().bucket(name);
                let question = question.versioning_configuration(configuration);
                done(&calls::PUT_BUCKET_VERSIONING, question.send().await)
            }
            (Kind::Encryption, None) => {
                let answer = client.delete_bucket_encryption().bucket(name).send().await;
                done(&calls::PUT_BUCKET_ENCRYPTION, answer)
            }
            (Kind::Encryption, Some(value)) => {
                let rules: Vec<Json> = serde_json::from_str(value).unwrap_or_default();
                let rules = rules.iter().map(rule_of).collect();
                let configuration = ServerSideEncryptionConfiguration::builder();
                let configuration = configuration.set_rules(Some(rules)).build();
                let configuration = configuration.map_err(|error| {
                    AwsError::other(calls::PUT_BUCKET_ENCRYPTION.action, error.to_string())
                })?;
                let question = client.put_bucket_encryption().bucket(name);
                let question = question.server_side_encryption_configuration(configuration);
                done(&calls::PUT_BUCKET_ENCRYPTION, question.send().await)
            }
            (_, None) => {
                let answer = client.delete_bucket_policy().bucket(name).send().await;
                done(&calls::DELETE_BUCKET_POLICY, answer)
            }
            (_, Some(value)) => {
                let question = client.put_bucket_policy().bucket(name).policy(value);
                done(&calls::PUT_BUCKET_POLICY, question.send().await)
            }
        }
    }
}

fn rule_text(rule: &ServerSideEncryptionRule) -> Json {
    let by_default = rule.apply_server_side_encryption_by_default.as_ref();
    let blocked = rule.blocked_encryption_types.as_ref();
    let blocked = blocked.map(|one| {
        let types = one.encryption_type().iter();
        types.map(|one| one.as_str().to_owned()).collect::<Vec<_>>()
    });
    json!({
        "SSEAlgorithm": by_default.map(|one| one.sse_algorithm.as_str()),
        "KMSMasterKeyID": by_default.and_then(|one| one.kms_master_key_id.as_deref()),
        "BucketKeyEnabled": rule.bucket_key_enabled,
        "BlockedEncryptionTypes": blocked,
    })
}

fn rule_of(rule: &Json) -> ServerSideEncryptionRule {
    let text = |name: &str| rule.get(name).and_then(Json::as_str);
    let by_default = text("SSEAlgorithm").and_then(|algorithm| {
        ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(algorithm))
            .set_kms_master_key_id(text("KMSMasterKeyID").map(str::to_owned))
            .build()
            .ok()
    });
    let blocked = rule.get("BlockedEncryptionTypes").and_then(Json::as_array);
    let blocked = blocked.map(|types| {
        let types = types.iter().filter_map(Json::as_str);
        let types = types.map(EncryptionType::from).collect();
        BlockedEncryptionTypes::builder()
            .set_encryption_type(Some(types))
            .build()
    });
    ServerSideEncryptionRule::builder()
        .set_apply_server_side_encryption_by_default(by_default)
        .set_bucket_key_enabled(rule.get("BucketKeyEnabled").and_then(Json::as_bool))
        .set_blocked_encryption_types(blocked)
        .build()
}
