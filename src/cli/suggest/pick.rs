//! `polgen suggest` of nobody in particular, at a terminal: the roles to pick from, those first of which most can be removed.
//!
//! Without a terminal nobody is asked: the command line is wrong then, as it says.

use std::ffi::OsString;
use std::io::IsTerminal as _;

use clap::Parser as _;
use clap::error::{ContextKind, ErrorKind};
use dialoguer::FuzzySelect;

use super::all;
use crate::cli::{Cli, Command, Context, Exit, Failure, Output};
use crate::report::{Align, fit, grouped, plain};
use crate::time::Timestamp;

/// Says whether all that is missing is whom to suggest for, and somebody can be asked.
pub(in crate::cli) fn is_wanted(error: &clap::Error, words: &[OsString]) -> bool {
    let mut commands = words.iter().skip(1).filter_map(|word| word.to_str());
    let is_suggest = commands.find(|word| !word.starts_with('-')) == Some("suggest");
    let missing = error.get(ContextKind::InvalidArg);
    let is_role = missing.is_some_and(|missing| missing.to_string().contains("--role"));
    error.kind() == ErrorKind::MissingRequiredArgument
        && is_suggest
        && is_role
        && std::io::stdin().is_terminal()
        && std::io::stderr().is_terminal()
}

/// Lets the user pick a role, and adds it to the words of the command line.
pub(in crate::cli) fn completed(
    mut words: Vec<OsString>,
    now: Timestamp,
) -> Result<Vec<OsString>, Failure> {
    let asked = words.iter().cloned();
    let asked = asked.chain(["--role", "any"].map(OsString::from));
    let Ok(Cli {
        command: Command::Suggest(args),
        ..
    }) = Cli::try_parse_from(asked)
    else {
        // What else is wrong is told when the words are read once more.
        return Ok(words);
    };
    let context = Context {
        now,
        output: Output::open(false)?,
    };
    let rows = all::to_pick_from(&args, &context)?;
    if rows.is_empty() {
        return Err(Failure::new(
            Exit::NoEvent,
            "no event by any role: there is none to pick from",
        )
        .hint("give a longer time with `--since`, or a trail with `--trail`"));
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                format!("{} ({})", plain(&row.name), plain(&row.account)),
                row.excess(),
                format!("{} events", grouped(row.events)),
            ]
        })
        .collect();
    let width = crate::cli::screen::of_words(false).width;
    let align = [Align::Left, Align::Right, Align::Right];
    let mut lines = fit(&cells, &align, None);
    if let Some(width) = width {
        // The list has two columns of its own before each line, and must not break one.
        lines = lines
            .iter()
            .map(|line| crate::report::cut(line, width - 4))
            .collect();
    }
    let picked = FuzzySelect::new()
        .with_prompt("suggest for (type to search, Esc to leave)")
        .items(&lines)
        .default(0)
        .interact_opt()
        .map_err(|error| Failure::new(Exit::Failed, format!("the terminal: {error}")))?;
    let Some(row) = picked.and_then(|index| rows.get(index)) else {
        return Err(Failure::new(Exit::Failed, "no role was picked"));
    };
    words.extend([OsString::from("--role"), OsString::from(&row.arn)]);
    Ok(words)
}
