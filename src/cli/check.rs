//! `polgen check`: the gate. Policies in files against rules, against the base branch, and against use.

mod base;
mod files;
mod usage;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::decisions;
use super::input::Input;
use super::parameters::Parameters;
use super::verdict::{Level, exit};
use super::{Context, Exit, Failure};
use crate::catalog::Catalog;
use crate::check::{Before, Outcome, Used, check, rules};
use crate::finding::Counts;
use crate::harden::all_rules;
use crate::report::{Found, annotations, findings_json, findings_text, plain, plural, sarif};
use crate::template::{Content, Policy, Subject};
use crate::time::day_of;
use files::Code;
pub(super) use files::failure;

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
    let list = decisions::find(args.config.as_deref(), &folders(&args.files))?;
    let mut list = match &list {
        Some(config) => config.allow_list(day_of(context.now), &all_rules()),
        None => Ok(crate::config::AllowList::default()),
    }
    .map_err(decisions::failure)?;
    let mut code = Vec::new();
    for file in &args.files {
        code.push(files::read(file, &known)?);
    }
    let old = args
        .base
        .as_deref()
        .map(|revision| base::read(revision, &code, &known))
        .transpose()?;
    let used = usage::of(args, &code, context)?;
    let mut outcome = Outcome::default();
    for (index, one) in code.iter().enumerate() {
        let was = old.as_ref().and_then(|old| old.get(index));
        // What a role gains is told at the role, unless nobody compared that role with what it was and held.
        let parts = was.map(|was| &parts(one) & &parts(was)).unwrap_or_default();
        for subject in &one.subjects {
            let before = match was {
                None => Before::Nothing,
                Some(was) => was.subject(&subject.id).map_or(Before::Absent, Before::Was),
            };
            let is_part = parts.contains(&subject.id);
            let used = used.iter().filter(|used| used.is_of(index, &subject.id));
            let mut rounds: Vec<Option<&Used>> = used.map(|one| Some(&one.used)).collect();
            if rounds.is_empty() {
                rounds.push(None);
            }
            for used in rounds {
                outcome.add(check(subject, (before, is_part), used, Catalog::bundled()));
            }
        }
    }
    outcome.findings.dedup();
    list.apply(&mut outcome.findings);
    let found = Found {
        counts: Counts::of(&outcome.findings, outcome.passed),
        looked_at: looked_at(&code),
        known_before: outcome.known_before,
        remarks: list.remarks(&rules()),
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

/// Policies that a role of the same file holds, of which all is known.
fn parts(code: &Code) -> BTreeSet<String> {
    let is_known = |subject: &&Subject| {
        let is_whole = subject.unresolved.is_empty();
        let is_open = |policy: &Policy| matches!(policy.content, Content::Managed(_));
        is_whole && !subject.policies.iter().any(is_open)
    };
    let held = |subject: &Subject| {
        let id = subject.id.clone();
        let policies = subject.policies.iter().map(|policy| policy.origin.clone());
        policies.filter(|origin| *origin != id).collect::<Vec<_>>()
    };
    code.subjects
        .iter()
        .filter(is_known)
        .flat_map(held)
        .collect()
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
