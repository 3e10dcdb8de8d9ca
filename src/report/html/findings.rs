//! Faults of the policies, today and as suggested.

use std::cmp::Reverse;

use serde_json::Value;

use crate::catalog::Catalog;
use crate::policy::lint::{Severity, lint, rule};
use crate::policy::{Document, PolicyKind};
use crate::report::Report;

/// A finding.
#[derive(Debug)]
pub(super) struct FindingRow {
    pub(super) severity: Severity,
    pub(super) rule: &'static str,
    /// Says whether it is about what there is today.
    pub(super) is_today: bool,
    pub(super) policy: String,
    pub(super) place: String,
    pub(super) what: String,
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
}

impl FindingRow {
    pub(super) fn sign(&self) -> &'static str {
        match self.severity {
            Severity::High => "▲▲",
            Severity::Medium => "▲",
            Severity::Low => "△",
            Severity::Informational => "○",
        }
    }
}

pub(super) fn of(report: &Report) -> Vec<FindingRow> {
    let suggested = report.policies.iter().map(|one| (&one.name, &one.document));
    let current = report.current.iter().flatten();
    let current = current.map(|one| (&one.name, &one.document));
    let mut rows: Vec<FindingRow> = current
        .flat_map(|(name, document)| rows(name, document, true))
        .collect();
    rows.extend(suggested.flat_map(|(name, document)| self::rows(name, document, false)));
    rows.sort_by_key(|row| (row.is_today, Reverse(row.severity)));
    rows
}

fn rows(name: &str, document: &Value, is_today: bool) -> Vec<FindingRow> {
    let Ok(document) = Document::parse(&document.to_string(), PolicyKind::Identity) else {
        return Vec::new();
    };
    let found = lint(&document, PolicyKind::Identity, Catalog::bundled()).into_iter();
    found
        .map(|finding| FindingRow {
            severity: finding.severity,
            rule: finding.rule,
            is_today,
            policy: name.to_owned(),
            place: finding.path,
            what: finding.message,
            why: rule(finding.rule).map_or("", |rule| rule.why),
            fix: rule(finding.rule).map_or("", |rule| rule.fix),
        })
        .collect()
}
