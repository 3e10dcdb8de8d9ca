//! The use of roles, for what comes first.

use clap::Parser;

use super::Args;
use crate::cli::input::Input;
use crate::cli::live::Connection;
use crate::cli::principal::query;
use crate::cli::{Context, Exit, Failure, gather, suggest};
use crate::harden::Touched;
use crate::usage::PrincipalKind;

/// The flags of a trail, for their defaults.
#[derive(Debug, Parser)]
struct Events {
    #[command(flatten)]
    input: Input,
}

/// What each role that was named touched.
pub(super) fn of(args: &Args, context: &Context) -> Result<Vec<Touched>, Failure> {
    if args.usage.is_empty() && args.trail.is_empty() {
        return Ok(Vec::new());
    }
    if args.names.roles().is_empty() {
        let problem = "--usage: expected a role whose use is looked at, found none";
        return Err(Failure::new(Exit::WrongCommandLine, problem).hint("add `--role NAME`"));
    }
    let mut words = vec!["harden".to_owned()];
    for (flag, values) in [("--usage", &args.usage), ("--trail", &args.trail)] {
        for value in values {
            words.extend([flag.to_owned(), value.clone()]);
        }
    }
    let mut input = Events::try_parse_from(words)
        .map_err(|error| Failure::new(Exit::WrongCommandLine, error.to_string()))?
        .input;
    input.live = args.live.clone();
    let roles = args.names.roles().iter();
    roles.map(|role| one(&input, role, context)).collect()
}

fn one(input: &Input, role: &str, context: &Context) -> Result<Touched, Failure> {
    let query = query(PrincipalKind::Role, role)?;
    let window = input.window(context.now)?;
    let mut connection = Connection::new(&input.live);
    let moments = (window, context.now);
    let sources = input.open(&mut connection, moments, query.account.as_deref())?;
    let (usage, mut reading) = gather::usage_of(&query, input, (window, &sources))?;
    reading.add_gaps(sources.gaps.clone());
    input
        .judge(&reading)
        .map_err(|failure| connection.explain(failure))?;
    suggest::choose(&usage, &query, window).map(Touched::of)
}
