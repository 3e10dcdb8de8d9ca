//! All roles of accounts with their policies, in the shape in which the AWS CLI prints them: of the caller's own account, and of others
//! through a role in each.
//!
//! The session in another account is bound to the one call that it is made for, so that a role that may do anything there is no risk.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, RoleDetail};
use aws_smithy_types::DateTime;
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::error::translate;
use super::role::moment;
use super::{AwsError, Caller, Session};
use crate::source::calls::{ASSUME_ROLE, GET_ACCOUNT_ROLES};
use crate::source::current::{AccountDetails, decoded};

/// How many accounts are asked at a time. IAM counts its calls by account, STS all that one caller makes.
const MOST_AT_ONCE: usize = 8;
/// What the session in another account is called.
const SESSION_NAME: &str = "polgen";
/// What that session may do, whatever the role may.
const SESSION_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetAccountAuthorizationDetails","Resource":"*"}]}"#;

/// An account, and its roles or why they could not be read.
pub type AccountAnswer = (String, Result<AccountDetails, AwsError>);

/// Reads the roles of accounts: the caller's own with its own credentials, others through the role of this name in each.
///
/// # Errors
///
/// If the caller's own credentials are dead; what else goes wrong belongs to its account.
pub fn read(
    session: &Session,
    caller: &Caller,
    role: &str,
    accounts: &BTreeSet<String>,
) -> Result<Vec<AccountAnswer>, AwsError> {
    session.block_on(async {
        let gate = Arc::new(Semaphore::new(MOST_AT_ONCE));
        let mut tasks = JoinSet::new();
        for account in accounts {
            let gate = Arc::clone(&gate);
            let account = account.clone();
            if account == caller.account {
                let client = session.iam();
                tasks.spawn(async move {
                    let details = details(&account, &client).await;
                    (account, details)
                });
                continue;
            }
            let arn = format!("arn:{}:iam::{account}:role/{role}", caller.partition());
            let sts = session.sts();
            let iam = session.iam_with();
            tasks.spawn(async move {
                // It is never closed.
                let _turn = gate.acquire_owned().await;
                let answer = match assume(&sts, &arn).await {
                    Ok(credentials) => details(&account, &iam(credentials)).await,
                    Err(error) => Err(error),
                };
                (account, answer)
            });
        }
        let mut answers = tasks.join_all().await;
        answers.sort_by(|one, other| one.0.cmp(&other.0));
        let dead = answers
            .iter()
            .filter_map(|(_, answer)| answer.as_ref().err())
            .find(|error| error.is_about_credentials());
        match dead {
            Some(error) => Err(error.clone()),
            None => Ok(answers),
        }
    })
}

async fn assume(sts: &aws_sdk_sts::Client, role: &str) -> Result<Credentials, AwsError> {
    let answer = sts
        .assume_role()
        .role_arn(role)
        .role_session_name(SESSION_NAME)
        .policy(SESSION_POLICY)
        .send()
        .await
        .map_err(|error| translate(&ASSUME_ROLE, &error))?;
    let found = answer.credentials.ok_or_else(|| {
        AwsError::other(
            ASSUME_ROLE.action,
            format!("expected credentials of `{role}`, found none"),
        )
    })?;
    Ok(Credentials::new(
        found.access_key_id,
        found.secret_access_key,
        Some(found.session_token),
        None,
        "AssumeRole",
    ))
}

async fn details(account: &str, client: &Client) -> Result<AccountDetails, AwsError> {
    let (roles, policies, error) = lists(client, true).await;
    if let Some(error) = error {
        return Err(error);
    }
    let roles: Vec<Json> = roles.iter().map(detail).collect();
    let policies: Vec<Json> = policies.iter().map(own).collect();
    let value = json!({"RoleDetailList": roles, "Policies": policies});
    AccountDetails::of(&format!("account {account}"), value)
        .map_err(|error| AwsError::other(GET_ACCOUNT_ROLES.action, error.to_string()))
}

/// Lists all roles and the policies that the account made, on wish also those of AWS that are attached; and why that is not all.
pub(super) async fn lists(
    client: &Client,
    has_managed: bool,
) -> (Vec<RoleDetail>, Vec<ManagedPolicyDetail>, Option<AwsError>) {
    let mut question = client
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .filter(EntityType::LocalManagedPolicy);
    if has_managed {
        question = question.filter(EntityType::AwsManagedPolicy);
    }
    let mut pages = question.into_paginator().send();
    let (mut roles, mut policies) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                roles.extend(page.role_detail_list.unwrap_or_default());
                policies.extend(page.policies.unwrap_or_default());
            }
            Err(error) => {
                let error = translate(&GET_ACCOUNT_ROLES, &error);
                return (roles, policies, Some(error));
            }
        }
    }
    (roles, policies, None)
}

/// A document that AWS keeps as a text.
fn document(text: Option<&str>) -> Json {
    let text = decoded(text.unwrap_or_default());
    serde_json::from_str(&text).unwrap_or_else(|_| text.as_str().into())
}

fn at(time: Option<&DateTime>) -> Option<String> {
    time.and_then(moment).map(|one| one.to_string())
}

/// The ARN of the policy that bounds a role.
pub(super) fn boundary(role: &RoleDetail) -> Option<&str> {
    let boundary = role.permissions_boundary.as_ref();
    boundary.and_then(|one| one.permissions_boundary_arn.as_deref())
}

/// A role as the AWS CLI prints it.
pub(super) fn detail(role: &RoleDetail) -> Json {
    let inline = role.role_policy_list().iter().map(|one| {
        json!({"PolicyName": one.policy_name, "PolicyDocument": document(one.policy_document.as_deref())})
    });
    let attached = role.attached_managed_policies().iter();
    let attached = attached.map(|one| json!({"PolicyArn": one.policy_arn}));
    let tags = role.tags().iter();
    let tags = tags.map(|tag| json!({"Key": tag.key, "Value": tag.value}));
    let used = role.role_last_used.as_ref();
    let used = used
        .map(|one| json!({"LastUsedDate": at(one.last_used_date.as_ref()), "Region": one.region}));
    json!({
        "RoleName": role.role_name,
        "Arn": role.arn,
        "CreateDate": at(role.create_date.as_ref()),
        "AssumeRolePolicyDocument": document(role.assume_role_policy_document.as_deref()),
        "RolePolicyList": inline.collect::<Vec<_>>(),
        "AttachedManagedPolicies": attached.collect::<Vec<_>>(),
        "PermissionsBoundary": boundary(role).map(|arn| json!({"PermissionsBoundaryArn": arn})),
        "Tags": tags.collect::<Vec<_>>(),
        "RoleLastUsed": used,
    })
}

/// A managed policy as the AWS CLI prints it.
pub(super) fn own(policy: &ManagedPolicyDetail) -> Json {
    let versions = policy.policy_version_list().iter().map(|version| {
        json!({
            "VersionId": version.version_id,
            "IsDefaultVersion": version.is_default_version,
            "Document": document(version.document.as_deref()),
        })
    });
    json!({"Arn": policy.arn, "PolicyVersionList": versions.collect::<Vec<_>>()})
}
