//! `polgen check`: the gate. Policies in files against rules, against the base branch, and against use.

mod allowed;
mod base;
mod files;
mod usage;

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::input::Input;
use super::parameters::Parameters;
use super::progress::Waiting;
use super::verdict::{Level, exit};
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::check::{Outcome, Used, check, rules};
use crate::finding::Counts;
use crate::report::{Found, annotations, findings_json, findings_text, plain, plural, sarif};
use base::Compared;
use files::Code;

/// Check policies in files: by rules, against a base, against use
///
/// Reads roles and policies from infrastructure code (`CloudFormation`, SAM, Serverless, Terraform) and from policy files, and tells
/// with file and line what is wrong with them. With `--base`, only what the change brings counts: new access (by proof), new
/// wildcards, managed policies, new faults. With `--role` and a trail, also what is granted and not used, and which seen call would
/// be denied.
///
/// Findings that are known and right are allowed in `polgen.toml`, with a reason and a last day.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// File or folder of a Terraform module, or `FILE#NAME` for one role or policy
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,

    /// Count only what is not at this git revision, e.g. `origin/main`
    #[arg(long, value_name = "REF")]
    base: Option<String>,

    /// Role whose use is compared; can be repeated
    ///
    /// `ROLE` by name or ARN, or `ROLE=NAME` where NAME is what the code calls it. Without NAME it is the role of that name in the
    /// code, or the only one. The trail is named with `--trail` or `--usage`.
    #[arg(long, value_name = "ROLE[=NAME]")]
    role: Vec<String>,

    /// Findings milder than this do not change the exit code
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = Level::Informational, hide_possible_values = true)]
    fail_on: Level,

    /// Fail too where something could not be checked
    #[arg(long)]
    strict: bool,

    /// What to print: text, json, sarif, or github (annotations)
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    format: Format,

    /// Allowed findings [default: the nearest polgen.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Let entries count that this change adds to the allowed findings
    ///
    /// With `--base`, an entry of `polgen.toml` that is not at the revision is told as a finding and silences nothing. With this it
    /// silences, and is counted as allowed itself.
    #[arg(long, requires = "base")]
    accept_allows: bool,

    /// Tell of each rule why it is there and how to mend it, and list what is allowed
    #[arg(long, short)]
    verbose: bool,

    #[command(flatten)]
    parameters: Parameters,

    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each finding
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Commands to GitHub's workflow runner
    Github,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let known = args.parameters.known()?;
    let mut decided = allowed::read(args, &folders(&args.files), context)?;
    let mut code = Vec::new();
    for file in &args.files {
        code.push(files::read(file, &known)?);
    }
    let waiting = Waiting::new("reading the files and their base");
    let compared = match &args.base {
        Some(revision) => base::read(revision, &code, &known)?,
        None => Compared::default(),
    };
    drop(waiting);
    let used = usage::of(args, &code, &compared, context)?;
    let waiting = Waiting::new("proving what is new");
    let mut outcome = Outcome::default();
    for (file, one) in code.iter().enumerate() {
        for (at, subject) in one.subjects.iter().enumerate() {
            let before = compared.before(file, at, &subject.id);
            let used = used.iter().filter(|used| used.is_of(file, at));
            let mut rounds: Vec<Option<&Used>> = used.map(|one| Some(&one.used)).collect();
            if rounds.is_empty() {
                rounds.push(None);
            }
            for used in rounds {
                outcome.add(check(subject, before, used, Catalog::bundled()));
            }
        }
    }
    drop(waiting);
    outcome.findings.extend(decided.added);
    outcome.findings.sort();
    outcome.findings.dedup();
    decided.list.apply(&mut outcome.findings);
    let remarks = [
        compared.remarks,
        decided.remarks,
        decided.list.remarks(&rules()),
    ];
    let found = Found {
        counts: Counts::of(&outcome.findings, outcome.passed),
        looked_at: looked_at(&code),
        known_before: outcome.known_before,
        remarks: remarks.concat(),
        findings: outcome.findings,
    };
    print(args, &found, context)?;
    Ok(exit(&found.counts, args.fail_on, args.strict))
}

fn print(args: &Args, found: &Found, context: &mut Context) -> Result<(), Failure> {
    let pretty = |value| serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    let text = match args.format {
        Format::Text => findings_text(found, args.verbose),
        Format::Json => pretty(findings_json(found)),
        Format::Sarif => pretty(sarif(found, &rules())),
        Format::Github => annotations(found),
    };
    context.output.text(&text)?;
    for remark in &found.remarks {
        anstream::eprintln!("warning: {}", plain(remark));
    }
    Ok(())
}

fn looked_at(code: &[Code]) -> String {
    let subjects = code.iter().map(|one| one.subjects.len()).sum();
    format!(
        "{} in {}",
        plural(subjects, "role or policy", "roles and policies"),
        plural(code.len(), "file", "files")
    )
}

/// Where the files lie, for the file with decisions beside them.
fn folders(files: &[String]) -> Vec<PathBuf> {
    let folder = |file: &String| {
        let path = Path::new(files::path_of(file));
        if path.is_dir() {
            path.to_owned()
        } else {
            path.parent().unwrap_or(path).to_owned()
        }
    };
    files.iter().map(folder).collect()
}
