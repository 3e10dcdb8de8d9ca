//! `polgen sql`: prints the query that folds a trail inside an engine; its result is read with `--usage FILE.csv`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::table::{columns, with_columns};
use super::{Context, Exit, Failure, principal};
use crate::catalog::Catalog;
use crate::sql::{Dialect, Relation, Request, Schema};
use crate::time::{DayEnd, Timestamp, Window, parse_moment};
use crate::usage::{PrincipalKind, RoleQuery};

/// The table that the job makes of trail files.
const SPARK_VIEW: &str = "cloudtrail_logs";

/// Print a query that folds a trail inside Athena, Spark or DuckDB
///
/// The engine reads the trail, and its result, a CSV file with a header row, is read in place of the trail: `polgen suggest --role
/// NAME --usage rows.csv`. The suggestion is the same as from the trail's files.
#[derive(Debug, ClapArgs)]
#[command(
    override_usage = "polgen sql [OPTIONS] --dialect <ENGINE>\n           <--role <ROLE>|--user <USER>|--all-roles>"
)]
pub(crate) struct Args {
    /// Engine: athena, lake, spark or duckdb
    #[arg(long, value_enum, value_name = "ENGINE", hide_possible_values = true)]
    dialect: Engine,

    /// Table of the trail: `TABLE`, `DATABASE.TABLE` or `CATALOG.DATABASE.TABLE`; can be repeated
    #[arg(long, value_name = "TABLE", required_unless_present_any = ["files", "spark_job"])]
    table: Vec<String>,

    /// Layout of the table: cloudtrail or security-lake
    ///
    /// `security-lake` is for the tables of CloudTrail in version 2 of its sources: `…_cloud_trail_mgmt_2_0`, `…_s3_data_2_0` and
    /// `…_lambda_execution_2_0`. Columns under other names than CloudTrail's stand in polgen.toml.
    #[arg(long, value_enum, value_name = "LAYOUT", default_value_t = Layout::Cloudtrail, hide_possible_values = true, hide_short_help = true, conflicts_with_all = ["files", "spark_job"])]
    schema: Layout,

    /// Names of columns [default: the nearest polgen.toml]
    #[arg(long, value_name = "FILE",
        hide_short_help = true, conflicts_with_all = ["files", "spark_job"])]
    config: Option<PathBuf>,

    /// Trail files in place of a table, as DuckDB finds them: `AWSLogs/**/*.json.gz`
    #[arg(long, value_name = "GLOB", conflicts_with = "table")]
    files: Option<String>,

    /// Print a job for `spark-submit` that reads trail files and writes the rows
    #[arg(long, conflicts_with_all = ["table", "files"])]
    spark_job: bool,

    /// The table is not parted by account, region and day
    #[arg(long)]
    unpartitioned: bool,

    #[command(flatten)]
    who: Who,

    /// Only events since this date (2026-06-01) or age (90d)
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,

    /// Only events up to this date, which is included, or age
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,

    /// Only the trail of this account; can be repeated
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,

    /// Only the trail of this region; can be repeated
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
}

/// Whose usage is asked for.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
struct Who {
    /// Role, by name or ARN
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// IAM user, by name or ARN
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// All roles
    #[arg(long)]
    all_roles: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// A column for each member of a record
    Cloudtrail,
    /// OCSF 1.1.0
    SecurityLake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// Amazon Athena, engine version 3
    Athena,
    /// CloudTrail Lake
    Lake,
    /// Apache Spark 4
    Spark,
    /// DuckDB
    #[value(name = "duckdb")]
    DuckDb,
}

impl Engine {
    fn dialect(self) -> Dialect {
        match self {
            Self::Athena => Dialect::Athena,
            Self::Lake => Dialect::Lake,
            Self::Spark => Dialect::Spark,
            Self::DuckDb => Dialect::DuckDb,
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let query = match (&args.who.role, &args.who.user) {
        (Some(role), _) => principal::query(PrincipalKind::Role, role)?,
        (None, Some(user)) => principal::query(PrincipalKind::User, user)?,
        (None, None) => RoleQuery::every(PrincipalKind::Role),
    };
    let request = Request {
        dialect: args.dialect.dialect(),
        relations: args.relations()?,
        schema: args.schema()?,
        query: &query,
        window: args.window(context.now)?,
        accounts: args.account.clone(),
        regions: args.region.clone(),
        catalog: Catalog::bundled(),
    };
    let text = if args.spark_job {
        request.spark_job()
    } else {
        request.sql()
    };
    let written = context.output.writer().write_all(text.as_bytes());
    written.map_err(Failure::from)?;
    Ok(Exit::Done)
}

impl Args {
    fn relations(&self) -> Result<Vec<Relation>, Failure> {
        let wrong = |problem: String| Failure::new(Exit::WrongCommandLine, problem);
        let dialect = self.dialect.dialect();
        let table = |table: &str| {
            let found = match dialect {
                Dialect::Lake => Relation::store(table),
                _ => Relation::table(table),
            };
            found.map_err(|error| wrong(format!("--table: {error}")))
        };
        if dialect == Dialect::Lake && self.table.len() > 1 {
            return Err(wrong(
                "--table: expected one event data store, found several".to_owned(),
            ));
        }
        match &self.files {
            Some(_) if dialect != Dialect::DuckDb => Err(wrong(format!(
                "--files: expected `--dialect duckdb`, which reads files by itself, found `{dialect}`"
            ))
            .hint("give a table with `--table`")),
            Some(files) => Ok(vec![Relation::files(files)]),
            None if self.spark_job && dialect != Dialect::Spark => Err(wrong(format!(
                "--spark-job: expected `--dialect spark`, found `{dialect}`"
            ))),
            None if self.table.is_empty() => table(SPARK_VIEW).map(|one| vec![one]),
            None => self.table.iter().map(|one| table(one)).collect(),
        }
    }

    fn schema(&self) -> Result<Schema, Failure> {
        let mut schema = match self.schema {
            _ if self.dialect == Engine::Lake => return Ok(Schema::event_data_store()),
            Layout::Cloudtrail => Schema::standard(),
            Layout::SecurityLake => Schema::security_lake(),
        };
        let is_table = self.files.is_none() && !self.spark_job;
        if is_table {
            let columns = columns(self.config.as_deref())?;
            schema = with_columns(schema, &columns)?;
        }
        if self.unpartitioned || self.files.is_some() {
            schema.partitions = crate::sql::Partitions::default();
        }
        Ok(schema)
    }

    fn window(&self, now: Timestamp) -> Result<Window, Failure> {
        let read = |flag: &str, text: &Option<String>, end| {
            let moment = text.as_deref().map(|text| parse_moment(text, now, end));
            let wrong = |error| Failure::new(Exit::WrongCommandLine, format!("--{flag}: {error}"));
            moment.transpose().map_err(wrong)
        };
        Ok(Window {
            since: read("since", &self.since, DayEnd::Start)?,
            until: read("until", &self.until, DayEnd::End)?,
        })
    }
}
