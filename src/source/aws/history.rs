//! The event history: LookupEvents in all regions at once, kept page by page so that nothing is read twice.
//!
//! AWS allows two calls a second and region, each with at most 50 events, newest first, for 90 days. A run may take an hour and
//! may be stopped at any moment, by a person, an expired token or a power cut. So each page is on disk before the next is
//! asked for (`store`), and a run asks only for what is missing. Only management events are there: data events of any type
//! stay hidden. Source: the CloudTrail API reference, `LookupEvents`.

mod page;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::Event as HistoryEvent;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::calls::LOOKUP_EVENTS;
use super::error::translate;
use super::{AwsError, AwsErrorKind, Caller, Session};
use crate::time::{Timestamp, Window};
use crate::trail::Gap;
use page::Page;
use store::Store;

/// How far back the event history reaches.
pub const REACH_DAYS: i64 = 90;
/// How long pages are kept.
const KEPT_DAYS: i64 = 100;
/// The time between two calls in a region.
const PACE: Duration = Duration::from_millis(500);
/// The most events of a page.
const PAGE_EVENTS: i32 = 50;
/// How often a region is tried again after the client's own retries have failed.
const ROUNDS: u32 = 5;
/// The wait before the first such round; it doubles each time.
const ROUND_WAIT: Duration = Duration::from_secs(2);
/// How long an event may take to appear: what is younger is read anew by the next run. CloudTrail delivers within minutes,
/// which it does not promise.
const SETTLING_SECONDS: i64 = 3600;

/// What to read.
#[derive(Debug)]
pub struct Request<'a> {
    /// Who asks; each account has a folder of its own.
    pub caller: &'a Caller,
    /// Where to ask.
    pub regions: &'a [String],
    /// The time that counts; what lies further back than the history reaches is not asked for.
    pub window: Window,
    /// The present moment.
    pub now: Timestamp,
    /// Where pages are kept.
    pub cache: &'a Path,
    /// Who is told how far it has come.
    pub progress: Arc<dyn Progress>,
}

/// Is told how far a run has come, from any task.
pub trait Progress: Send + Sync + std::fmt::Debug {
    /// Another run reads the same account's history; this one waits for it.
    fn waits(&self);
    /// So many seconds of time are to be read, over all regions.
    fn begins(&self, seconds: u64);
    /// So many more seconds are read, with so many events.
    fn covered(&self, seconds: u64, events: u64);
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The pages, as trail files, by region and time.
    pub files: Vec<PathBuf>,
    /// The first moment asked for.
    pub since: Timestamp,
    /// The regions that could not be read.
    pub gaps: Vec<Gap>,
}

/// Seconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    fn seconds(self) -> u64 {
        u64::try_from(self.to - self.from + 1).unwrap_or(0)
    }
}

/// Reads what is missing and names all pages inside the window.
pub fn read(session: &Session, request: &Request<'_>) -> Result<History, AwsError> {
    let span = wanted(request);
    let failed = |error| AwsError::other("event history", error);
    let folder = store::folder(request.cache, session.endpoint_url(), request.caller);
    let store = Store::open(folder, request.progress.as_ref()).map_err(failed)?;
    let oldest = request.now.as_second() - KEPT_DAYS * 24 * 3600;
    let store = Arc::new(store);
    let mut plans = Vec::new();
    for region in request.regions {
        store.prune(region, oldest).map_err(failed)?;
        let missing = store.missing(region, span).map_err(failed)?;
        plans.push((region.clone(), missing));
    }
    let seconds = plans.iter().flat_map(|(_, missing)| missing);
    request
        .progress
        .begins(seconds.map(|span| span.seconds()).sum());
    let settled = request.now.as_second() - SETTLING_SECONDS;
    let outcomes = session.block_on(async {
        let mut tasks = JoinSet::new();
        for (index, (region, missing)) in plans.into_iter().enumerate() {
            let reading = Reading {
                client: session.cloudtrail_in(&region),
                region,
                store: Arc::clone(&store),
                progress: Arc::clone(&request.progress),
                settled,
            };
            tasks.spawn(async move { (index, reading.run(missing).await) });
        }
        tokio::select! {
            outcomes = tasks.join_all() => Ok(outcomes),
            _ = tokio::signal::ctrl_c() => Err(interrupted()),
        }
    })?;
    finish(request, &store, span, outcomes)
}

fn interrupted() -> AwsError {
    AwsError {
        hint: Some("run the same command again: it goes on where it stopped".to_owned()),
        ..AwsError::other("event history", "interrupted")
    }
}

/// The part of the window that the history can hold.
fn wanted(request: &Request<'_>) -> Span {
    let now = request.now.as_second();
    let reach = now - REACH_DAYS * 24 * 3600;
    let since = request.window.since.map_or(reach, Timestamp::as_second);
    let until = request.window.until.map_or(now, Timestamp::as_second);
    Span {
        from: since.max(reach),
        to: until.min(now),
    }
}

/// Some regions may be closed to the caller; that is a gap. If none could be read, or the credentials ran out, it is a failure.
fn finish(
    request: &Request<'_>,
    store: &Store,
    span: Span,
    mut outcomes: Vec<(usize, Result<(), AwsError>)>,
) -> Result<History, AwsError> {
    outcomes.sort_by_key(|(index, _)| *index);
    let is_any_read = outcomes.iter().any(|(_, outcome)| outcome.is_ok());
    let mut history = History {
        since: Timestamp::from_second(span.from).unwrap_or(Timestamp::MIN),
        ..History::default()
    };
    for (region, (_, outcome)) in request.regions.iter().zip(outcomes) {
        match outcome {
            Ok(()) => {}
            Err(error) if !is_any_read || error.kind == AwsErrorKind::ExpiredCredentials => {
                return Err(error);
            }
            Err(error) => history.gaps.push(Gap {
                place: format!("event history of {region}"),
                problem: error.to_string(),
            }),
        }
        let files = store
            .files(region, span)
            .map_err(|error| AwsError::other("event history", error))?;
        history.files.extend(files);
    }
    Ok(history)
}

/// One region being read.
struct Reading {
    client: Client,
    region: String,
    store: Arc<Store>,
    progress: Arc<dyn Progress>,
    settled: i64,
}

impl Reading {
    async fn run(self, missing: Vec<Span>) -> Result<(), AwsError> {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for span in missing {
            self.span(span, &mut pace).await?;
        }
        Ok(())
    }

    /// Reads one span, newest first. A page is known to be whole down to the second after its oldest event: more events of
    /// that second may stand on the next page.
    async fn span(&self, span: Span, pace: &mut Interval) -> Result<(), AwsError> {
        let mut page = Page::new(span);
        let mut question = span;
        let mut token = None;
        let mut rounds = 0;
        loop {
            pace.tick().await;
            // A token fits the question that it came with and no other.
            match self.ask(question, token.take()).await {
                Ok((events, next)) => {
                    rounds = 0;
                    page.add(events);
                    if next.is_none() {
                        return self.keep(page.rest());
                    }
                    token = next;
                    if let Some(whole) = page.whole() {
                        self.keep(whole)?;
                    }
                }
                // The token has run out, or the last calls have; the time reached is a place to go on from all the same.
                Err(error) if rounds < ROUNDS && may_pass(&error) => {
                    page.forget();
                    question.to = page.upper();
                    sleep(ROUND_WAIT * 2_u32.pow(rounds)).await;
                    rounds += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn ask(
        &self,
        span: Span,
        token: Option<String>,
    ) -> Result<(Vec<HistoryEvent>, Option<String>), AwsError> {
        let time = aws_smithy_types::DateTime::from_secs;
        let answer = self
            .client
            .lookup_events()
            .start_time(time(span.from))
            .end_time(time(span.to))
            .max_results(PAGE_EVENTS)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| translate(&LOOKUP_EVENTS, &error))?;
        Ok((answer.events.unwrap_or_default(), answer.next_token))
    }

    /// Puts a page on disk, cut where events may still come in.
    fn keep(&self, (span, records): page::Whole) -> Result<(), AwsError> {
        let events = records.len() as u64;
        self.store
            .keep(&self.region, span, records, self.settled)
            .map_err(|error| AwsError::other("event history", error))?;
        self.progress.covered(span.seconds(), events);
        Ok(())
    }
}

/// Says whether the same question may be answered in a while.
fn may_pass(error: &AwsError) -> bool {
    matches!(
        error.kind,
        AwsErrorKind::Throttled | AwsErrorKind::Unreachable
    ) || error.problem.contains("InvalidNextToken")
}
