//! A few lines of plain text that say what a suggestion means, to be pasted into a ticket or a chat.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{observed, verified, walked_forward};
use crate::diff::{ActionFate, Fate};
use crate::report::{Report, grouped, plain, plural};

/// How many actions are named in a line before the rest is counted.
const NAMED: usize = 6;

/// Writes the summary. Its lines hold no markup and need no fixed width.
pub fn summary(report: &Report) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let name = plain(&report.role.name);
    let account = plain(&report.role.account);
    let actions: BTreeSet<&str> = report
        .evidence
        .iter()
        .map(|entry| entry.action.as_str())
        .collect();
    let size = match &report.fates {
        Some(fates) => format!(
            "{} -> {} actions",
            grouped(fates.before as u64),
            actions.len()
        ),
        None => plural(actions.len(), "action", "actions"),
    };
    say(&format!("{name} ({account}): {size}"));
    say(&format!("- observed: {}", observed(report)));
    say(&format!("- verified: {}", verified(report)));
    if let Some(walked) = report.forecast.as_ref().and_then(|it| it.walked.as_ref()) {
        say(&format!("- forecast: {}", walked_forward(walked)));
    }
    let fates = report.fates.as_ref().map(|fates| fates.actions.as_slice());
    let fates = fates.unwrap_or_default();
    let mut tell = |what: &str, holds: &dyn Fn(&ActionFate) -> bool| {
        let list: Vec<&ActionFate> = fates.iter().filter(|fate| holds(fate)).collect();
        if !list.is_empty() {
            let names: Vec<_> = list
                .iter()
                .take(NAMED)
                .map(|it| plain(&it.action))
                .collect();
            let more = list.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {} more", grouped(more as u64))
            } else {
                String::new()
            };
            say(&format!("- {what}: {}{more}", names.join(", ")));
        }
    };
    let is_hidden = |fate: &ActionFate| fate.fate == Fate::NotObservable;
    tell("new", &|fate| fate.is_granted && fate.fate == Fate::Added);
    tell("kept, use is hidden", &|fate| {
        fate.is_granted && is_hidden(fate)
    });
    tell("denied so far, and stay so", &|fate| {
        fate.fate == Fate::DeniedOnly
    });
    tell("removed, never used", &|fate| {
        !fate.is_granted && fate.fate == Fate::Unused
    });
    tell("removed, use is hidden", &|fate| {
        !fate.is_granted && is_hidden(fate)
    });
    text
}
