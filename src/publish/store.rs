//! Where a role's policies are kept: IAM, or in tests something that behaves like it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::Client;

use super::state::{State, Versions};
use super::step::{Step, path_and_name};
use crate::source::aws::error::translate;
use crate::source::aws::role::{self, RoleState};
use crate::source::aws::{AwsError, AwsErrorKind, Session};
use crate::source::calls;
use crate::source::current::decoded;

/// How often a step on something just made is tried: IAM may not know it everywhere yet.
const TRIES: u32 = 5;
/// The wait between two tries.
const WAIT: Duration = Duration::from_secs(1);

/// Where a role's policies are kept.
pub trait Store {
    /// Reads the role's policies, and these managed policies with all their versions.
    fn state(&mut self, arns: &[String]) -> Result<State, AwsError>;

    /// Makes one step.
    fn perform(&mut self, step: &Step) -> Result<(), AwsError>;
}

/// IAM, as far as it concerns one role.
#[derive(Debug)]
pub struct IamStore<'a> {
    session: &'a Session,
    client: Client,
    role: String,
}

impl<'a> IamStore<'a> {
    /// Nothing is read yet.
    pub fn new(session: &'a Session, role: &str) -> Self {
        Self {
            session,
            client: session.iam(),
            role: role.to_owned(),
        }
    }

    /// Reads the role as a whole, which must succeed in every part: what is not known cannot be put back.
    pub fn role(&self) -> Result<RoleState, AwsError> {
        let state = role::read(self.session, &self.role)?;
        match state.missing.first() {
            Some(error) => Err(error.clone()),
            None => Ok(state),
        }
    }

    /// Reads a managed policy with all its versions; `None` if there is none.
    async fn versions(&self, arn: &str) -> Result<Option<Versions>, AwsError> {
        let answer = self.client.get_policy().policy_arn(arn).send().await;
        let answer = match answer.map_err(|error| translate(&calls::GET_POLICY, &error)) {
            Err(error) if error.kind == AwsErrorKind::NotFound => return Ok(None),
            answer => answer?,
        };
        let policy = answer
            .policy
            .unwrap_or_else(|| aws_sdk_iam::types::Policy::builder().build());
        let count = |count: Option<i32>| count.unwrap_or_default();
        let mut versions = Versions {
            uses: count(policy.attachment_count) + count(policy.permissions_boundary_usage_count),
            default: policy.default_version_id.unwrap_or_default(),
            documents: BTreeMap::new(),
        };
        let pages = self.client.list_policy_versions().policy_arn(arn);
        let mut pages = pages.into_paginator().send();
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| translate(&calls::LIST_POLICY_VERSIONS, &error))?;
            let listed = page.versions.unwrap_or_default().into_iter();
            ids.extend(listed.filter_map(|version| version.version_id));
        }
        for id in ids {
            let answer = self.client.get_policy_version();
            let answer = answer.policy_arn(arn).version_id(&id).send().await;
            let answer = answer.map_err(|error| translate(&calls::GET_POLICY_VERSION, &error))?;
            let document = answer.policy_version.and_then(|version| version.document);
            let document = document.ok_or_else(|| {
                let problem = format!("`{arn}`: expected a document, found none");
                AwsError::other(calls::GET_POLICY_VERSION.action, problem)
            })?;
            versions.documents.insert(id, decoded(&document));
        }
        Ok(Some(versions))
    }
}

impl Store for IamStore<'_> {
    fn state(&mut self, arns: &[String]) -> Result<State, AwsError> {
        let role = self.role()?;
        let mut policies = BTreeMap::new();
        for arn in arns {
            let versions = self.session.block_on(self.versions(arn))?;
            policies.insert(arn.clone(), versions);
        }
        let inline = role.inline.into_iter();
        Ok(State {
            attached: role.attached.into_iter().map(|policy| policy.arn).collect(),
            inline: inline
                .map(|policy| (policy.name, policy.document))
                .collect(),
            boundary: role.boundary.map(|policy| policy.arn),
            policies,
        })
    }

    fn perform(&mut self, step: &Step) -> Result<(), AwsError> {
        let is_on_something_new = matches!(step, Step::Attach { .. } | Step::PutBoundary { .. });
        let mut tries = if is_on_something_new { TRIES } else { 1 };
        loop {
            tries -= 1;
            let done = self.session.block_on(self.call(step));
            match done {
                Err(error) if error.kind == AwsErrorKind::NotFound && tries > 0 => {
                    self.session.block_on(tokio::time::sleep(WAIT));
                }
                done => return done,
            }
        }
    }
}

/// Sends a call and says in the house's words what went wrong.
macro_rules! send {
    ($call:expr, $request:expr) => {
        $request
            .send()
            .await
            .map(|_| ())
            .map_err(|error| translate(&$call, &error))
    };
}

impl IamStore<'_> {
    async fn call(&self, step: &Step) -> Result<(), AwsError> {
        match step {
            Step::CreatePolicy { .. }
            | Step::CreateVersion { .. }
            | Step::SetDefaultVersion { .. }
            | Step::DeleteVersion { .. }
            | Step::DeletePolicy { .. } => self.change_policy(step).await,
            _ => self.change_role(step).await,
        }
    }

    async fn change_policy(&self, step: &Step) -> Result<(), AwsError> {
        let client = &self.client;
        match step {
            Step::CreatePolicy { arn, document } => {
                let (path, name) = path_and_name(arn);
                let request = client.create_policy().path(path).policy_name(name);
                send!(calls::CREATE_POLICY, request.policy_document(document))
            }
            Step::CreateVersion {
                arn,
                document,
                is_default,
            } => {
                let request = client.create_policy_version().policy_arn(arn);
                let request = request
                    .policy_document(document)
                    .set_as_default(*is_default);
                send!(calls::CREATE_POLICY_VERSION, request)
            }
            Step::SetDefaultVersion { arn, version } => {
                let request = client.set_default_policy_version().policy_arn(arn);
                send!(
                    calls::SET_DEFAULT_POLICY_VERSION,
                    request.version_id(version)
                )
            }
            Step::DeleteVersion { arn, version } => {
                let request = client.delete_policy_version().policy_arn(arn);
                send!(calls::DELETE_POLICY_VERSION, request.version_id(version))
            }
            Step::DeletePolicy { arn } => {
                send!(calls::DELETE_POLICY, client.delete_policy().policy_arn(arn))
            }
            other => Err(AwsError::other(
                "",
                format!("no change of a policy: {other}"),
            )),
        }
    }

    async fn change_role(&self, step: &Step) -> Result<(), AwsError> {
        let (client, role) = (&self.client, &self.role);
        match step {
            Step::Attach { arn } => {
                let request = client.attach_role_policy().role_name(role);
                send!(calls::ATTACH_ROLE_POLICY, request.policy_arn(arn))
            }
            Step::Detach { arn } => {
                let request = client.detach_role_policy().role_name(role);
                send!(calls::DETACH_ROLE_POLICY, request.policy_arn(arn))
            }
            Step::PutInline { name, document } => {
                let request = client.put_role_policy().role_name(role);
                let request = request.policy_name(name).policy_document(document);
                send!(calls::PUT_ROLE_POLICY, request)
            }
            Step::DeleteInline { name } => {
                let request = client.delete_role_policy().role_name(role);
                send!(calls::DELETE_ROLE_POLICY, request.policy_name(name))
            }
            Step::PutBoundary { arn } => {
                let request = client.put_role_permissions_boundary().role_name(role);
                let request = request.permissions_boundary(arn);
                send!(calls::PUT_ROLE_PERMISSIONS_BOUNDARY, request)
            }
            Step::DeleteBoundary => {
                let request = client.delete_role_permissions_boundary().role_name(role);
                send!(calls::DELETE_ROLE_PERMISSIONS_BOUNDARY, request)
            }
            other => Err(AwsError::other("", format!("no change of a role: {other}"))),
        }
    }
}
