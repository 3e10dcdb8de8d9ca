//! `polgen catalog`: look up services, actions, resource types, operations and what CloudTrail shows of them.

mod folder;
mod look;
mod operation;
mod stats;
mod words;

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::catalog::lint::lint;
use crate::nearest::nearest;
use crate::report::plural;

/// Look up services, actions, resource types and operations
///
/// Without a name it lists the services. A name is a service's prefix (`s3`), an action (`s3:GetObject`, with wildcards
/// `s3:Get*`), or the name or ARN of an AWS managed policy.
#[derive(Debug, ClapArgs)]
#[command(
    override_usage = "polgen catalog [OPTIONS] [NAME] [RESOURCE-TYPE]\n       polgen catalog [OPTIONS] <COMMAND>"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Option<Task>,

    /// Service, action or AWS managed policy
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Resource type of the service
    #[arg(value_name = "RESOURCE-TYPE", requires = "name")]
    resource_type: Option<String>,

    /// Operation, as CloudTrail names it
    #[arg(long, value_name = "EVENT-SOURCE:EVENT-NAME", conflicts_with = "name")]
    operation: Option<String>,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Check the files of a catalog folder
    Lint {
        /// Folder to check
        #[arg(default_value = "action-catalog")]
        folder: PathBuf,
    },
    /// Count what the catalog covers, by service
    Stats,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Words and tables
    Text,
    /// JSON
    Json,
}

/// What was found, in both forms.
struct Answer {
    json: Value,
    lines: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let catalog = Catalog::bundled();
    refuse_name_before_task(args)?;
    let (answer, exit) = match &args.task {
        Some(Task::Lint { folder }) => checked(folder)?,
        Some(Task::Stats) => (stats::stats(catalog), Exit::Done),
        None => (look_up(args, catalog)?, Exit::Done),
    };
    match args.format {
        Format::Text => {
            for line in answer.lines {
                context.output.line(&line)?;
            }
        }
        Format::Json => context.output.line(&format!("{:#}", answer.json))?,
    }
    Ok(exit)
}

/// Refuses a look-up and a task in one call; options may stand before the task.
fn refuse_name_before_task(args: &Args) -> Result<(), Failure> {
    let asked = args.operation.as_ref().or(args.name.as_ref());
    match (&args.task, asked) {
        (Some(task), Some(asked)) => {
            let task = match task {
                Task::Lint { .. } => "lint",
                Task::Stats => "stats",
            };
            let problem = format!("`{task}` takes no name before it, found `{asked}`");
            Err(Failure::new(Exit::WrongCommandLine, problem))
        }
        _ => Ok(()),
    }
}

/// Finds what was asked for.
fn look_up(args: &Args, catalog: &Catalog) -> Result<Answer, Failure> {
    if let Some(operation) = &args.operation {
        return operation::operation(catalog, operation);
    }
    match (&args.name, &args.resource_type) {
        (None, _) => Ok(look::services(catalog)),
        (Some(name), Some(kind)) => look::resource_type(catalog, name, kind),
        (Some(name), None) => look::name(catalog, name),
    }
}

/// Checks a folder; complaints are data, and the exit code says that there are some.
fn checked(folder: &Path) -> Result<(Answer, Exit), Failure> {
    let files = folder::read(folder)?;
    let complaints = lint(&files);
    let exit = if complaints.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    };
    let found = complaints
        .iter()
        .map(|complaint| json!({ "place": complaint.place, "problem": complaint.problem }));
    let json = json!({ "files": files.len(), "complaints": found.collect::<Vec<_>>() });
    let mut lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    let said = plural(complaints.len(), "complaint", "complaints");
    lines.push(format!("{}, {said}", plural(files.len(), "file", "files")));
    Ok((Answer { json, lines }, exit))
}

/// The refusal of a name that nobody knows, with the nearest that are known.
fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("the catalog has no {what} `{name}`"));
    let near = nearest(name, known, 3);
    match near.as_slice() {
        [] => failure,
        near => {
            let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
            failure.hint(format!("did you mean {}?", near.join(", ")))
        }
    }
}
