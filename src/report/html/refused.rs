//! Denied calls, those first whose actions were never allowed.

use super::day;
use crate::report::{DeniedEntry, Report, grouped};

/// A kind of denied call.
#[derive(Debug)]
pub(super) struct RefusedRow<'a> {
    pub(super) entry: &'a DeniedEntry,
    pub(super) calls: String,
    pub(super) last: String,
    /// When its actions were allowed, and whether they are granted now.
    pub(super) allowed: &'static str,
    /// The kind of policy that AWS's message blames.
    pub(super) by: String,
}

pub(super) fn of(report: &Report) -> Vec<RefusedRow<'_>> {
    let mut rows: Vec<RefusedRow<'_>> = report.denied.iter().map(row).collect();
    rows.sort_by_key(|row| !row.entry.is_never_allowed);
    rows
}

fn row(entry: &DeniedEntry) -> RefusedRow<'_> {
    let allowed = match (entry.is_granted, entry.is_never_allowed) {
        (true, _) => "granted on request",
        (false, true) => "never",
        (false, false) => "at other times",
    };
    let by = entry.missing.as_ref().and_then(|missing| {
        let kind = missing.policy_type.as_deref()?;
        Some(if missing.is_explicit {
            format!("a Deny in the {kind}")
        } else {
            kind.to_owned()
        })
    });
    RefusedRow {
        calls: grouped(entry.count),
        last: day(entry.last_seen.as_ref()),
        allowed,
        by: by.unwrap_or_default(),
        entry,
    }
}
