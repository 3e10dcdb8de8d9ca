//! CloudTrail Lake: a query started, waited for, and its records fetched page by page into a file of rows.
//!
//! Ctrl-C cancels the query. Sources: CloudTrail API reference, `StartQuery`, `DescribeQuery`, `GetQueryResults`, `CancelQuery`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::describe_query::DescribeQueryOutput;
use aws_sdk_cloudtrail::types::QueryStatus;

use super::calls::{CANCEL_QUERY, Call, DESCRIBE_QUERY, GET_LAKE_RESULTS, START_QUERY};
use super::error::translate;
use super::{AwsError, AwsErrorKind, Session};
use crate::sql::lake::{ending, header, row};

/// How long until the state is asked for, at first and at most.
const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The most rows of a page.
const PAGE: i32 = 1000;

/// A query.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The statement.
    pub sql: &'q str,
    /// What the rows say of themselves.
    pub about: &'q str,
    /// The most bytes that it may scan.
    pub limit: Option<u64>,
    /// The folder in which results are kept.
    pub cache: &'q Path,
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The rows, as CSV.
    pub file: PathBuf,
    /// What was scanned.
    pub scanned_bytes: u64,
    /// How many records there are.
    pub records: u64,
}

/// Asks, and waits for the answer.
///
/// # Errors
///
/// If there is no whole answer; nothing is left behind then.
pub fn ask(session: &Session, question: &Question<'_>) -> Result<Answer, AwsError> {
    let folder = question.cache.join("lake");
    fs::create_dir_all(&folder).map_err(|error| local(&folder, &error))?;
    let asking = Asking {
        client: session.cloudtrail(),
        question,
        folder,
    };
    session.block_on(asking.answer())
}

fn local(path: &Path, error: &dyn std::fmt::Display) -> AwsError {
    AwsError::other("", format!("{}: {error}", path.display()))
}

fn failed(call: &Call, problem: impl Into<String>, hint: &str) -> AwsError {
    AwsError {
        hint: Some(hint.to_owned()),
        ..AwsError::other(call.action, problem)
    }
}

/// Codes of CloudTrail Lake, and what may help.
const HINTS: [(&str, &str); 5] = [
    (
        "EventDataStoreNotFound",
        "name the event data store by its id or ARN, and its region with `--region`: `aws cloudtrail list-event-data-stores`",
    ),
    (
        "InactiveEventDataStore",
        "the event data store is off or being deleted: name another",
    ),
    (
        "InvalidQueryStatement",
        "the event data store must hold CloudTrail events; `polgen sql --dialect lake` prints the statement",
    ),
    (
        "MaxConcurrentQueries",
        "other queries of the account run; wait for them, then run again",
    ),
    (
        "QueryIdNotFound",
        "results are kept for seven days: run again, the query is asked anew",
    ),
];

/// Adds what may help with an error of Lake's own.
fn hinted(error: AwsError) -> AwsError {
    let found = HINTS.iter().find(|(code, _)| error.problem.contains(code));
    match found {
        Some((_, hint)) => AwsError {
            hint: Some((*hint).to_owned()),
            ..error
        },
        None => error,
    }
}

struct Asking<'a> {
    client: Client,
    question: &'a Question<'a>,
    folder: PathBuf,
}

impl Asking<'_> {
    async fn answer(&self) -> Result<Answer, AwsError> {
        let started = self.client.start_query().query_statement(self.question.sql);
        let started = started.send().await;
        let started = started.map_err(|error| hinted(translate(&START_QUERY, &error)))?;
        let Some(id) = started.query_id else {
            return Err(AwsError::other(
                START_QUERY.action,
                "expected a query's id, found none",
            ));
        };
        let described = tokio::select! {
            described = self.wait(&id) => described?,
            _ = tokio::signal::ctrl_c() => {
                self.cancel(&id).await?;
                return Err(AwsError::other(START_QUERY.action, format!("interrupted: the query {id} is cancelled")));
            }
        };
        let (file, records) = self.fetch(&id).await?;
        Ok(Answer {
            file,
            scanned_bytes: scanned(&described),
            records,
        })
    }

    /// Waits for the end of a query, and cancels one that scans too much.
    async fn wait(&self, id: &str) -> Result<DescribeQueryOutput, AwsError> {
        let mut wait = FIRST_WAIT;
        loop {
            let described = self.client.describe_query().query_id(id).send().await;
            let described =
                described.map_err(|error| hinted(translate(&DESCRIBE_QUERY, &error)))?;
            let scanned = scanned(&described);
            if let Some(limit) = self.question.limit.filter(|limit| scanned > *limit) {
                if !matches!(described.query_status, Some(QueryStatus::Finished)) {
                    self.cancel(id).await?;
                }
                return Err(failed(
                    &START_QUERY,
                    format!(
                        "the query {id} has scanned {scanned} bytes, more than the {limit} that it may"
                    ),
                    "shorten the window with `--since`, or allow more with `--scan-limit`",
                ));
            }
            match &described.query_status {
                Some(QueryStatus::Finished) => return Ok(described),
                Some(QueryStatus::Failed) => {
                    let why = described
                        .error_message
                        .as_deref()
                        .unwrap_or("no reason given");
                    let why: String = why.chars().take(400).collect();
                    return Err(failed(
                        &START_QUERY,
                        format!("the query failed: {why}"),
                        "run the statement that `polgen sql --dialect lake` prints in the console to see more",
                    ));
                }
                Some(QueryStatus::TimedOut) => {
                    return Err(failed(
                        &START_QUERY,
                        format!("the query {id} took longer than Lake allows"),
                        "shorten the window with `--since`, or ask for one role",
                    ));
                }
                Some(QueryStatus::Cancelled) => {
                    return Err(failed(
                        &START_QUERY,
                        format!("the query {id} was cancelled by somebody else"),
                        "run again",
                    ));
                }
                _ => {}
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 3 / 2).min(LONGEST_WAIT);
        }
    }

    async fn cancel(&self, id: &str) -> Result<(), AwsError> {
        let stopped = self.client.cancel_query().query_id(id).send().await;
        let stopped = stopped.map_err(|error| translate(&CANCEL_QUERY, &error));
        stopped.map(|_| ()).map_err(|error| AwsError {
            problem: format!("the query {id} still runs, and costs: {}", error.problem),
            hint: Some(format!(
                "stop it: `aws cloudtrail cancel-query --query-id {id}`"
            )),
            ..error
        })
    }

    /// Writes the records, page by page; all or nothing.
    async fn fetch(&self, id: &str) -> Result<(PathBuf, u64), AwsError> {
        let file = tempfile::Builder::new()
            .prefix("rows-")
            .suffix(".csv")
            .tempfile_in(&self.folder);
        let mut file = file.map_err(|error| local(&self.folder, &error))?;
        let unwritten = |error: csv::Error| AwsError::other("", error.to_string());
        let mut writer = csv::Writer::from_writer(file.as_file_mut());
        writer.write_record(header()).map_err(unwritten)?;
        let (mut records, mut token) = (0_u64, None);
        let wanted = loop {
            let page = self
                .client
                .get_query_results()
                .query_id(id)
                .max_query_results(PAGE);
            let page = page.set_next_token(token.take()).send().await;
            let page = page.map_err(|error| hinted(translate(&GET_LAKE_RESULTS, &error)))?;
            for cells in page.query_result_rows() {
                // A column a map.
                let columns: BTreeMap<&str, &str> = cells
                    .iter()
                    .flatten()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                let column = |name: &str| columns.get(name).map(|value| (*value).to_owned());
                writer.write_record(row(&column)).map_err(unwritten)?;
                records += 1;
            }
            token = page.next_token;
            if token.is_none() {
                let statistics = page.query_statistics;
                break statistics.and_then(|it| it.total_results_count);
            }
        };
        if let Some(wanted) = wanted.filter(|wanted| u64::try_from(*wanted) != Ok(records)) {
            return Err(AwsError {
                kind: AwsErrorKind::Other,
                place: GET_LAKE_RESULTS.action.to_owned(),
                problem: format!("expected {wanted} records, found {records}"),
                hint: Some("run again: a part of the result is missing".to_owned()),
            });
        }
        for last in ending(records, self.question.about) {
            writer.write_record(last).map_err(unwritten)?;
        }
        writer
            .flush()
            .map_err(|error| local(&self.folder, &error))?;
        drop(writer);
        let path = self.folder.join(format!("{id}.csv"));
        file.persist(&path)
            .map_err(|error| local(&path, &error.error))?;
        Ok((path, records))
    }
}

fn scanned(described: &DescribeQueryOutput) -> u64 {
    let statistics = described.query_statistics.as_ref();
    let bytes = statistics.and_then(|it| it.bytes_scanned);
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or_default()
}
