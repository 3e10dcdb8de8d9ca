//! `polgen explain`: the evidence for an action or a statement, what a denied call needed, what a rule finds.

mod denial;
mod evidence;

use clap::{Args as ClapArgs, Parser};

use super::{Context, Exit, Failure, suggest};
use crate::catalog::Catalog;
use crate::harden::{all_rules, told_of};
use crate::nearest::nearest;

/// Explain an action, a statement, a denied call, or a rule
///
/// An action (`s3:GetObject`) or a statement of the suggestion (its Sid), with `--role` and `--trail`: how often it was used, when,
/// by whom, the events to look up, and where the record named the resource. The text of an `AccessDenied` error: the smallest
/// statement that would allow the call, never wider than the text. A rule's name: what it finds, why that matters, how to mend it.
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("who").args(["role", "user"]))]
pub(crate) struct Args {
    /// Action, Sid, error text, or rule; without it, all rules are listed
    #[arg(value_name = "WHAT")]
    what: Option<String>,

    /// Role whose use is the evidence, by name or ARN
    #[arg(long, value_name = "ROLE", help_heading = "Input")]
    role: Option<String>,

    /// IAM user whose use is the evidence, by name or ARN
    #[arg(
        long,
        value_name = "USER",
        help_heading = "Input",
        conflicts_with = "role"
    )]
    user: Option<String>,

    /// Trail file or folder; can be repeated
    #[arg(long, value_name = "PATH", help_heading = "Input", requires = "who")]
    trail: Vec<String>,

    /// Usage file in place of a trail; can be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input", requires = "who")]
    usage: Vec<String>,

    /// What the role may do today; can be repeated
    #[arg(long, value_name = "POLICY", help_heading = "Input", requires = "who")]
    current: Vec<String>,

    /// Only events since this date or age
    #[arg(long, value_name = "WHEN", help_heading = "Input", requires = "who")]
    since: Option<String>,

    /// Only events up to this date or age
    #[arg(long, value_name = "WHEN", help_heading = "Input", requires = "who")]
    until: Option<String>,

    /// Go on although parts of the input cannot be read
    #[arg(long, help_heading = "Input", requires = "who")]
    allow_gaps: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let Some(what) = &args.what else {
        return list(context);
    };
    if denial::is_message(what) {
        return denial::explain(what, context);
    }
    if args.role.is_some() || args.user.is_some() {
        return evidence::explain(what, &reports(args, context)?, context);
    }
    if Catalog::bundled().action(what).is_some() {
        let problem = format!("`{what}`: expected a role whose use of it is asked for, found none");
        return Err(Failure::new(Exit::WrongCommandLine, problem)
            .hint(format!("polgen explain {what} --role NAME --trail FOLDER")));
    }
    explain_rule(what, context)
}

/// Makes the suggestion that the evidence belongs to.
fn reports(args: &Args, context: &Context) -> Result<Vec<crate::report::Report>, Failure> {
    let mut words = vec!["suggest".to_owned()];
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    args.role.iter().for_each(|role| add("--role", role));
    args.user.iter().for_each(|user| add("--user", user));
    args.trail.iter().for_each(|trail| add("--trail", trail));
    args.usage.iter().for_each(|usage| add("--usage", usage));
    args.current
        .iter()
        .for_each(|policy| add("--current", policy));
    args.since.iter().for_each(|since| add("--since", since));
    args.until.iter().for_each(|until| add("--until", until));
    if args.allow_gaps {
        words.push("--allow-gaps".to_owned());
    }
    let parsed = Suggest::try_parse_from(words).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let problem = first.strip_prefix("error: ").unwrap_or(first);
        Failure::new(Exit::WrongCommandLine, problem)
            .hint("name where the events come from with `--trail`")
    })?;
    suggest::reports(&parsed.args, context)
}

/// The arguments of `suggest`, for their defaults.
#[derive(Debug, Parser)]
struct Suggest {
    #[command(flatten)]
    args: suggest::Args,
}

fn list(context: &mut Context) -> Result<Exit, Failure> {
    let rules = all_rules();
    let longest = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in rules {
        let line = format!(
            "{:longest$}  {:13}  {}",
            rule.name,
            rule.severity.as_str(),
            rule.what
        );
        context.output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn explain_rule(name: &str, context: &mut Context) -> Result<Exit, Failure> {
    let rules = all_rules();
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let failure = Failure::new(Exit::Failed, format!("`{name}`: no such rule"));
        let names = rules.iter().map(|rule| rule.name);
        return Err(match nearest(name, names, 1).first() {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None if name.contains(':') => failure.hint(format!(
                "an action's use is told with `--role` and `--trail`, what it is by `polgen catalog {name}`"
            )),
            None => failure.hint("list all rules with `polgen explain`"),
        });
    };
    context
        .output
        .line(&format!("{} ({})", rule.name, rule.severity.as_str()))?;
    for (title, text) in [("What", rule.what), ("Why", rule.why), ("Fix", rule.fix)] {
        context.output.line(&format!("\n{title}: {text}"))?;
    }
    if let Some((source, side, serves)) = told_of(name) {
        for (title, text) in [
            ("Serves", serves),
            ("Side", side.as_str()),
            ("Source", source),
        ] {
            context.output.line(&format!("\n{title}: {text}"))?;
        }
    }
    Ok(Exit::Done)
}
