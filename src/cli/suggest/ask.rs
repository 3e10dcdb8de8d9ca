//! `--hidden ask`: one question for each action whose use the trail cannot show.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, IsTerminal as _};

use super::Hidden;
use crate::cli::{Exit, Failure};
use crate::report::plain;
use crate::synthesis::Suggestion;

/// Refuses to ask where nobody can answer.
pub(super) fn check(hidden: Hidden) -> Result<(), Failure> {
    let is_answered = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if hidden != Hidden::Ask || is_answered {
        return Ok(());
    }
    let problem = "--hidden ask: expected a terminal to ask at, found none";
    Err(Failure::new(Exit::WrongCommandLine, problem)
        .hint("decide beforehand: `--hidden keep` or `--hidden drop`"))
}

/// Asks for each action that would be kept. An empty answer keeps it.
pub(super) fn chosen(suggestion: &Suggestion) -> Result<BTreeSet<String>, Failure> {
    let mut questions: BTreeMap<&str, (&str, Vec<&str>)> = BTreeMap::new();
    for kept in &suggestion.hidden.kept {
        let (_, resources) = questions
            .entry(&kept.action)
            .or_insert((&kept.reason, Vec::new()));
        resources.push(&kept.resource);
    }
    let mut chosen = BTreeSet::new();
    let mut answers = std::io::stdin().lock().lines();
    for (action, (reason, resources)) in questions {
        anstream::eprintln!(
            "{} on {}: {}\nkeep it? [Y/n]",
            plain(action),
            plain(&resources.join(", ")),
            plain(reason)
        );
        let answer = answers.next().transpose()?.unwrap_or_default();
        if !matches!(answer.trim(), "n" | "N" | "no" | "No") {
            chosen.insert(action.to_owned());
        }
    }
    Ok(chosen)
}
