//! The guided session: one finding after the other, by area, with an answer for each, kept so that one can stop and go on.
//!
//! Questions go to standard error, answers come from standard input, one a line. Where the input ends, nothing more is asked: so the same
//! command without anybody at it goes through all in one go. The report goes to standard output.

mod state;
mod summary;

use std::io::{self, BufRead, Write as _};
use std::path::PathBuf;

use super::Args;
use crate::cli::{Context, Exit, Failure};
use crate::finding::{Area, Finding};
use crate::harden::fix::{Fix, plan};
use crate::posture::{Origin, Posture};
use crate::report::fixes::{fixes_aws_cli, fixes_cloudformation, fixes_terraform};
use crate::report::{Found, plain, plural};
use state::{Answer, State};

/// Where answers are kept, unless `--session` says so.
const FILE: &str = "polgen-harden.json";

/// Areas in the order in which they are gone through, with their titles.
const AREAS: [(Area, &str); 5] = [
    (Area::Iam, "IAM"),
    (Area::S3, "S3"),
    (Area::CloudFormation, "CloudFormation"),
    (Area::Lambda, "Lambda"),
    (Area::Vpc, "VPC"),
];

/// How a question went.
enum Step {
    Next,
    NextArea,
    Stop,
}

/// Goes through the findings, and writes the report.
pub(super) fn run(
    args: &Args,
    posture: &Posture,
    found: &Found,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let path = args.session.clone().unwrap_or_else(|| PathBuf::from(FILE));
    let mut state = State::read(&path)?;
    let before = state.count(&found.findings);
    let mut input = io::stdin().lock();
    'areas: for (area, title) in AREAS {
        let of_area = |one: &&Finding| one.counts() && one.rule.area == area;
        let open: Vec<&Finding> = found.findings.iter().filter(of_area).collect();
        let open: Vec<&Finding> = open
            .into_iter()
            .filter(|one| !state.has(&one.id()))
            .collect();
        if open.is_empty() {
            continue;
        }
        say(&format!(
            "\n{title}: {} to decide on",
            plural(open.len(), "finding", "findings")
        ))?;
        for finding in open {
            match ask(finding, posture, &mut state, &mut input)? {
                Step::Next => state.write(&path)?,
                Step::NextArea => break,
                Step::Stop => break 'areas,
            }
        }
    }
    let report = summary::report(posture, found, &state, before);
    context.output.text(&report)?;
    Ok(Exit::Done)
}

/// Asks about one finding until the answer is one.
fn ask(
    finding: &Finding,
    posture: &Posture,
    state: &mut State,
    input: &mut impl BufRead,
) -> Result<Step, Failure> {
    let place = &finding.place;
    let used = finding.used.as_ref().map(|used| format!("; {used}"));
    say(&format!(
        "\n{} {}: {}: {}{}\n  {}:{}\n  {}",
        finding.rule.severity.as_str(),
        finding.rule.name,
        plain(&place.resource),
        plain(&finding.what),
        plain(&used.unwrap_or_default()),
        plain(&place.file),
        place.line,
        finding.rule.why
    ))?;
    loop {
        say("[m]end, [a]llow, [l]ater, [c]hange (show it), [n]ext area, [q]uit? ")?;
        let Some(line) = answer(input)? else {
            return Ok(Step::Stop);
        };
        match line.as_str() {
            "m" | "mend" => {
                state.set(finding, Answer::Mend);
                return Ok(Step::Next);
            }
            "l" | "later" => {
                state.set(finding, Answer::Later);
                return Ok(Step::Next);
            }
            "a" | "allow" => {
                say("why is it right? ")?;
                match answer(input)? {
                    None => return Ok(Step::Stop),
                    Some(reason) if reason.is_empty() => say("an entry needs a reason\n")?,
                    Some(reason) => {
                        state.set(finding, Answer::Allow(reason));
                        return Ok(Step::Next);
                    }
                }
            }
            "c" | "change" => {
                let fixes = plan(posture, std::slice::from_ref(finding));
                say(&format!("\n{}", change(&fixes)))?;
            }
            "n" | "next" => return Ok(Step::NextArea),
            "q" | "quit" => return Ok(Step::Stop),
            _ => say("expected m, a, l, c, n or q\n")?,
        }
    }
}

/// The change in the language of what was found.
fn change(fixes: &[Fix]) -> String {
    let all: Vec<&Fix> = fixes.iter().collect();
    match all.first().map(|fix| fix.target.origin) {
        Some(Origin::CloudFormation) => fixes_cloudformation(&all),
        Some(Origin::Terraform) => fixes_terraform(&all),
        Some(Origin::Aws) | None => fixes_aws_cli(&all),
    }
}

/// Reads an answer; none where the input ends.
fn answer(input: &mut impl BufRead) -> Result<Option<String>, Failure> {
    const LONGEST: u64 = 4096;
    let mut line = String::new();
    let read = io::Read::take(&mut *input, LONGEST).read_line(&mut line);
    let count =
        read.map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")))?;
    Ok((count > 0).then(|| line.trim().to_owned()))
}

fn say(words: &str) -> Result<(), Failure> {
    let mut stderr = anstream::stderr().lock();
    let written = write!(stderr, "{words}").and_then(|()| stderr.flush());
    written.map_err(|error| Failure::new(Exit::Failed, format!("standard error: {error}")))
}
