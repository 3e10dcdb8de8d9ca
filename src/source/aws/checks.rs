//! Checks of a policy by AWS itself: IAM's simulator over the accesses seen, and Access Analyzer's validation.
//!
//! Both are asked only when the user says so. They judge with AWS's own knowledge, so a contradiction is a finding, not an
//! error; what the simulator cannot know (the context of a condition) is told apart.

use std::collections::BTreeMap;

use aws_sdk_accessanalyzer::types::PolicyType;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};

use super::calls::{SIMULATE_CUSTOM_POLICY, VALIDATE_POLICY};
use super::error::translate;
use super::{AwsError, Session};

/// An access to be simulated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// The action.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The values of context keys.
    pub context: BTreeMap<String, Vec<String>>,
}

/// An access that IAM's simulator does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The access.
    pub request: Request,
    /// IAM's word: `implicitDeny` or `explicitDeny`.
    pub decision: String,
    /// Context keys without which it could not decide.
    pub missing_context: Vec<String>,
}

/// Something that Access Analyzer says about a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// `ERROR`, `SECURITY_WARNING`, `WARNING` or `SUGGESTION`.
    pub kind: String,
    /// AWS's name for it.
    pub code: String,
    /// AWS's words.
    pub details: String,
    /// Where AWS explains it.
    pub link: String,
}

/// Simulates all requests over the policies; those that are refused.
pub fn simulate(
    session: &Session,
    documents: &[String],
    requests: &[Request],
) -> Result<Vec<Refused>, AwsError> {
    session.block_on(async {
        let client = session.iam();
        let mut refused = Vec::new();
        for request in requests {
            let mut pages = client
                .simulate_custom_policy()
                .set_policy_input_list(Some(documents.to_vec()))
                .action_names(&request.action)
                .resource_arns(&request.resource)
                .set_context_entries(Some(entries(&request.context)))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| translate(&SIMULATE_CUSTOM_POLICY, &error))?;
                for result in page.evaluation_results() {
                    if result.eval_decision != PolicyEvaluationDecisionType::Allowed {
                        refused.push(Refused {
                            request: request.clone(),
                            decision: result.eval_decision.as_str().to_owned(),
                            missing_context: result.missing_context_values().to_vec(),
                        });
                    }
                }
            }
        }
        Ok(refused)
    })
}

fn entries(context: &BTreeMap<String, Vec<String>>) -> Vec<ContextEntry> {
    let entry = |(key, values): (&String, &Vec<String>)| {
        let kind = if values.len() == 1 {
            ContextKeyTypeEnum::String
        } else {
            ContextKeyTypeEnum::StringList
        };
        ContextEntry::builder()
            .context_key_name(key)
            .set_context_key_values(Some(values.clone()))
            .context_key_type(kind)
            .build()
    };
    context.iter().map(entry).collect()
}

/// Asks Access Analyzer about one policy document.
pub fn validate(session: &Session, document: &str) -> Result<Vec<Remark>, AwsError> {
    session.block_on(async {
        let mut pages = session
            .access_analyzer()
            .validate_policy()
            .policy_document(document)
            .policy_type(PolicyType::IdentityPolicy)
            .into_paginator()
            .send();
        let mut remarks = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| translate(&VALIDATE_POLICY, &error))?;
            remarks.extend(page.findings.into_iter().map(|finding| Remark {
                kind: finding.finding_type.as_str().to_owned(),
                code: finding.issue_code,
                details: finding.finding_details,
                link: finding.learn_more_link,
            }));
        }
        Ok(remarks)
    })
}
