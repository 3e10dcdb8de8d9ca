//! `polgen comment`: one comment on a pull request, which says what roles would gain and lose, and whether that is needed.
//!
//! Roles are looked at one after another, each as `suggest` would; flags of `suggest` that change that stand behind `--`.

mod base;
mod destination;

use clap::{Args as ClapArgs, Parser};

use super::suggest::{self, Assessed};
use super::{Context, Exit, Failure};
use crate::diff::Proposal;
use crate::report::{Change, Comment, Notice, Unseen};
use base::Before;
use destination::Destination;

/// Say on a pull request what a role would gain and lose
///
/// Writes one comment in Markdown: a verdict, a row for each role, the change, the proof that nothing is gained or a request that
/// shows the contrary, and the evidence. Without `--base`, the change is the one that polgen suggests. With it, the change is what
/// the working tree makes of the policies at that commit, the calls seen are replayed over it, and what nobody uses is said.
///
/// Without `--github` or `--gitlab` the comment goes to standard output. There, it is created once and then updated in place: it
/// begins with a hidden marker for each role. The token is read from the environment: `GITHUB_TOKEN` or `GH_TOKEN` with
/// `pull-requests: write`, or `GITLAB_TOKEN`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Role to look at, by name or ARN; can be repeated
    #[arg(long, value_name = "ROLE", required = true, help_heading = "Input")]
    role: Vec<String>,

    /// What it may do today, e.g. template.yaml#AppRole
    ///
    /// As for `suggest`. With one role it can be repeated; with several, give one for each role in the same order, its parts joined
    /// by `+`.
    #[arg(long, value_name = "POLICY", help_heading = "Input")]
    current: Vec<String>,

    /// Compare with the policies as they are at this commit
    ///
    /// A branch, a tag or a commit, such as `origin/main`. The files that `--current` names are read there with `git`; a file that is
    /// not there yet granted nothing.
    #[arg(long, value_name = "REF", requires = "current", help_heading = "Input")]
    base: Option<String>,

    /// Trail file, folder, `s3://BUCKET/PREFIX` or `-`
    #[arg(long, value_name = "PATH", help_heading = "Input")]
    trail: Vec<String>,

    /// Usage file in place of a trail
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    usage: Vec<String>,

    /// Only events since this date (2026-06-01) or age (90d)
    #[arg(long, value_name = "WHEN", help_heading = "Input")]
    since: Option<String>,

    /// Only events up to this date, which is included, or age
    #[arg(long, value_name = "WHEN", help_heading = "Input")]
    until: Option<String>,

    /// Go on although parts of the input cannot be read
    #[arg(long, help_heading = "Input")]
    allow_gaps: bool,

    /// Value of a reference in infrastructure code; can be repeated
    #[arg(
        long,
        value_name = "NAME=VALUE",
        hide_short_help = true,
        help_heading = "Input"
    )]
    parameter: Vec<String>,

    #[command(flatten)]
    destination: Destination,

    /// Flags of `polgen suggest` that shape the suggestion
    #[arg(last = true, value_name = "SUGGEST FLAGS")]
    rest: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    // Before anything is read: a comment that has nowhere to go is not worth it.
    let target = args.destination.target()?;
    let mut parsed = Vec::new();
    for (index, role) in args.role.iter().enumerate() {
        let current = args.current_of(index)?;
        parsed.push((args.parsed(role, &current)?, current));
    }
    let list: Vec<&suggest::Args> = parsed.iter().map(|(one, _)| one).collect();
    let assessed = suggest::assessed_all(&list, context)?;
    let mut subjects = Vec::new();
    let mut unseen = Vec::new();
    let mut refused = None;
    for ((assessed, (_, current)), role) in assessed.into_iter().zip(&parsed).zip(&args.role) {
        let assessed = match assessed {
            Ok(assessed) => assessed,
            // One that did nothing does not keep the others from what is said of them.
            Err(failure) if failure.exit() == Exit::NoEvent => {
                unseen.push(Unseen {
                    role: role.clone(),
                    why: failure.message().to_owned(),
                });
                refused.get_or_insert(failure);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        for one in assessed {
            let before = match &args.base {
                Some(reference) => Some(base::before(reference, current, &one)?),
                None => None,
            };
            subjects.push(Subject::new(one, before));
        }
    }
    if let (Some(failure), true) = (refused, subjects.is_empty()) {
        return Err(failure);
    }
    let notices: Vec<Notice<'_>> = subjects.iter().map(|one| one.notice(args)).collect();
    let url = args.destination.report_url();
    let comment = Comment {
        notices: &notices,
        unseen: &unseen,
        report_url: url.as_deref(),
        most_characters: target.most_characters(),
    };
    target.put(&comment.markers(), &comment.write(), context)?;
    Ok(Exit::Done)
}

/// A role with all that is said of it.
struct Subject {
    assessed: Assessed,
    change: Option<(Before, Proposal)>,
}

impl Subject {
    fn new(assessed: Assessed, before: Option<Before>) -> Self {
        let change = before.map(|before| {
            let proposal = before.proposal(&assessed);
            (before, proposal)
        });
        Self { assessed, change }
    }

    fn notice<'a>(&'a self, args: &'a Args) -> Notice<'a> {
        Notice {
            report: &self.assessed.report,
            current: &self.assessed.current.policies,
            change: self.change.as_ref().map(|(before, proposal)| Change {
                before: &before.current.policies,
                proposal,
                base: args.base.as_deref().unwrap_or_default(),
            }),
        }
    }
}

/// The arguments of `suggest`, for their defaults.
#[derive(Debug, Parser)]
struct Suggest {
    #[command(flatten)]
    args: suggest::Args,
}

impl Args {
    /// The policies of one of the roles.
    fn current_of(&self, index: usize) -> Result<Vec<String>, Failure> {
        if self.role.len() == 1 || self.current.is_empty() {
            return Ok(self.current.clone());
        }
        if self.current.len() != self.role.len() {
            let problem = format!(
                "--current: expected one for each of {} roles, found {}",
                self.role.len(),
                self.current.len()
            );
            return Err(Failure::new(Exit::WrongCommandLine, problem)
                .hint("give them in the order of the roles, the parts of one joined by `+`"));
        }
        let own = self
            .current
            .get(index)
            .map(String::as_str)
            .unwrap_or_default();
        Ok(own.split('+').map(str::to_owned).collect())
    }

    /// The arguments of `suggest` for one of the roles.
    fn parsed(&self, role: &str, current: &[String]) -> Result<suggest::Args, Failure> {
        let mut words = vec!["suggest".to_owned(), format!("--role={role}")];
        let mut add = |flag: &str, values: &[String]| {
            words.extend(values.iter().map(|value| format!("--{flag}={value}")));
        };
        add("current", current);
        add("trail", &self.trail);
        add("usage", &self.usage);
        add("since", self.since.as_slice());
        add("until", self.until.as_slice());
        add("parameter", &self.parameter);
        if self.allow_gaps {
            words.push("--allow-gaps".to_owned());
        }
        words.extend(self.rest.iter().cloned());
        let parsed = Suggest::try_parse_from(words).map_err(|error| {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Failure::new(
                Exit::WrongCommandLine,
                first.strip_prefix("error: ").unwrap_or(first),
            )
        })?;
        Ok(parsed.args)
    }
}
