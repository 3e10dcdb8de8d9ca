//! Athena: a query started, waited for, and its result fetched.
//!
//! The id of a query is kept while it runs, under what it asks, so that a run which was ended picks the result up. Ctrl-C cancels
//! the query. What it costs is what it scans, so a limit on that is watched while it runs.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_athena::Client;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, ResultConfiguration,
};
use sha2::{Digest as _, Sha256};

use super::calls::{
    GET_OBJECT, GET_QUERY_EXECUTION, GET_QUERY_RESULTS, START_QUERY_EXECUTION, STOP_QUERY_EXECUTION,
};
use super::error::translate;
use super::{AwsError, AwsErrorKind, Session};

/// How long until the state is asked for, at first and at most.
const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A query, and where it runs.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The query.
    pub sql: &'q str,
    /// The data catalog, if it is not the account's own.
    pub catalog: Option<&'q str>,
    /// The workgroup; Athena's own default if absent.
    pub workgroup: Option<&'q str>,
    /// Where the result goes; the workgroup's place if absent.
    pub output: Option<&'q str>,
    /// The most bytes that it may scan.
    pub limit: Option<u64>,
    /// The folder in which ids of running queries and results are kept.
    pub cache: &'q Path,
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The rows, as CSV.
    pub file: PathBuf,
    /// What was scanned.
    pub scanned_bytes: u64,
    /// Says whether an earlier run had asked already.
    pub is_picked_up: bool,
}

/// Asks, and waits for the answer.
///
/// # Errors
///
/// If there is no whole answer; nothing is left behind then but the id of a query that still runs.
pub fn ask(session: &Session, question: &Question<'_>) -> Result<Answer, AwsError> {
    let folder = question.cache.join("athena");
    fs::create_dir_all(&folder).map_err(|error| local(&folder, &error))?;
    let asking = Asking {
        client: session.athena(),
        session,
        question,
        note: folder.join(format!("{}.query", key(session, question))),
        folder,
    };
    session.block_on(asking.answer())
}

/// What a query is known by: all that decides what it asks of whom.
fn key(session: &Session, question: &Question<'_>) -> String {
    let mut digest = Sha256::new();
    for part in [
        Some(question.sql),
        question.catalog,
        question.workgroup,
        question.output,
        Some(session.region()),
        session.endpoint_url(),
    ] {
        let part = part.unwrap_or_default();
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    let mut name = String::with_capacity(32);
    for byte in digest.iter().take(16) {
        for half in [byte >> 4, byte & 15] {
            name.extend(char::from_digit(u32::from(half), 16));
        }
    }
    name
}

fn local(path: &Path, error: &std::io::Error) -> AwsError {
    AwsError::other("", format!("{}: {error}", path.display()))
}

fn failed(problem: impl Into<String>, hint: &str) -> AwsError {
    AwsError {
        hint: Some(hint.to_owned()),
        ..AwsError::other(START_QUERY_EXECUTION.action, problem)
    }
}

struct Asking<'a> {
    client: Client,
    session: &'a Session,
    question: &'a Question<'a>,
    folder: PathBuf,
    note: PathBuf,
}

impl Asking<'_> {
    async fn answer(&self) -> Result<Answer, AwsError> {
        let earlier = self.running().await?;
        let is_picked_up = earlier.is_some();
        let id = match earlier {
            Some(id) => id,
            None => self.start().await?,
        };
        let execution = tokio::select! {
            execution = self.wait(&id) => execution?,
            _ = tokio::signal::ctrl_c() => {
                self.cancel(&id).await?;
                return Err(AwsError::other(
                    START_QUERY_EXECUTION.action,
                    format!("interrupted: the query {id} is cancelled"),
                ));
            }
        };
        let file = self.fetch(&id, &execution).await?;
        self.forget();
        Ok(Answer {
            file,
            scanned_bytes: scanned(&execution),
            is_picked_up,
        })
    }

    /// A query of an earlier run that has not failed.
    async fn running(&self) -> Result<Option<String>, AwsError> {
        let Ok(id) = fs::read_to_string(&self.note) else {
            return Ok(None);
        };
        match self.look(&id).await {
            Ok(execution) => {
                let is_over = matches!(
                    state(&execution),
                    Some(QueryExecutionState::Failed | QueryExecutionState::Cancelled) | None
                );
                if is_over {
                    self.forget();
                }
                Ok((!is_over).then_some(id))
            }
            Err(error) if error.is_about_credentials() || error.is_refusal() => Err(error),
            // Athena knows its queries for 45 days.
            Err(_) => {
                self.forget();
                Ok(None)
            }
        }
    }

    async fn start(&self) -> Result<String, AwsError> {
        let question = self.question;
        let context = question
            .catalog
            .map(|catalog| QueryExecutionContext::builder().catalog(catalog).build());
        let output = question.output.map(|place| {
            ResultConfiguration::builder()
                .output_location(place)
                .build()
        });
        let started = self
            .client
            .start_query_execution()
            .query_string(question.sql)
            .set_work_group(question.workgroup.map(str::to_owned))
            .set_query_execution_context(context)
            .set_result_configuration(output)
            .send()
            .await
            .map_err(|error| {
                let error = translate(&START_QUERY_EXECUTION, &error);
                let is_about_output = error.problem.contains("output location") || error.problem.contains("output bucket");
                if is_about_output {
                    failed(error.problem, "name a place for the result: `--athena-output s3://BUCKET/PREFIX`, or a workgroup that has one")
                } else {
                    error
                }
            })?;
        let Some(id) = started.query_execution_id else {
            return Err(AwsError::other(
                START_QUERY_EXECUTION.action,
                "expected a query's id, found none",
            ));
        };
        fs::write(&self.note, &id).map_err(|error| local(&self.note, &error))?;
        Ok(id)
    }

    async fn look(&self, id: &str) -> Result<QueryExecution, AwsError> {
        let answer = self
            .client
            .get_query_execution()
            .query_execution_id(id)
            .send()
            .await;
        let answer = answer.map_err(|error| translate(&GET_QUERY_EXECUTION, &error))?;
        answer.query_execution.ok_or_else(|| {
            AwsError::other(
                GET_QUERY_EXECUTION.action,
                "expected the query, found nothing",
            )
        })
    }

    /// Waits for the end of a query, and cancels one that scans too much.
    async fn wait(&self, id: &str) -> Result<QueryExecution, AwsError> {
        let mut wait = FIRST_WAIT;
        loop {
            let execution = self.look(id).await?;
            let scanned = scanned(&execution);
            match state(&execution) {
                Some(QueryExecutionState::Succeeded) => return Ok(execution),
                Some(QueryExecutionState::Failed) => {
                    self.forget();
                    return Err(explain(&execution));
                }
                Some(QueryExecutionState::Cancelled) => {
                    self.forget();
                    return Err(failed(
                        format!(
                            "the query {id} was cancelled by somebody else, or by a limit of the workgroup"
                        ),
                        "run again, with a shorter window or fewer accounts and regions",
                    ));
                }
                _ => {}
            }
            if let Some(limit) = self.question.limit.filter(|limit| scanned > *limit) {
                self.cancel(id).await?;
                return Err(failed(
                    format!(
                        "the query {id} is cancelled: it has scanned {scanned} bytes, more than the {limit} that it may"
                    ),
                    "shorten the window with `--since`, or allow more with `--scan-limit`",
                ));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 3 / 2).min(LONGEST_WAIT);
        }
    }

    async fn cancel(&self, id: &str) -> Result<(), AwsError> {
        self.forget();
        let stopped = self
            .client
            .stop_query_execution()
            .query_execution_id(id)
            .send()
            .await;
        let stopped = stopped.map_err(|error| translate(&STOP_QUERY_EXECUTION, &error));
        stopped.map(|_| ()).map_err(|error| AwsError {
            problem: format!("the query {id} still runs, and costs: {}", error.problem),
            hint: Some(format!(
                "stop it: `aws athena stop-query-execution --query-execution-id {id}`"
            )),
            ..error
        })
    }

    /// Fetches the result: the file that Athena wrote, or its pages where it keeps the file itself.
    async fn fetch(&self, id: &str, execution: &QueryExecution) -> Result<PathBuf, AwsError> {
        let mut file = tempfile::Builder::new()
            .prefix("rows-")
            .suffix(".csv")
            .tempfile_in(&self.folder)
            .map_err(|error| local(&self.folder, &error))?;
        let place = execution
            .result_configuration()
            .and_then(|it| it.output_location())
            .and_then(|place| place.strip_prefix("s3://")?.split_once('/'));
        match place {
            Some((bucket, key)) => self.object(bucket, key, file.as_file_mut()).await?,
            None => self.pages(id, file.as_file_mut()).await?,
        }
        let path = self.folder.join(format!("{id}.csv"));
        file.persist(&path)
            .map_err(|error| local(&path, &error.error))?;
        Ok(path)
    }

    async fn object(&self, bucket: &str, key: &str, file: &mut fs::File) -> Result<(), AwsError> {
        let client = self.session.s3_in(self.session.region());
        let answer = client.get_object().bucket(bucket).key(key).send().await;
        let mut answer = answer.map_err(|error| {
            let error = translate(&GET_OBJECT, &error);
            match error.kind {
                AwsErrorKind::NotFound => {
                    self.forget();
                    failed(
                        format!("the result is not there any more: s3://{bucket}/{key}"),
                        "run again: the query is asked anew",
                    )
                }
                AwsErrorKind::Denied => AwsError {
                    problem: format!("the result may not be read: s3://{bucket}/{key}"),
                    hint: Some(
                        "allow `s3:GetObject` on it, then run again: the query is not asked anew"
                            .to_owned(),
                    ),
                    ..error
                },
                _ => error,
            }
        })?;
        let broken = |error: &dyn std::fmt::Display| {
            AwsError::other(
                GET_OBJECT.action,
                format!("s3://{bucket}/{key} breaks off: {error}"),
            )
        };
        while let Some(chunk) = answer.body.next().await {
            let chunk = chunk.map_err(|error| broken(&error))?;
            file.write_all(&chunk).map_err(|error| broken(&error))?;
        }
        Ok(())
    }

    async fn pages(&self, id: &str, file: &mut fs::File) -> Result<(), AwsError> {
        let unwritten = |error: csv::Error| AwsError::other("", error.to_string());
        let mut writer = csv::Writer::from_writer(file);
        let mut pages = self
            .client
            .get_query_results()
            .query_execution_id(id)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| translate(&GET_QUERY_RESULTS, &error))?;
            let rows = page
                .result_set()
                .map(aws_sdk_athena::types::ResultSet::rows)
                .unwrap_or_default();
            for row in rows {
                let cells = row
                    .data()
                    .iter()
                    .map(|cell| cell.var_char_value().unwrap_or_default());
                writer.write_record(cells).map_err(unwritten)?;
            }
        }
        writer
            .flush()
            .map_err(|error| AwsError::other("", error.to_string()))
    }

    /// Lets go of the id; that it cannot be removed does no harm.
    fn forget(&self) {
        let _ = fs::remove_file(&self.note);
    }
}

fn state(execution: &QueryExecution) -> Option<QueryExecutionState> {
    execution.status()?.state().cloned()
}

fn scanned(execution: &QueryExecution) -> u64 {
    let bytes = execution
        .statistics()
        .and_then(aws_sdk_athena::types::QueryExecutionStatistics::data_scanned_in_bytes);
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or_default()
}

/// Why a query failed, and what may help.
fn explain(execution: &QueryExecution) -> AwsError {
    let status = execution.status();
    let reason = status
        .and_then(|it| it.state_change_reason())
        .unwrap_or("no reason given");
    let hint = [
        ("COLUMN_NOT_FOUND", "the table lacks a column of CloudTrail's standard table: print one with `polgen athena ddl`"),
        ("TABLE_NOT_FOUND", "name the table as `DATABASE.TABLE`; `polgen athena ddl` prints one"),
        ("SCHEMA_NOT_FOUND", "name the table as `DATABASE.TABLE`; `polgen athena ddl` prints one"),
        ("Access Denied", "allow reading the trail's files and writing the result: `polgen self-policy suggest --athena`"),
        ("EXCEEDED", "shorten the window with `--since`, or ask for one role"),
        ("Query exhausted resources", "shorten the window with `--since`, or ask for one role"),
    ]
    .into_iter()
    .find(|(part, _)| reason.contains(part))
    .map_or("run the query that `polgen sql --dialect athena` prints by hand to see more", |(_, hint)| hint);
    let shown: String = reason.chars().take(400).collect();
    failed(format!("the query failed: {shown}"), hint)
}

#[cfg(test)]
mod tests;
