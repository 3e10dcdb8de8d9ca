//! Findings as lines: `file:line: severity rule: what`, which editors and terminals can jump to.

use super::Found;
use crate::finding::{Allowed, Finding, SEVERITIES, Status};
use crate::report::{plain, plural};

/// Writes the findings and a last line that sums up. `is_verbose` tells why each rule is there and how to mend it.
pub fn findings_text(found: &Found, is_verbose: bool) -> String {
    let mut lines = Vec::new();
    let mut explained: Vec<&str> = Vec::new();
    for finding in &found.findings {
        if finding.allowed.is_some() && !is_verbose {
            continue;
        }
        lines.push(line(finding));
        if is_verbose {
            lines.push(format!("  id: {}", finding.id()));
            if !explained.contains(&finding.rule.name) {
                explained.push(finding.rule.name);
                lines.push(format!("  why: {}", finding.rule.why));
                lines.push(format!("  fix: {}", finding.rule.fix));
            }
        }
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(sum(found));
    lines.join("\n") + "\n"
}

fn line(finding: &Finding) -> String {
    let place = &finding.place;
    let word = match (finding.status, &finding.allowed) {
        (Status::NotChecked, _) => "not checked",
        (_, Some(_)) => "allowed",
        (Status::Passed, _) => "passed",
        (Status::Failed, None) => finding.rule.severity.as_str(),
    };
    let reason = match &finding.allowed {
        None => String::new(),
        Some(Allowed {
            reason,
            until: None,
        }) => format!(" ({})", plain(reason)),
        Some(Allowed {
            reason,
            until: Some(until),
        }) => format!(" ({}, until {until})", plain(reason)),
    };
    let used = match &finding.used {
        None => String::new(),
        Some(used) => format!("; {}", plain(used)),
    };
    // What was read from AWS itself has no line.
    let at = match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    };
    format!(
        "{}: {word} {}: {}: {}{used}{reason}",
        plain(&at),
        finding.rule.name,
        plain(&place.resource),
        plain(&finding.what)
    )
}

/// What is not shown is counted.
pub(super) fn sum(found: &Found) -> String {
    let counts = &found.counts;
    let mut parts: Vec<String> = SEVERITIES
        .iter()
        .rev()
        .filter(|severity| counts.failed(**severity) > 0)
        .map(|severity| format!("{} {}", counts.failed(*severity), severity.as_str()))
        .collect();
    let head = match counts.all_failed() {
        0 => "No findings".to_owned(),
        many => plural(many, "finding", "findings"),
    };
    let by_severity = if parts.is_empty() {
        String::new()
    } else {
        format!(": {}", parts.join(", "))
    };
    parts.clear();
    let mut add = |count: usize, words: &str| {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    };
    add(counts.allowed, "allowed");
    add(found.known_before, "there before");
    add(counts.not_checked, "not checked");
    let rest = if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    };
    format!("{head} in {}{by_severity}{rest}", found.looked_at)
}
