//! `--athena` and `--lake`: the flags, what is said before anything costs, and the query itself.

mod estimate;

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::live::{Connection, cache};
use super::{Exit, Failure, decisions, gather};
use crate::catalog::Catalog;
use crate::report::plain;
use crate::sql::lake::MOST_CHARACTERS;
use crate::sql::{
    ColumnMap, Dialect, Partitions, Relation, Request, Schema, TableFacts, recognize,
};
use crate::time::{Timestamp, Window, day_of};
use crate::usage::RoleQuery;
use estimate::{DOLLARS_A_TERABYTE, Estimate, dollars, estimate};

/// A table that holds the trail, and who asks it.
#[derive(Debug, Args)]
pub(crate) struct Table {
    /// Athena table of the trail: `DATABASE.TABLE`; can be repeated
    ///
    /// A table of CloudTrail records, or Security Lake's tables of CloudTrail; its columns tell which. The trail is folded inside Athena, which bills what it scans. What will be asked is said first, and nothing runs without `--yes` or
    /// an answer. A run that was ended picks the result of its query up. `polgen sql` prints the query.
    #[arg(
        long,
        value_name = "TABLE",
        help_heading = "Input",
        conflicts_with_all = ["trail", "usage", "event_history"],
        group = "Engine",
        hide_short_help = true
    )]
    pub(crate) athena: Vec<String>,

    /// Event data store of CloudTrail Lake, by its id or ARN
    ///
    /// The records of whom it is asked for come here and are folded here; those of others do not, so that nothing is known of what they did.
    /// Lake bills what it scans.
    #[arg(
        long,
        value_name = "EVENT_DATA_STORE",
        help_heading = "Input",
        conflicts_with_all = ["trail", "usage", "event_history", "athena"],
        group = "Engine",
        hide_short_help = true
    )]
    lake: Option<String>,

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

    /// Do not run a query that will scan more than so many gigabytes, and cancel it once it has
    #[arg(
        long,
        value_name = "GB",
        help_heading = "Input",
        requires = "Engine",
        hide_short_help = true
    )]
    scan_limit: Option<u64>,

    /// Run the query without asking
    #[arg(
        long,
        help_heading = "Input",
        requires = "Engine",
        hide_short_help = true
    )]
    yes: bool,
}

impl Table {
    /// Says whether an engine is asked, and not the event history.
    pub(crate) fn is_asked(&self) -> bool {
        !self.athena.is_empty() || self.lake.is_some()
    }

    /// Asks the tables for the usage of whom `query` asks for; the result's file, if there is a table.
    pub(crate) fn rows(
        &self,
        connection: &mut Connection<'_>,
        (query, window): (&RoleQuery, Window),
        (config, now): (Option<&Path>, Timestamp),
    ) -> Result<Option<PathBuf>, Failure> {
        if let Some(store) = &self.lake {
            gather::refuse_without_events(query, "`--lake`")?;
            return self.records(connection, store, (query, window)).map(Some);
        }
        if self.athena.is_empty() {
            return Ok(None);
        }
        gather::refuse_without_events(query, "`--athena`")?;
        let wrong = |problem: String| Failure::new(Exit::WrongCommandLine, problem);
        let relations = self
            .athena
            .iter()
            .map(|name| Relation::table(name).map_err(|error| wrong(format!("--athena: {error}"))));
        let relations: Vec<Relation> = relations.collect::<Result<_, _>>()?;
        let columns = columns(config)?;
        let facts = self.facts(connection)?;
        let mut schema = self.schema(&facts, &columns)?;
        if self.athena_unpartitioned {
            schema.partitions = Partitions::default();
        }
        let request = Request {
            dialect: Dialect::Athena,
            relations,
            schema,
            query,
            window,
            accounts: self.athena_account.clone(),
            regions: self.athena_region.clone(),
            catalog: Catalog::bundled(),
        };
        let estimate = estimate(connection, &request, &facts, day_of(now));
        self.confirm(window, &estimate)?;
        let question = Asked {
            sql: request.sql(),
            catalog: self.athena_catalog.clone(),
            workgroup: self.athena_workgroup.clone(),
            output: self.athena_output.clone(),
            limit: self.limit(),
            cache: cache()?,
        };
        connection.athena(&question).map(Some)
    }

    /// Asks CloudTrail Lake for the records of whom `query` asks for, and of what runs under roles.
    fn records(
        &self,
        connection: &mut Connection<'_>,
        store: &str,
        (query, window): (&RoleQuery, Window),
    ) -> Result<PathBuf, Failure> {
        let wrong = |problem: String| Failure::new(Exit::WrongCommandLine, problem);
        let relation = Relation::store(store).map_err(|error| wrong(format!("--lake: {error}")))?;
        let request = Request {
            dialect: Dialect::Lake,
            relations: vec![relation],
            schema: Schema::event_data_store(),
            query,
            window,
            accounts: Vec::new(),
            regions: Vec::new(),
            catalog: Catalog::bundled(),
        };
        let sql = request.sql();
        let length = sql.chars().count();
        if length > MOST_CHARACTERS {
            return Err(Failure::new(
                Exit::Failed,
                format!(
                    "--lake: expected a query of at most {MOST_CHARACTERS} characters, found {length}"
                ),
            ));
        }
        let limit = self.limit().map_or_else(
            || "no limit".to_owned(),
            |limit| {
                format!(
                    "at most {} GB, about {}",
                    limit / 1_000_000_000,
                    dollars(limit)
                )
            },
        );
        anstream::eprintln!(
            "Lake       scans `{}` from {} to {}\n           how much that is cannot be told beforehand: Lake does not tell sizes\n           bills ${DOLLARS_A_TERABYTE} for each terabyte scanned: {limit}",
            plain(store),
            window
                .since
                .map_or_else(|| "the beginning".to_owned(), |it| it.to_string()),
            window
                .until
                .map_or_else(|| "now".to_owned(), |it| it.to_string()),
        );
        self.agreed("--lake")?;
        connection.lake(&AskedLake {
            sql,
            about: request.about().json(),
            limit: self.limit(),
            cache: cache()?,
        })
    }

    fn limit(&self) -> Option<u64> {
        self.scan_limit
            .map(|limit| limit.saturating_mul(1_000_000_000))
    }

    /// What Athena tells of the tables; none of one that it may not tell of.
    fn facts(&self, connection: &mut Connection<'_>) -> Result<Vec<Option<TableFacts>>, Failure> {
        let mut found = Vec::new();
        for name in &self.athena {
            let mut parts = name.rsplit('.');
            let (table, database) = (parts.next().unwrap_or_default(), parts.next());
            let catalog = parts.next().or(self.athena_catalog.as_deref());
            let Some(database) = database else {
                return Err(Failure::new(
                    Exit::WrongCommandLine,
                    format!("--athena: expected `DATABASE.TABLE`, found `{name}`"),
                ));
            };
            let place = TablePlace {
                catalog,
                database,
                table,
                workgroup: self.athena_workgroup.as_deref(),
            };
            found.push(connection.table(&place)?);
        }
        Ok(found)
    }

    /// The layout that all tables have.
    fn schema(&self, facts: &[Option<TableFacts>], columns: &ColumnMap) -> Result<Schema, Failure> {
        let mut found: Option<Schema> = None;
        for (name, facts) in self.athena.iter().zip(facts) {
            let schema = match facts {
                None => Schema::standard(),
                Some(facts) => {
                    let recognized = recognize(facts, columns).map_err(|error| {
                        let problem = format!("--athena: `{name}`: {error}");
                        Failure::new(Exit::Failed, problem).hint(error.hint)
                    })?;
                    anstream::eprintln!(
                        "Table      `{}` is laid out as {} has it",
                        plain(name),
                        recognized.name
                    );
                    for note in &recognized.notes {
                        anstream::eprintln!("           {}", plain(note));
                    }
                    recognized.schema
                }
            };
            if found.as_ref().is_some_and(|found| *found != schema) {
                return Err(Failure::new(
                    Exit::Failed,
                    format!("--athena: expected tables of one layout, `{name}` has another than the first"),
                )
                .hint("ask them one after the other, or make a view of them"));
            }
            found = Some(schema);
        }
        with_columns(found.unwrap_or_else(Schema::standard), columns)
    }

    /// Says what will be scanned and about what that costs, and asks whether it may.
    fn confirm(&self, window: Window, estimate: &Result<Estimate, String>) -> Result<(), Failure> {
        let list = |names: &[String], all: &str| {
            if names.is_empty() {
                all.to_owned()
            } else {
                names.join(", ")
            }
        };
        let moment = |moment: Option<Timestamp>, open: &str| {
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
        let limit = self.limit().map_or_else(
            || "no limit but the workgroup's".to_owned(),
            |limit| {
                format!(
                    "at most {} GB, about {}",
                    limit / 1_000_000_000,
                    dollars(limit)
                )
            },
        );
        let told = match estimate {
            Ok(estimate) => estimate.shown(),
            Err(why) => format!("how much that is cannot be told beforehand: {why}"),
        };
        anstream::eprintln!(
            "Athena     scans `{}`: {parts}\n           {}\n           bills ${DOLLARS_A_TERABYTE} for each terabyte of files as stored: {limit}",
            plain(&self.athena.join("`, `")),
            plain(&told),
        );
        if let (Some(limit), Ok(estimate)) = (self.limit(), estimate)
            && estimate.bytes > limit
        {
            let problem = format!(
                "--scan-limit: nothing was asked: it would scan {}",
                estimate.shown()
            );
            return Err(Failure::new(Exit::Failed, problem).hint(
                "shorten the window with `--since`, name accounts with `--athena-account`, or allow more",
            ));
        }
        self.agreed("--athena")
    }

    /// Asks whether a query may run.
    fn agreed(&self, flag: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let is_answered = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if !is_answered {
            let problem = format!(
                "{flag}: expected a yes before a query that costs, found no terminal to ask at"
            );
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
            Err(Failure::new(
                Exit::Failed,
                format!("{flag}: nothing was asked"),
            ))
        }
    }
}

/// The names of columns that the nearest `polgen.toml`, or the one named, tells.
pub(super) fn columns(config: Option<&Path>) -> Result<ColumnMap, Failure> {
    match decisions::path(config, &[])? {
        Some(path) => decisions::read(&path)?
            .columns()
            .map_err(decisions::failure),
        None => Ok(ColumnMap::default()),
    }
}

/// A layout with columns under other names.
pub(super) fn with_columns(schema: Schema, columns: &ColumnMap) -> Result<Schema, Failure> {
    schema
        .with(columns)
        .map_err(|error| Failure::new(Exit::Failed, format!("polgen.toml: {error}")))
}

/// A table by its place.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "aws"),
    expect(dead_code, reason = "asked with AWS's clients only")
)]
pub(crate) struct TablePlace<'a> {
    pub(crate) catalog: Option<&'a str>,
    pub(crate) database: &'a str,
    pub(crate) table: &'a str,
    pub(crate) workgroup: Option<&'a str>,
}

/// What is asked of CloudTrail Lake.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "aws"),
    expect(dead_code, reason = "asked with AWS's clients only")
)]
pub(crate) struct AskedLake {
    pub(crate) sql: String,
    pub(crate) about: String,
    pub(crate) limit: Option<u64>,
    pub(crate) cache: PathBuf,
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
