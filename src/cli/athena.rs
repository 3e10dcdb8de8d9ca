//! `polgen athena ddl`: prints the table that `--athena` and `polgen sql` ask.

use clap::{Args as ClapArgs, Subcommand};

use super::{Context, Exit, Failure};
use crate::sql::{TableLayout, ddl};

/// Print the table of a trail in Athena
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ddl(Ddl),
}

/// Print the statement that makes the table
///
/// The table is parted by account, region and day without anything to keep up: Athena tells the folders from their names. Run the
/// statement once, in the console or with `aws athena start-query-execution`.
#[derive(Debug, ClapArgs)]
#[command(
    override_usage = "polgen athena ddl [OPTIONS] --location <LOCATION>\n           --account <ACCOUNT> --region <REGION>"
)]
struct Ddl {
    /// Folder that holds the accounts: `s3://BUCKET/AWSLogs`, with `/o-ORGANIZATION` for an organization's trail
    #[arg(long, value_name = "s3://BUCKET/AWSLogs")]
    location: String,

    /// Name of the table: `TABLE` or `DATABASE.TABLE`
    #[arg(long, value_name = "TABLE", default_value = "cloudtrail_logs")]
    table: String,

    /// Account whose trail is there; can be repeated
    #[arg(long, value_name = "ACCOUNT", required = true)]
    account: Vec<String>,

    /// Region whose trail is there; can be repeated
    #[arg(long, value_name = "REGION", required = true)]
    region: Vec<String>,

    /// First day of the trail
    #[arg(long, value_name = "DATE", default_value = "2023-01-01")]
    since: jiff::civil::Date,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let Command::Ddl(args) = &args.command;
    let wrong = |flag: &str, wanted: &str, found: &str| {
        let problem = format!("--{flag}: expected {wanted}, found `{found}`");
        Failure::new(Exit::WrongCommandLine, problem)
    };
    let is_place = args.location.starts_with("s3://") && args.location.len() > "s3://".len();
    if !is_place {
        return Err(wrong("location", "`s3://BUCKET/AWSLogs`", &args.location));
    }
    for account in &args.account {
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("account", "the twelve digits of an account", account));
        }
    }
    let is_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    for region in &args.region {
        if region.is_empty() || !region.bytes().all(is_region) {
            return Err(wrong("region", "a region such as `eu-central-1`", region));
        }
    }
    let statement = ddl(&TableLayout {
        name: args.table.split('.').map(str::to_owned).collect(),
        location: args.location.clone(),
        accounts: args.account.clone(),
        regions: args.region.clone(),
        first_day: args.since.strftime("%Y/%m/%d").to_string(),
    });
    context.output.writer().write_all(statement.as_bytes())?;
    Ok(Exit::Done)
}
