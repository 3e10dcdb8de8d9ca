//! A trail's bucket: which files it holds for the days asked for, and their content.
//!
//! Folders are walked from the prefix down, and only into accounts and days that count (`walk`). Files are fetched many at
//! a time, large ones in ranges (`fetch`). The bucket's region is found first, since S3 answers only there.

mod delivery;
mod fetch;
mod walk;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_s3::Client;
use tokio::runtime::Handle;

use super::calls::LIST_OBJECTS;
use super::error::translate;
use super::{AwsError, AwsErrorKind, Session};
use crate::source::{Listing, Remote, RemoteFile};
use crate::time::Window;

/// The region that knows of all buckets.
const FIRST_REGION: &str = "us-east-1";

/// A bucket and a prefix in it, as `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// What all keys begin with; empty, or a folder with its slash, or a part of a name.
    pub prefix: String,
}

impl Place {
    /// Reads `s3://BUCKET/PREFIX`; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (bucket, prefix) = match text.strip_prefix("s3://")?.split_once('/') {
            Some((bucket, prefix)) => (bucket, prefix),
            None => (text.strip_prefix("s3://")?, ""),
        };
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

/// An open bucket.
#[derive(Debug)]
pub struct TrailBucket {
    client: Client,
    runtime: Handle,
    place: Place,
    /// The one account that counts, among those whose trails the bucket holds.
    account: Option<String>,
    refusals: Arc<Refusals>,
    /// Where it is asked, if not at AWS.
    endpoint: String,
}

/// Files that the caller may not read. Once many were refused and none was given, no more are asked for.
#[derive(Debug, Default)]
struct Refusals {
    first: Mutex<Option<AwsError>>,
    refused: AtomicUsize,
    is_any_given: AtomicBool,
}

/// How many files are asked for before all count as refused.
const REFUSALS: usize = 100;

impl Refusals {
    fn note(&self, outcome: &Result<Vec<u8>, AwsError>) {
        match outcome {
            Ok(_) => self.is_any_given.store(true, Ordering::Relaxed),
            Err(error) if error.is_refusal() => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                self.lock().get_or_insert_with(|| error.clone());
            }
            Err(_) => {}
        }
    }

    /// The refusal that holds for all files.
    fn general(&self) -> Option<AwsError> {
        let is_general = self.refused.load(Ordering::Relaxed) >= REFUSALS
            && !self.is_any_given.load(Ordering::Relaxed);
        is_general.then(|| self.lock().clone()).flatten()
    }

    fn lock(&self) -> MutexGuard<'_, Option<AwsError>> {
        // It holds one whole error at any time.
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TrailBucket {
    /// Finds the bucket's region and makes sure that its files may be listed.
    pub fn open(
        session: &Session,
        place: Place,
        account: Option<String>,
    ) -> Result<Arc<Self>, AwsError> {
        let region = session.block_on(region_of(session, &place.bucket))?;
        Ok(Arc::new(Self {
            client: session.s3_in(&region),
            runtime: session.runtime().handle().clone(),
            place,
            account,
            refusals: Arc::default(),
            endpoint: session.endpoint_url().unwrap_or_default().to_owned(),
        }))
    }

    /// The first refusal to read a file, if there was one.
    pub fn refusal(&self) -> Option<AwsError> {
        self.refusals.lock().clone()
    }
}

impl Remote for TrailBucket {
    fn list(&self, window: Window) -> Listing {
        self.runtime
            .block_on(walk::list(self, (window, walk::Kind::Logs)))
    }

    fn fetch(&self, files: &[RemoteFile]) -> Vec<Result<Vec<u8>, String>> {
        self.runtime.block_on(fetch::all(self, files))
    }

    fn identity(&self) -> String {
        let account = self.account.as_deref().unwrap_or_default();
        let (bucket, prefix) = (&self.place.bucket, &self.place.prefix);
        format!("{} s3://{bucket}/{prefix} {account}", self.endpoint)
    }

    fn name_of(&self, file: &RemoteFile) -> String {
        format!("s3://{}/{}", self.place.bucket, file.path)
    }
}

/// Asks where a bucket lies. S3 tells its region also when it refuses the question.
async fn region_of(session: &Session, bucket: &str) -> Result<String, AwsError> {
    // Other partitions have no such region.
    let is_other_partition = ["cn-", "us-gov-", "us-iso"]
        .iter()
        .any(|start| session.region().starts_with(start));
    let first = if is_other_partition || session.endpoint_url().is_some() {
        session.region()
    } else {
        FIRST_REGION
    };
    let asked = session
        .s3_in(first)
        .head_bucket()
        .bucket(bucket)
        .send()
        .await;
    let error = match asked {
        Ok(answer) => {
            let region = answer.bucket_region.unwrap_or_else(|| first.to_owned());
            return Ok(region);
        }
        Err(error) => error,
    };
    let told = error
        .raw_response()
        .and_then(|answer| answer.headers().get("x-amz-bucket-region"))
        .map(str::to_owned);
    let error = translate(&LIST_OBJECTS, &error);
    match (error.kind, told) {
        (AwsErrorKind::WrongRegion, Some(region)) => Ok(region),
        (AwsErrorKind::Denied, Some(region)) if region != first => Ok(region),
        _ => Err(with_bucket(bucket, error)),
    }
}

fn with_bucket(bucket: &str, error: AwsError) -> AwsError {
    let hint = match error.kind {
        AwsErrorKind::NotFound => Some(format!(
            "check the name; `aws cloudtrail describe-trails` tells each trail's bucket (found none called `{bucket}`)"
        )),
        AwsErrorKind::Denied => Some(
            "the caller needs `s3:ListBucket` on the bucket; a bucket of another account must permit it as well".to_owned(),
        ),
        _ => error.hint,
    };
    AwsError {
        problem: format!("`{bucket}`: {}", error.problem),
        hint,
        ..error
    }
}
