//! Denied calls, put together by what they need, those first whose actions were never allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::day;
use crate::report::{DeniedEntry, Report, grouped};

/// How many different messages are told.
const MESSAGES_TOLD: usize = 10;

/// Denied calls that need the same and were denied alike.
#[derive(Debug)]
pub(super) struct RefusedRow<'a> {
    /// Its actions, or the operation that maps to none.
    pub(super) actions: Vec<&'a str>,
    /// When its actions were allowed, and whether they are granted now.
    pub(super) allowed: &'static str,
    pub(super) calls: String,
    pub(super) last: String,
    pub(super) resources: Vec<&'a str>,
    pub(super) code: &'a str,
    /// The kind of policy that AWS's message blames.
    pub(super) by: String,
    pub(super) messages: Vec<&'a str>,
}

/// What calls of one row have in common.
type Alike<'a> = (bool, bool, Vec<&'a str>, &'a str, String);

pub(super) fn of(report: &Report) -> Vec<RefusedRow<'_>> {
    let mut groups: BTreeMap<Alike<'_>, Vec<&DeniedEntry>> = BTreeMap::new();
    for entry in &report.denied {
        let actions = if entry.actions.is_empty() {
            vec![entry.operation.as_str()]
        } else {
            entry.actions.iter().map(String::as_str).collect()
        };
        let key = (
            !entry.is_never_allowed,
            entry.is_granted,
            actions,
            entry.code.as_str(),
            blamed(entry),
        );
        groups.entry(key).or_default().push(entry);
    }
    groups.into_iter().map(row).collect()
}

/// The kind of policy that AWS's message blames.
fn blamed(entry: &DeniedEntry) -> String {
    let kind = entry.missing.as_ref().and_then(|missing| {
        let kind = missing.policy_type.as_deref()?;
        Some(if missing.is_explicit {
            format!("a Deny in the {kind}")
        } else {
            format!("the {kind}")
        })
    });
    kind.unwrap_or_default()
}

fn row<'a>(
    ((is_allowed, is_granted, actions, code, by), entries): (Alike<'a>, Vec<&'a DeniedEntry>),
) -> RefusedRow<'a> {
    let allowed = match (is_granted, is_allowed) {
        (true, _) => "granted on request",
        (false, false) => "never",
        (false, true) => "at other times",
    };
    let last = entries.iter().filter_map(|entry| entry.last_seen.as_ref());
    let resources: BTreeSet<&str> = entries
        .iter()
        .flat_map(|entry| &entry.resources)
        .map(String::as_str)
        .collect();
    let mut messages: Vec<&str> = Vec::new();
    for entry in &entries {
        if !messages.contains(&entry.message.as_str()) && messages.len() < MESSAGES_TOLD {
            messages.push(&entry.message);
        }
    }
    RefusedRow {
        allowed,
        calls: grouped(entries.iter().map(|entry| entry.count).sum()),
        last: day(last.max()),
        resources: resources.into_iter().collect(),
        actions,
        code,
        by,
        messages,
    }
}
