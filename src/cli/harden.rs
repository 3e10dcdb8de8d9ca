//! `polgen harden`: what is configured, against what must be mended before production.

#[cfg(feature = "aws")]
mod apply;
mod baseline;
mod commands;
mod fix;
mod read;
mod session;
mod usage;

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::decisions;
use super::live::Live;
use super::parameters::Parameters;
use super::verdict::{Level, exit};
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::config::AllowList;
use crate::finding::Counts;
use crate::harden::{all_rules, harden, mark, rules};
use crate::posture::Posture;
use crate::report::{Found, findings_json, findings_markdown, findings_text, plain, plural, sarif};
use crate::time::day_of;

/// Find what must be mended before production, and how
///
/// Looks at buckets, roles, stacks, functions and security groups in infrastructure code (`CloudFormation`, SAM, what the CDK makes,
/// Terraform's files and plans), in saved answers of the AWS CLI and in AWS itself, and tells what is open, unprotected or out of
/// support. AWS is only read, unless `--fix apply` is given. What cannot be read is told as "not checked", never as passed.
///
/// Findings that are known and right are allowed in `polgen.toml`, with a reason and a last day.
#[derive(Debug, ClapArgs)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Args {
    /// File, folder of a Terraform module, or folder that the CDK wrote
    #[arg(value_name = "FILE")]
    files: Vec<String>,

    /// Folder of saved answers of the AWS CLI; can be repeated
    #[arg(long, value_name = "FOLDER")]
    saved: Vec<String>,

    /// Print the commands that save answers, and do nothing else
    #[arg(long, conflicts_with = "files")]
    print_commands: bool,

    /// List all rules, with whose side each is and what it serves
    #[arg(long)]
    list_rules: bool,

    /// Usage file; what the roles of --role touch comes first
    #[arg(long, value_name = "FILE")]
    usage: Vec<String>,

    /// Trail file or folder in place of a usage file
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    trail: Vec<String>,

    /// Findings milder than this do not change the exit code
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = Level::Informational, hide_possible_values = true)]
    fail_on: Level,

    /// Fail too where something could not be checked
    #[arg(long)]
    strict: bool,

    /// `plan` prints the changes that mend the findings, `apply` makes them
    ///
    /// In the language of what they were found in, or in that of `--format`. A bucket's policy is merged: what it says is kept, and it is
    /// proved that nothing is denied that comes over TLS. With `apply` what is safe to change in AWS is changed after `--yes`: public access
    /// blocks, the statements about TLS, versioning, default encryption, termination protection.
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true)]
    fix: Option<fix::Mode>,

    /// With `--fix apply`: do it, instead of showing it
    #[arg(long, requires = "fix", hide_short_help = true)]
    yes: bool,

    /// With `--fix apply`: where to write what was there [default: polgen-rollback-ACCOUNT-DATE.json]
    #[arg(long, value_name = "FILE", requires = "fix", hide_short_help = true)]
    rollback_file: Option<PathBuf>,

    /// Go through the findings one by one, and write a report
    ///
    /// Answers come from standard input, a line each, and are kept in a file, so that one can stop and go on. Where the input ends
    /// nothing more is asked.
    #[arg(long, short, conflicts_with_all = ["fix", "write_baseline"])]
    interactive: bool,

    /// Where the answers are kept [default: polgen-harden.json]
    #[arg(
        long,
        value_name = "FILE",
        requires = "interactive",
        hide_short_help = true
    )]
    session: Option<PathBuf>,

    /// Findings that are in this file do not count
    #[arg(long, value_name = "FILE", conflicts_with = "write_baseline")]
    baseline: Option<PathBuf>,

    /// Write the findings that count into a file for `--baseline`, and end well
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,

    /// text, json, sarif, markdown; with --fix aws-cli, cloudformation, terraform
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    format: Format,

    /// Allowed findings [default: the nearest polgen.toml]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    config: Option<PathBuf>,

    /// Tell of each rule why it is there and how to mend it, and list what is allowed
    #[arg(long, short)]
    verbose: bool,

    #[command(flatten)]
    names: commands::Names,

    #[command(flatten)]
    parameters: Parameters,

    #[command(flatten)]
    live: Live,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each finding
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A report for people
    Markdown,
    /// Changes as commands
    AwsCli,
    /// Changes as a fragment of a template
    Cloudformation,
    /// Changes as Terraform's blocks
    Terraform,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if args.list_rules {
        return commands::list_rules(context);
    }
    if args.print_commands {
        return args
            .names
            .print(args.saved.first().map(String::as_str), context);
    }
    let is_language = matches!(
        args.format,
        Format::AwsCli | Format::Cloudformation | Format::Terraform
    );
    if args.fix.is_none() && is_language {
        let problem =
            "--format: expected text, json, sarif or markdown, found a language for changes";
        return Err(Failure::new(Exit::WrongCommandLine, problem).hint("add `--fix plan`"));
    }
    let posture = read::all(args, day_of(context.now))?;
    let found = look(args, &posture, context)?;
    if let Some(path) = &args.write_baseline {
        let count = baseline::write(path, &found.findings)?;
        anstream::eprintln!(
            "{} in {}",
            plural(count, "finding", "findings"),
            path.display()
        );
        return Ok(Exit::Done);
    }
    if args.interactive {
        return session::run(args, &posture, &found, context);
    }
    if args.fix == Some(fix::Mode::Apply) {
        return fix::apply(args, &posture, &found.findings, context);
    }
    if args.fix.is_some() {
        fix::print(&posture, &found.findings, args.format, context)?;
        return Ok(Exit::Done);
    }
    print(args, &found, context)?;
    Ok(exit(&found.counts, args.fail_on, args.strict))
}

/// Finds, and marks what is allowed.
fn look(args: &Args, posture: &Posture, context: &Context) -> Result<Found, Failure> {
    let path = decisions::path(args.config.as_deref(), &folders(args))?;
    let config = path.map(|path| decisions::read(&path)).transpose()?;
    let mut list = match &config {
        Some(config) => config.allow_list(day_of(context.now), &all_rules()),
        None => Ok(AllowList::default()),
    }
    .map_err(decisions::failure)?;
    let mut outcome = harden(posture, Catalog::bundled());
    list.apply(&mut outcome.findings);
    mark(&mut outcome.findings, posture, &usage::of(args, context)?);
    let known_before = match &args.baseline {
        Some(path) => baseline::apply(path, &mut outcome.findings)?,
        None => 0,
    };
    Ok(Found {
        counts: Counts::of(&outcome.findings, outcome.passed),
        looked_at: looked_at(posture),
        known_before,
        remarks: list.remarks(&rules()),
        findings: outcome.findings,
    })
}

fn print(args: &Args, found: &Found, context: &mut Context) -> Result<(), Failure> {
    let pretty = |value| serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    let text = match args.format {
        Format::Text => findings_text(found, args.verbose),
        Format::Json => pretty(findings_json(found)),
        Format::Sarif => pretty(sarif(found, &rules())),
        Format::Markdown => findings_markdown(found, "Hardening"),
        Format::AwsCli | Format::Cloudformation | Format::Terraform => String::new(),
    };
    context.output.text(&text)?;
    for remark in &found.remarks {
        anstream::eprintln!("warning: {}", plain(remark));
    }
    Ok(())
}

fn looked_at(posture: &Posture) -> String {
    let counts = [
        (posture.accounts.len(), "account", "accounts"),
        (posture.buckets.len(), "bucket", "buckets"),
        (posture.access_points.len(), "access point", "access points"),
        (posture.stacks.len(), "stack", "stacks"),
        (posture.functions.len(), "function", "functions"),
        (
            posture.security_groups.len(),
            "security group",
            "security groups",
        ),
        (posture.roles.len(), "role or policy", "roles and policies"),
    ];
    let there = counts.into_iter().filter(|(count, ..)| *count > 0);
    let mut words: Vec<String> = there
        .map(|(count, one, many)| plural(count, one, many))
        .collect();
    match (words.len(), words.pop()) {
        (_, None) => "nothing that is looked at".to_owned(),
        (1, Some(only)) => only,
        (_, Some(last)) => format!("{} and {last}", words.join(", ")),
    }
}

/// Where the files lie, for the file with decisions beside them.
fn folders(args: &Args) -> Vec<PathBuf> {
    let folder = |file: &String| {
        let path = Path::new(file);
        if path.is_dir() {
            path.to_owned()
        } else {
            path.parent().unwrap_or(path).to_owned()
        }
    };
    args.files.iter().chain(&args.saved).map(folder).collect()
}
