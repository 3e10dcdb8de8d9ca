//! The tables of denied calls.

use std::collections::{BTreeMap, BTreeSet};

use super::{DENIED_LISTED, Screen, shortened};
use crate::report::table::{Align, fit};
use crate::report::{DeniedEntry, Report, grouped, plain};
use crate::time::{Timestamp, day_of};

/// Denied calls, those whose actions were never allowed apart from those that were allowed at other times.
pub(super) fn denied(report: &Report, screen: Screen) -> Vec<String> {
    let is_open = |entry: &&DeniedEntry| !entry.is_granted;
    let (never, at_times): (Vec<&DeniedEntry>, Vec<&DeniedEntry>) = report
        .denied
        .iter()
        .filter(is_open)
        .partition(|entry| entry.is_never_allowed);
    let mut lines = denied_table("Denied, never allowed", &never, screen);
    lines.extend(denied_table("Denied, allowed elsewhere", &at_times, screen));
    lines
}

fn denied_table(title: &str, entries: &[&DeniedEntry], screen: Screen) -> Vec<String> {
    if entries.is_empty() {
        return Vec::new();
    }
    let header = ["", title, "Calls", "Last seen", "By", "Resource"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let calls = denied_by_action(entries);
    let most = if screen.is_verbose {
        calls.len()
    } else {
        DENIED_LISTED
    };
    for (actions, group) in calls.iter().take(most) {
        let resources: Vec<String> = group.resources.iter().map(ToString::to_string).collect();
        rows.push(vec![
            "x".into(),
            plain(actions).into_owned(),
            grouped(group.count),
            group.last_seen.map(date).unwrap_or_default(),
            group.by.iter().cloned().collect::<Vec<_>>().join(", "),
            shortened(&resources),
        ]);
    }
    let more = calls.len().saturating_sub(most);
    if more > 0 {
        let mut row = vec!["x".to_owned(), format!("{} more", grouped(more as u64))];
        row.extend([String::new(), String::new(), String::new()]);
        row.push("list them with `--verbose`".to_owned());
        rows.push(row);
    }
    let align = [
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Left,
    ];
    let lines = fit(&rows, &align, screen.width.map(|width| width - 2));
    std::iter::once(String::new())
        .chain(lines.into_iter().map(|line| format!("  {line}")))
        .collect()
}

/// Denied calls that need the same permissions.
#[derive(Default)]
struct DeniedGroup<'a> {
    count: u64,
    last_seen: Option<Timestamp>,
    resources: BTreeSet<&'a str>,
    by: BTreeSet<String>,
}

fn denied_by_action<'a>(entries: &[&'a DeniedEntry]) -> BTreeMap<String, DeniedGroup<'a>> {
    let mut calls: BTreeMap<String, DeniedGroup<'a>> = BTreeMap::new();
    for entry in entries {
        let actions = if entry.actions.is_empty() {
            entry.operation.clone()
        } else {
            entry.actions.join(", ")
        };
        let group = calls.entry(actions).or_default();
        group.count += entry.count;
        group.last_seen = group.last_seen.max(entry.last_seen);
        group
            .resources
            .extend(entry.resources.iter().map(String::as_str));
        let missing = entry.missing.as_ref();
        group.by.extend(missing.and_then(|missing| {
            let kind = missing.policy_type.as_deref()?;
            let explicit = if missing.is_explicit {
                "a Deny in the "
            } else {
                ""
            };
            Some(format!("{explicit}{kind}"))
        }));
    }
    calls
}

fn date(moment: Timestamp) -> String {
    day_of(moment).to_string()
}
