//! What IAM itself saw a role use: by service, and by action where IAM follows actions.
//!
//! IAM works it out as a job that is started and asked for until it is done. Source: the IAM user guide, "Refine permissions
//! in AWS using last accessed information".

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed};
use tokio::time::sleep;

use super::calls::{GENERATE_LAST_ACCESSED, GET_LAST_ACCESSED};
use super::error::translate;
use super::role::moment;
use super::{AwsError, Session};
use crate::usage::LastAccessed;

/// The waits between two questions whether the job is done, in milliseconds; the last one repeats.
const WAITS: &[u64] = &[200, 500, 1000, 2000];
/// How long the job may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Asks IAM what the role used.
pub fn read(session: &Session, role_arn: &str) -> Result<LastAccessed, AwsError> {
    session.block_on(read_with(&session.iam(), role_arn))
}

/// The same for who reads several at once.
pub(super) async fn read_with(client: &Client, role_arn: &str) -> Result<LastAccessed, AwsError> {
    let answer = client
        .generate_service_last_accessed_details()
        .arn(role_arn)
        .granularity(AccessAdvisorUsageGranularityType::ActionLevel)
        .send()
        .await
        .map_err(|error| translate(&GENERATE_LAST_ACCESSED, &error))?;
    let job = answer.job_id.unwrap_or_default();
    let mut page = done(client, &job).await?;
    let mut found = LastAccessed::default();
    loop {
        for service in page.services_last_accessed() {
            note(&mut found, service);
        }
        let Some(marker) = page.marker.clone().filter(|_| page.is_truncated) else {
            return Ok(found);
        };
        page = ask(client, &job, Some(marker)).await?;
    }
}

/// Waits for the job; its first page.
async fn done(client: &Client, job: &str) -> Result<GetServiceLastAccessedDetailsOutput, AwsError> {
    let mut waits = WAITS.iter().copied();
    let mut wait = Duration::ZERO;
    let mut waited = Duration::ZERO;
    loop {
        let page = ask(client, job, None).await?;
        let problem = match &page.job_status {
            JobStatusType::Completed => return Ok(page),
            JobStatusType::InProgress if waited < PATIENCE => {
                wait = waits.next().map_or(wait, Duration::from_millis);
                waited += wait;
                sleep(wait).await;
                continue;
            }
            JobStatusType::InProgress => "IAM's job is still running after two minutes".to_owned(),
            other => {
                let error = page.error.as_ref();
                let told = error.map_or_else(String::new, |error| format!(": {}", error.message));
                format!("IAM's job ended as {}{told}", other.as_str())
            }
        };
        return Err(AwsError::other(GET_LAST_ACCESSED.action, problem));
    }
}

async fn ask(
    client: &Client,
    job: &str,
    marker: Option<String>,
) -> Result<GetServiceLastAccessedDetailsOutput, AwsError> {
    client
        .get_service_last_accessed_details()
        .job_id(job)
        .set_marker(marker)
        .send()
        .await
        .map_err(|error| translate(&GET_LAST_ACCESSED, &error))
}

fn note(found: &mut LastAccessed, service: &ServiceLastAccessed) {
    let prefix = &service.service_namespace;
    let last = service.last_authenticated.as_ref().and_then(moment);
    found.services.insert(prefix.clone(), last);
    for action in service.tracked_actions_last_accessed() {
        if let Some(name) = &action.action_name {
            let last = action.last_accessed_time.as_ref().and_then(moment);
            found.actions.insert(format!("{prefix}:{name}"), last);
        }
    }
}
