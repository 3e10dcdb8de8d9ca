//! `polgen backtest`: a policy learned on the first part of the window, and the rest replayed over it.

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::input::Input;
use super::live::Connection;
use super::principal::Principal;
use super::{Context, Exit, Failure, gather, suggest};
use crate::catalog::Catalog;
use crate::report::{grouped, plain, rounded};
use crate::source::TrailSource;
use crate::synthesis::{Backtest, BacktestDenial, Basis, CurrentGrants, Options, backtest};
use crate::time::{Timestamp, Window, start_of_day};
use crate::usage::{RoleQuery, RoleUsage, Usage};

/// Test a policy on the past: learn on the first part, replay the rest
///
/// Makes the policy that `suggest` would have made at an earlier moment, and replays the calls after it: what would have been
/// denied (under-privilege), and what was granted and not used (over-privilege).
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    principal: Principal,

    #[command(flatten)]
    input: Input,

    /// Part of the role's time to learn from, between 0 and 1
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.7,
        help_heading = "Policy"
    )]
    split: f64,

    /// What to print: text or json
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Text,
        help_heading = "Output",
        hide_possible_values = true
    )]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    check(args)?;
    let query = args.principal.query()?;
    let window = args.input.window(context.now)?;
    let mut connection = Connection::new(&args.input.live);
    let moments = (window, context.now);
    let sources = args
        .input
        .open(&mut connection, moments, query.account.as_deref())?;
    let mut all_sources = sources.list.iter();
    if !all_sources.all(TrailSource::can_be_read_again) {
        let problem = "backtest reads its input more than once, which standard input, pipes and live sources do not allow";
        return Err(Failure::new(Exit::WrongCommandLine, problem).hint("write it to a file first"));
    }
    let (all, mut reading) = gather::usage_of(&query, &args.input, (window, &sources))?;
    reading.add_gaps(sources.gaps.clone());
    args.input.judge(&reading)?;
    let role = suggest::choose(&all, &query, window)?;
    let (first, last) = span(role).ok_or_else(|| too_short(role))?;
    let mut cut = moment_between(first, last, args.split);
    if !sources.kept.parts.is_empty() {
        cut = cut.and_then(start_of_day).filter(|cut| first < *cut);
    }
    let cut = cut.ok_or_else(|| too_short(role))?;
    let before = Window {
        until: Some(cut),
        ..window
    };
    let after = Window {
        since: Some(cut),
        ..window
    };
    let read = |window| {
        let (usage, reading) = gather::usage_of(&query, &args.input, (window, &sources))?;
        // What could not be read the first time is told; this is what was changed since.
        if reading.tally.gaps > 0 {
            args.input.judge(&reading)?;
        }
        Ok::<_, Failure>(part(usage, &query))
    };
    let (Some((learned, learned_all)), Some((later, later_all))) = (read(before)?, read(after)?)
    else {
        return Err(too_short(role));
    };
    if !learned.has_proven_use() {
        return Err(too_short(role));
    }
    let days = u32::try_from(later_all.coverage.days.len()).unwrap_or(u32::MAX);
    let outcome = test(&learned, &learned_all, &later, days)?;
    match args.format {
        Format::Json => {
            let value = value(&outcome, &learned, &later, cut);
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            context.output.line(&text)?;
        }
        Format::Text => {
            for line in lines(&outcome, &learned, &later, cut) {
                context.output.line(&line)?;
            }
        }
    }
    Ok(Exit::Done)
}

fn check(args: &Args) -> Result<(), Failure> {
    if args.split > 0.0 && args.split < 1.0 {
        return Ok(());
    }
    let problem = format!(
        "--split: expected a share between 0 and 1, found `{}`",
        args.split
    );
    Err(Failure::new(Exit::WrongCommandLine, problem))
}

fn part(usage: Usage, query: &RoleQuery) -> Option<(RoleUsage, Usage)> {
    let mut roles = usage.roles.values();
    let role = roles
        .find(|role| role.events > 0 && query.matches(&role.role))
        .cloned();
    role.map(|role| (role, usage))
}

fn test(
    learned: &RoleUsage,
    learned_all: &Usage,
    later: &RoleUsage,
    later_days: u32,
) -> Result<Backtest, Failure> {
    let nothing = CurrentGrants::default();
    let basis = Basis {
        usage: learned,
        coverage: &learned_all.coverage,
        current: &nothing,
        catalog: Catalog::bundled(),
    };
    let suggestion = crate::synthesis::suggest(basis, &Options::unwritten())
        .map_err(|error| Failure::new(Exit::Failed, error).detail("this is a fault of polgen"))?;
    let coverage = &learned_all.coverage;
    Ok(backtest(
        (learned, coverage),
        &suggestion,
        later,
        later_days,
    ))
}

/// The first and the last moment of the role's uses.
fn span(role: &RoleUsage) -> Option<(Timestamp, Timestamp)> {
    let uses = || role.uses.values();
    let first = uses().filter_map(|evidence| evidence.first_seen).min()?;
    let last = uses().filter_map(|evidence| evidence.last_seen).max()?;
    (first < last).then_some((first, last))
}

fn moment_between(first: Timestamp, last: Timestamp, share: f64) -> Option<Timestamp> {
    let span = last.duration_since(first).mul_f64(share);
    let cut = first.checked_add(span).ok()?;
    (first < cut && cut <= last).then_some(cut)
}

fn too_short(role: &RoleUsage) -> Failure {
    let problem = format!(
        "the uses of `{}` cannot be parted: one part would be empty",
        role.role.name
    );
    Failure::new(Exit::NoEvent, problem).hint("give a longer trail, or another `--split`")
}

fn value(outcome: &Backtest, learned: &RoleUsage, later: &RoleUsage, cut: Timestamp) -> Value {
    let denied: Vec<Value> = outcome.denied.iter().map(denial).collect();
    let unused: Vec<Value> = outcome
        .unused
        .iter()
        .map(|(action, resource)| json!({ "action": action, "resource": resource }))
        .collect();
    let predicted = outcome.predicted.map(|predicted| {
        json!({
            "new_needs": rounded(predicted.expected),
            "low": rounded(predicted.low),
            "high": rounded(predicted.high),
        })
    });
    json!({
        "role": learned.role.arn,
        "cut": cut,
        "learned": { "events": learned.events, "accesses": outcome.learned_accesses },
        "replayed": {
            "events": later.events,
            "accesses": outcome.replayed_accesses,
            "uses": outcome.replayed_uses,
            "denied": denied,
        },
        "under_privilege": rounded(outcome.under_privilege),
        "over_privilege": rounded(outcome.over_privilege),
        "unused": unused,
        "predicted": predicted,
    })
}

fn denial(denial: &BacktestDenial) -> Value {
    let ids: Vec<&str> = denial
        .evidence
        .examples
        .iter()
        .map(|example| example.id.as_str())
        .collect();
    json!({
        "action": denial.access.action,
        "resource": denial.access.resource,
        "conditions": denial.access.conditions,
        "count": denial.evidence.count,
        "first_seen": denial.evidence.first_seen,
        "last_seen": denial.evidence.last_seen,
        "event_ids": ids,
    })
}

fn lines(
    outcome: &Backtest,
    learned: &RoleUsage,
    later: &RoleUsage,
    cut: Timestamp,
) -> Vec<String> {
    let denied_uses: u64 = outcome
        .denied
        .iter()
        .map(|denial| denial.evidence.count)
        .sum();
    let mut lines = vec![
        format!("Role       {}", plain(&learned.role.arn)),
        format!(
            "Learned    {} events until {cut}, {} accesses",
            grouped(learned.events),
            grouped(outcome.learned_accesses as u64)
        ),
        format!(
            "Replayed   {} events, {} uses, {} accesses",
            grouped(later.events),
            grouped(outcome.replayed_uses),
            grouped(outcome.replayed_accesses as u64)
        ),
        format!(
            "Denied     {} uses, {} accesses (under-privilege {:.1} %)",
            grouped(denied_uses),
            grouped(outcome.denied.len() as u64),
            outcome.under_privilege * 100.0
        ),
        format!(
            "Unused     {} grants (over-privilege {:.1} %)",
            grouped(outcome.unused.len() as u64),
            outcome.over_privilege * 100.0
        ),
    ];
    if let Some(predicted) = outcome.predicted {
        lines.push(format!(
            "Foretold   {:.1} new needs, {:.0} to {:.0}",
            predicted.expected,
            predicted.low.floor(),
            predicted.high.ceil()
        ));
    }
    let listed = |sign: &str, action: &str, resource: &str| {
        format!("  {sign}  {} on {}", plain(action), plain(resource))
    };
    if !outcome.denied.is_empty() || !outcome.unused.is_empty() {
        lines.push(String::new());
    }
    let denied = outcome.denied.iter();
    lines.extend(denied.map(|one| listed("x", &one.access.action, &one.access.resource)));
    let unused = outcome.unused.iter();
    lines.extend(unused.map(|(action, resource)| listed("-", action, resource)));
    lines
}
