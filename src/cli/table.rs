//! `--athena`: the flags, what is said before anything costs, and the query itself.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;

use super::live::{Connection, cache};
use super::{Exit, Failure};
use crate::catalog::Catalog;
use crate::sql::{Dialect, Partitions, Relation, Request, Schema};
use crate::time::Window;
use crate::usage::RoleQuery;

/// A table that holds the trail, and who asks it.
#[derive(Debug, Args)]
pub(crate) struct Table {
    /// Athena table of the trail: `DATABASE.TABLE`
    ///
    /// The trail is folded inside Athena, which bills what it scans. What will be asked is said first, and nothing runs without `--yes` or
    /// an answer. A run that was ended picks the result of its query up. `polgen sql` prints the query.
    #[arg(
        long,
        value_name = "TABLE",
        help_heading = "Input",
        conflicts_with_all = ["trail", "usage", "event_history"],
        hide_short_help = true
    )]
    pub(crate) athena: Option<String>,

    /// Athena workgroup
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    athena_workgroup: Option<String>,

    /// Where Athena writes its result [default: the workgroup's place]
    #[arg(
        long,
        value_name = "s3://BUCKET/PREFIX",
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    athena_output: Option<String>,

    /// Data catalog of the table [default: the account's own]
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    athena_catalog: Option<String>,

    /// Account whose part of the table is asked; can be repeated [default: all]
    #[arg(
        long,
        value_name = "ACCOUNT",
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    athena_account: Vec<String>,

    /// Region whose part of the table is asked; can be repeated [default: all]
    #[arg(
        long,
        value_name = "REGION",
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    athena_region: Vec<String>,

    /// The table is not parted by account, region and day
    #[arg(
        long,
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    athena_unpartitioned: bool,

    /// Cancel the query once it has scanned so many gigabytes
    #[arg(
        long,
        value_name = "GB",
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    scan_limit: Option<u64>,

    /// Run the query without asking
    #[arg(
        long,
        help_heading = "Input",
        requires = "athena",
        hide_short_help = true
    )]
    yes: bool,
}

/// What Athena bills for a terabyte scanned, in most regions. Source: Amazon Athena pricing, 2026.
const DOLLARS_A_TERABYTE: u64 = 5;

impl Table {
    /// Asks the table for the usage of whom `query` asks for; the result's file, if there is a table.
    pub(crate) fn rows(
        &self,
        connection: &mut Connection<'_>,
        (query, window): (&RoleQuery, Window),
    ) -> Result<Option<PathBuf>, Failure> {
        let Some(name) = &self.athena else {
            return Ok(None);
        };
        let wrong = |problem: String| Failure::new(Exit::WrongCommandLine, problem);
        let relation =
            Relation::table(name).map_err(|error| wrong(format!("--athena: {error}")))?;
        let mut schema = Schema::standard();
        if self.athena_unpartitioned {
            schema.partitions = Partitions::default();
        }
        let request = Request {
            dialect: Dialect::Athena,
            relation,
            schema,
            query,
            window,
            accounts: self.athena_account.clone(),
            regions: self.athena_region.clone(),
            catalog: Catalog::bundled(),
        };
        self.confirm(name, window)?;
        let question = Asked {
            sql: request.sql(),
            catalog: self.athena_catalog.clone(),
            workgroup: self.athena_workgroup.clone(),
            output: self.athena_output.clone(),
            limit: self
                .scan_limit
                .map(|limit| limit.saturating_mul(1_000_000_000)),
            cache: cache()?,
        };
        connection.athena(&question).map(Some)
    }

    /// Says what will be scanned, and asks whether it may.
    fn confirm(&self, name: &str, window: Window) -> Result<(), Failure> {
        let list = |names: &[String], all: &str| {
            if names.is_empty() {
                all.to_owned()
            } else {
                names.join(", ")
            }
        };
        let moment = |moment: Option<crate::time::Timestamp>, open: &str| {
            moment.map_or_else(|| open.to_owned(), |it| it.to_string())
        };
        let parts = if self.athena_unpartitioned {
            "the whole table".to_owned()
        } else {
            format!(
                "{}, {}, {} to {}",
                list(&self.athena_account, "all accounts"),
                list(&self.athena_region, "all regions"),
                moment(window.since, "the beginning"),
                moment(window.until, "now"),
            )
        };
        let limit = self.scan_limit.map_or_else(
            || "no limit but the workgroup's".to_owned(),
            |limit| {
                let cents = limit
                    .saturating_mul(DOLLARS_A_TERABYTE * 100)
                    .div_ceil(1000);
                format!(
                    "at most {limit} GB, about ${}.{:02}",
                    cents / 100,
                    cents % 100
                )
            },
        );
        anstream::eprintln!(
            "Athena     scans `{}`: {parts}\n           bills ${DOLLARS_A_TERABYTE} for each terabyte of files as stored: {limit}",
            crate::report::plain(name),
        );
        if self.yes {
            return Ok(());
        }
        let is_answered = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if !is_answered {
            let problem =
                "--athena: expected a yes before a query that costs, found no terminal to ask at";
            return Err(Failure::new(Exit::Failed, problem)
                .hint("run it with `--yes`, and with `--scan-limit GB` to bound what it costs"));
        }
        anstream::eprintln!("run it? [y/N]");
        let answer = std::io::stdin().lock().lines().next().transpose()?;
        if matches!(
            answer.as_deref().map(str::trim),
            Some("y" | "Y" | "yes" | "Yes")
        ) {
            Ok(())
        } else {
            Err(Failure::new(Exit::Failed, "--athena: nothing was asked"))
        }
    }
}

/// What is asked of Athena.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "aws"),
    expect(dead_code, reason = "asked with AWS's clients only")
)]
pub(crate) struct Asked {
    pub(crate) sql: String,
    pub(crate) catalog: Option<String>,
    pub(crate) workgroup: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) limit: Option<u64>,
    pub(crate) cache: PathBuf,
}
