//! What is configured in AWS now, as far as the caller may see it: buckets, access points, stacks, functions, security groups, roles.
//!
//! Each thing is asked for all that matters of it, some things at a time. What AWS replies is written down in the shape in which the AWS
//! CLI prints it, and read by the reader of saved answers, so that a rule says the same of both. A refused question makes a setting that is
//! not known, with the action that was missing; only dead credentials, and a name that the user gave and that is not there, end the run.

mod access_point;
mod account;
mod bucket;
mod function;
mod group;
mod reply;
mod role;
mod stack;
mod targets;

use std::sync::Arc;

use jiff::civil::Date;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::regions::Regions;
use super::{AwsError, Caller, Session};
use crate::posture::{Posture, Spot, read_replies};
use crate::source::posture::Named;
use reply::Thing;
use targets::Targets;

/// How many things are asked about at a time: more makes S3 and IAM refuse for haste.
const MOST_AT_ONCE: usize = 12;

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The regions of a whole account.
    pub regions: &'a Regions,
    /// The day on which it is asked.
    pub today: Date,
    /// What is to be read.
    pub wanted: &'a Named,
}

/// Reads what is configured.
///
/// # Errors
///
/// If the credentials are dead, or something that was named is not there.
pub fn read(session: &Session, request: &Request<'_>) -> Result<Posture, AwsError> {
    session.block_on(Reading { session, request }.all())
}

/// Where a bucket lies; none if it is not there.
pub(crate) async fn region_of_bucket(session: &Session, name: &str) -> Option<String> {
    let here = session.region();
    let client = session.unsigned_s3_in(here);
    bucket::place(&client, name, here.to_owned()).await
}

/// A run.
struct Reading<'a> {
    session: &'a Session,
    request: &'a Request<'a>,
}

impl Reading<'_> {
    async fn all(&self) -> Result<Posture, AwsError> {
        let wanted = self.request.wanted;
        let mut targets = Targets::of(wanted, self.session.region());
        let mut things = Vec::new();
        if wanted.is_whole_account {
            things.extend(account::read(self, &mut targets).await);
        }
        things.extend(stack::read(self, &mut targets).await?);
        things.extend(bucket::read(self, &mut targets).await);
        things.extend(access_point::read(self, &targets).await);
        things.extend(function::read(self, &mut targets).await);
        things.extend(group::read(self, &targets).await);
        things.extend(role::read(self, &targets).await);
        self.posture(things)
    }

    fn posture(&self, mut things: Vec<Thing>) -> Result<Posture, AwsError> {
        things.sort_by(|one, other| one.arn.cmp(&other.arn));
        let today = Some(self.request.today);
        let mut posture = Posture {
            today,
            ..Posture::default()
        };
        for thing in things {
            if let Some(error) = thing.end {
                return Err(error);
            }
            let gap = |why| {
                let spot = Spot {
                    file: thing.arn.clone(),
                    line: 0,
                };
                (spot, why)
            };
            posture.gaps.extend(thing.gaps.into_iter().map(gap));
            posture.add(read_replies(&thing.arn, &thing.replies, today));
        }
        Ok(posture)
    }

    /// The ARN of something in the caller's account.
    fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        let caller = self.request.caller;
        let partition = caller.partition();
        format!(
            "arn:{partition}:{service}:{region}:{}:{resource}",
            caller.account
        )
    }

    /// The ARN that stands for the account.
    fn account_arn(&self) -> String {
        self.arn("iam", "", "root")
    }
}

/// Waits for all answers, a bounded number of things being asked about at a time.
async fn each<T, F>(questions: Vec<F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let mut tasks = JoinSet::new();
    for question in questions {
        let gate = Arc::clone(&gate);
        tasks.spawn(async move {
            // It is never closed.
            let _turn = gate.acquire_owned().await;
            question.await
        });
    }
    tasks.join_all().await
}
