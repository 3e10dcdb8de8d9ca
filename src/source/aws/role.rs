//! The role as it is: its trust policy, its policies as they are stored, its boundary, its tags, and when it was last used.
//!
//! Documents are kept as the texts that IAM holds, byte for byte, since whoever changes a role must be able to put them back.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;
use aws_smithy_types::DateTime;

use super::calls::{
    Call, GET_ACCOUNT_SUMMARY, GET_POLICY, GET_POLICY_VERSION, GET_ROLE, GET_ROLE_POLICY,
    LIST_ATTACHED_ROLE_POLICIES, LIST_ROLE_POLICIES,
};
use super::error::translate;
use super::{AwsError, Session};
use crate::policy::{Document, PolicyKind};
use crate::source::current::decoded;
use crate::synthesis::CurrentPolicy;
use crate::time::Timestamp;

/// A role and all that limits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleState {
    /// Its ARN, with its path.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its unique id; a role made anew under the same name has another.
    pub id: String,
    /// Who may assume it, as stored.
    pub trust: String,
    /// The managed policies attached to it, by name.
    pub attached: Vec<ManagedPolicy>,
    /// The ARNs of all that is attached, readable or not.
    pub attached_arns: Vec<String>,
    /// Its inline policies, by name.
    pub inline: Vec<InlinePolicy>,
    /// The policy that bounds it.
    pub boundary: Option<ManagedPolicy>,
    /// Its ARN, readable or not.
    pub boundary_arn: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// When it was made.
    pub made: Option<Timestamp>,
    /// When it was last used, as far as IAM knows, and where.
    pub last_used: Option<(Timestamp, Option<String>)>,
    /// The parts that could not be read.
    pub missing: Vec<AwsError>,
}

/// A managed policy in the version in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The version in force.
    pub version: String,
    /// The document, as stored.
    pub document: String,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// The document, as stored.
    pub document: String,
}

/// The account's quotas that concern roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Characters of a managed policy.
    pub managed_policy_characters: usize,
    /// Characters of all inline policies of a role together.
    pub inline_characters: usize,
    /// Managed policies attached to a role.
    pub attached_policies: usize,
    /// Versions of a managed policy.
    pub versions: usize,
}

impl RoleState {
    /// The policies that grant something, in the form that the rest of the program takes. Those whose documents cannot be
    /// understood are a failure: what they grant would be taken for nothing.
    pub fn policies(&self) -> Result<Vec<CurrentPolicy>, AwsError> {
        let inline = self
            .inline
            .iter()
            .map(|policy| (&policy.name, None, &policy.document));
        let attached = self
            .attached
            .iter()
            .map(|policy| (&policy.name, Some(&policy.arn), &policy.document));
        inline
            .chain(attached)
            .map(|(name, arn, text)| {
                let document = Document::parse(text, PolicyKind::Identity)
                    .map_err(|error| AwsError::other(name, error.to_string()))?;
                Ok(CurrentPolicy {
                    name: name.clone(),
                    arn: arn.cloned(),
                    document,
                })
            })
            .collect()
    }

    /// Says whether all its policies could be read.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Reads a role by its name. It fails if the role itself cannot be read; what else cannot be is listed.
pub fn read(session: &Session, name: &str) -> Result<RoleState, AwsError> {
    session.block_on(read_with(session.iam(), name))
}

/// The same for who reads several at once.
pub(super) async fn read_with(client: Client, name: &str) -> Result<RoleState, AwsError> {
    Reading { client }.role(name).await
}

/// Reads the account's quotas.
pub fn quotas(session: &Session) -> Result<Quotas, AwsError> {
    let answer = session
        .block_on(session.iam().get_account_summary().send())
        .map_err(|error| translate(&GET_ACCOUNT_SUMMARY, &error))?;
    let map = answer.summary_map.unwrap_or_default();
    let quota = |name: &str, default: usize| {
        let found = map.iter().find(|(key, _)| key.as_str() == name);
        found
            .and_then(|(_, value)| usize::try_from(*value).ok())
            .filter(|value| *value > 0)
            .unwrap_or(default)
    };
    // The defaults are those of the IAM user guide, "IAM and AWS STS quotas".
    Ok(Quotas {
        managed_policy_characters: quota("PolicySizeQuota", 6144),
        inline_characters: quota("RolePolicySizeQuota", 10240),
        attached_policies: quota("AttachedPoliciesPerRoleQuota", 10),
        versions: quota("VersionsPerPolicyQuota", 5),
    })
}

/// Turns a moment of the SDK into one of ours.
pub(super) fn moment(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}

struct Reading {
    client: Client,
}

impl Reading {
    async fn role(&self, name: &str) -> Result<RoleState, AwsError> {
        let answer = self
            .client
            .get_role()
            .role_name(name)
            .send()
            .await
            .map_err(|error| with_role(name, translate(&GET_ROLE, &error)))?;
        let role = answer
            .role
            .ok_or_else(|| AwsError::other(GET_ROLE.action, "expected a role, found none"))?;
        let mut state = head(&role);
        self.inline(&mut state).await?;
        self.attached(&mut state).await?;
        let boundary = role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn);
        if let Some(arn) = boundary {
            state.boundary_arn = Some(arn.clone());
            match self.managed(&arn).await {
                Ok(policy) => state.boundary = Some(policy),
                Err(error) => state.note(error)?,
            }
        }
        Ok(state)
    }

    async fn inline(&self, state: &mut RoleState) -> Result<(), AwsError> {
        let mut pages = self
            .client
            .list_role_policies()
            .role_name(&state.name)
            .into_paginator()
            .send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => names.extend(page.policy_names),
                Err(error) => return state.note(translate(&LIST_ROLE_POLICIES, &error)),
            }
        }
        names.sort();
        for name in names {
            let answer = self
                .client
                .get_role_policy()
                .role_name(&state.name)
                .policy_name(&name)
                .send()
                .await;
            match answer {
                Ok(answer) => state.inline.push(InlinePolicy {
                    name,
                    document: decoded(&answer.policy_document),
                }),
                Err(error) => state.note(named(&name, translate(&GET_ROLE_POLICY, &error)))?,
            }
        }
        Ok(())
    }

    async fn attached(&self, state: &mut RoleState) -> Result<(), AwsError> {
        let mut pages = self
            .client
            .list_attached_role_policies()
            .role_name(&state.name)
            .into_paginator()
            .send();
        let mut arns = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    let policies = page.attached_policies.unwrap_or_default();
                    arns.extend(policies.into_iter().filter_map(|policy| policy.policy_arn));
                }
                Err(error) => return state.note(translate(&LIST_ATTACHED_ROLE_POLICIES, &error)),
            }
        }
        arns.sort();
        state.attached_arns.clone_from(&arns);
        for arn in arns {
            match self.managed(&arn).await {
                Ok(policy) => state.attached.push(policy),
                Err(error) => state.note(error)?,
            }
        }
        Ok(())
    }

    /// Reads a managed policy in the version in force.
    async fn managed(&self, arn: &str) -> Result<ManagedPolicy, AwsError> {
        let failed = |call: &Call, problem: &str| {
            AwsError::other(call.action, format!("`{arn}`: {problem}"))
        };
        let answer = self
            .client
            .get_policy()
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| named(arn, translate(&GET_POLICY, &error)))?;
        let version = answer
            .policy
            .and_then(|policy| policy.default_version_id)
            .ok_or_else(|| failed(&GET_POLICY, "expected a default version, found none"))?;
        let answer = self
            .client
            .get_policy_version()
            .policy_arn(arn)
            .version_id(&version)
            .send()
            .await
            .map_err(|error| named(arn, translate(&GET_POLICY_VERSION, &error)))?;
        let document = answer
            .policy_version
            .and_then(|version| version.document)
            .ok_or_else(|| failed(&GET_POLICY_VERSION, "expected a document, found none"))?;
        Ok(ManagedPolicy {
            arn: arn.to_owned(),
            name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            version,
            document: decoded(&document),
        })
    }
}

impl RoleState {
    /// Goes on without a part, unless no call would succeed.
    fn note(&mut self, error: AwsError) -> Result<(), AwsError> {
        if error.is_about_credentials() {
            return Err(error);
        }
        self.missing.push(error);
        Ok(())
    }
}

fn head(role: &Role) -> RoleState {
    let tags = role.tags().iter();
    let last_used = role.role_last_used.as_ref().and_then(|used| {
        let time = moment(used.last_used_date.as_ref()?)?;
        Some((time, used.region.clone()))
    });
    RoleState {
        arn: role.arn.clone(),
        name: role.role_name.clone(),
        id: role.role_id.clone(),
        trust: decoded(role.assume_role_policy_document().unwrap_or_default()),
        attached: Vec::new(),
        attached_arns: Vec::new(),
        inline: Vec::new(),
        boundary: None,
        boundary_arn: None,
        tags: tags
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect(),
        made: moment(&role.create_date),
        last_used,
        missing: Vec::new(),
    }
}

fn named(name: &str, error: AwsError) -> AwsError {
    AwsError {
        problem: format!("`{name}`: {}", error.problem),
        ..error
    }
}

fn with_role(name: &str, error: AwsError) -> AwsError {
    let is_missing = error.kind == super::AwsErrorKind::NotFound;
    let error = named(name, error);
    if is_missing {
        AwsError {
            hint: Some("check the name and the account: `--profile` chooses another".to_owned()),
            ..error
        }
    } else {
        error
    }
}
