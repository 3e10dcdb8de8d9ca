//! Fetches files: many at once, and a large one in ranges at once.
//!
//! CloudTrail writes an object once and never again; should one change after it was listed, its tag no longer fits and it is a gap.
//! So what was checked by its listing is what is read.

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Refusals, TrailBucket};
use crate::source::RemoteFile;
use crate::source::aws::AwsError;
use crate::source::aws::calls::GET_OBJECT;
use crate::source::aws::error::translate;

/// How many requests run at once, for one thread.
const REQUESTS_AT_ONCE: usize = 16;
/// The bytes of one request; what is larger is fetched in several.
const RANGE_BYTES: u64 = 8 * 1024 * 1024;
/// The HTTP status of an object that is not the one asked for.
const PRECONDITION_FAILED: u16 = 412;
/// How often a file is asked for whose content breaks off.
const BODY_TRIES: u32 = 4;
/// The largest file that is fetched. CloudTrail's own have some megabytes.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// Fetches all files; each answer stands where its question stood.
pub(super) async fn all(
    bucket: &TrailBucket,
    files: &[RemoteFile],
) -> Vec<Result<Vec<u8>, String>> {
    let limit = Arc::new(Semaphore::new(REQUESTS_AT_ONCE));
    let mut tasks = JoinSet::new();
    for (index, file) in files.iter().enumerate() {
        let getting = Getting {
            client: bucket.client.clone(),
            bucket: bucket.place.bucket.clone(),
            limit: Arc::clone(&limit),
            refusals: Arc::clone(&bucket.refusals),
        };
        let file = file.clone();
        tasks.spawn(async move { (index, getting.one(&file).await) });
    }
    let mut answers: Vec<Result<Vec<u8>, String>> = files
        .iter()
        .map(|_| Err("expected an answer, found none".to_owned()))
        .collect();
    while let Some(joined) = tasks.join_next().await {
        if let Ok((index, answer)) = joined
            && let Some(place) = answers.get_mut(index)
        {
            *place = answer.map_err(|error| error.to_string());
        }
    }
    answers
}

#[derive(Clone)]
struct Getting {
    client: Client,
    bucket: String,
    limit: Arc<Semaphore>,
    refusals: Arc<Refusals>,
}

impl Getting {
    async fn one(&self, file: &RemoteFile) -> Result<Vec<u8>, AwsError> {
        let outcome = self.file(file).await;
        self.refusals.note(&outcome);
        outcome
    }

    async fn file(&self, file: &RemoteFile) -> Result<Vec<u8>, AwsError> {
        if file.stored_bytes > MOST_BYTES {
            return Err(too_large(MOST_BYTES, file.stored_bytes));
        }
        let listed = Some(file.tag.clone()).filter(|tag| !tag.is_empty());
        if file.stored_bytes <= RANGE_BYTES {
            return Ok(self.part(&file.path, None, listed).await?.0);
        }
        self.ranges(file, listed).await
    }

    /// All ranges are asked of the object that was listed, or else of that of the first.
    async fn ranges(&self, file: &RemoteFile, listed: Option<String>) -> Result<Vec<u8>, AwsError> {
        let last = file.stored_bytes - 1;
        let range = |from: u64| format!("bytes={from}-{}", (from + RANGE_BYTES - 1).min(last));
        let (mut content, tag) = self.part(&file.path, Some(range(0)), listed).await?;
        let mut tasks = JoinSet::new();
        let mut from = RANGE_BYTES;
        while from <= last {
            let (getting, path, tag) = (self.clone(), file.path.clone(), tag.clone());
            let range = range(from);
            tasks.spawn(async move { (from, getting.part(&path, Some(range), tag).await) });
            from += RANGE_BYTES;
        }
        let mut parts = tasks.join_all().await;
        parts.sort_by_key(|(from, _)| *from);
        for (_, part) in parts {
            content.extend(part?.0);
        }
        if content.len() as u64 == file.stored_bytes {
            return Ok(content);
        }
        Err(AwsError::other(
            GET_OBJECT.action,
            format!(
                "expected {} bytes, found {}",
                file.stored_bytes,
                content.len()
            ),
        ))
    }

    /// One request. The client tries again until the answer begins; here, if it breaks off later.
    async fn part(
        &self,
        path: &str,
        range: Option<String>,
        tag: Option<String>,
    ) -> Result<(Vec<u8>, Option<String>), AwsError> {
        // The semaphore is never closed.
        let _permit = self.limit.acquire().await;
        if let Some(error) = self.refusals.general() {
            return Err(error);
        }
        let mut tries = 1;
        loop {
            let request = self
                .client
                .get_object()
                .bucket(&self.bucket)
                .key(path)
                .set_range(range.clone())
                .set_if_match(tag.clone());
            let answer = request.send().await.map_err(|error| {
                let response = error.raw_response();
                if response.is_some_and(|it| it.status().as_u16() == PRECONDITION_FAILED) {
                    return changed();
                }
                translate(&GET_OBJECT, &error)
            })?;
            // Not every server looks at what was asked for.
            if tag.is_some() && answer.e_tag.is_some() && answer.e_tag != tag {
                return Err(changed());
            }
            let tag = answer.e_tag.clone();
            let most = range.as_ref().map_or(MOST_BYTES, |_| RANGE_BYTES);
            match read(answer, most).await {
                Err(Unread::Broken(_)) if tries < BODY_TRIES => tries += 1,
                read => return Ok((read?, tag)),
            }
        }
    }
}

fn changed() -> AwsError {
    let problem = "expected the object that was listed, found another: it was changed meanwhile";
    AwsError::other(GET_OBJECT.action, problem.to_owned())
}

/// Why a body was not read to its end.
enum Unread {
    Broken(String),
    TooLarge(AwsError),
}

impl From<Unread> for AwsError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Broken(why) => {
                let problem = format!("the connection broke off: {why}");
                Self::other(GET_OBJECT.action, problem)
            }
            Unread::TooLarge(error) => error,
        }
    }
}

/// Reads a body. What was listed is not believed: somebody may have written another object since.
async fn read(answer: GetObjectOutput, most: u64) -> Result<Vec<u8>, Unread> {
    let told = answer.content_length.unwrap_or(0);
    let told = u64::try_from(told).unwrap_or(0);
    if told > most {
        return Err(Unread::TooLarge(too_large(most, told)));
    }
    let (mut body, mut content) = (answer.body, Vec::new());
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| Unread::Broken(error.to_string()))?;
        content.extend_from_slice(&piece);
        let length = content.len() as u64;
        if length > most {
            return Err(Unread::TooLarge(too_large(most, length)));
        }
    }
    Ok(content)
}

fn too_large(most: u64, found: u64) -> AwsError {
    let problem = format!("expected at most {most} bytes, found {found}");
    AwsError::other(GET_OBJECT.action, problem)
}

#[cfg(test)]
mod tests;
