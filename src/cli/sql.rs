//! `polgen sql`: prints the query that folds a trail inside an engine; its result is read with `--usage FILE.csv`.

use clap::{Args as ClapArgs, ValueEnum};

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
    /// Engine: athena, spark or duckdb
    #[arg(long, value_enum, value_name = "ENGINE", hide_possible_values = true)]
    dialect: Engine,

    /// Table of the trail: `TABLE`, `DATABASE.TABLE` or `CATALOG.DATABASE.TABLE`
    #[arg(long, value_name = "TABLE", required_unless_present_any = ["files", "spark_job"])]
    table: Option<String>,

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
enum Engine {
    /// Amazon Athena, engine version 3
    Athena,
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
        relation: args.relation()?,
        schema: args.schema(),
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
    fn relation(&self) -> Result<Relation, Failure> {
        let wrong = |problem: String| Failure::new(Exit::WrongCommandLine, problem);
        let dialect = self.dialect.dialect();
        match (&self.files, &self.table) {
            (Some(_), _) if dialect != Dialect::DuckDb => Err(wrong(format!(
                "--files: expected `--dialect duckdb`, which reads files by itself, found `{dialect}`"
            ))
            .hint("give a table with `--table`")),
            (Some(files), _) => Ok(Relation::files(files)),
            (None, _) if self.spark_job && dialect != Dialect::Spark => Err(wrong(format!(
                "--spark-job: expected `--dialect spark`, found `{dialect}`"
            ))),
            (None, None) => Relation::table(SPARK_VIEW)
                .map_err(|error| wrong(format!("--table: {error}"))),
            (None, table) => {
                let table = table.as_deref().unwrap_or_default();
                let table = Relation::table(table);
                table.map_err(|error| wrong(format!("--table: {error}")))
            }
        }
    }

    fn schema(&self) -> Schema {
        let mut schema = Schema::standard();
        if self.unpartitioned || self.files.is_some() {
            schema.partitions = crate::sql::Partitions::default();
        }
        if self.files.is_some() {
            schema.columns = Vec::new();
        }
        schema
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
