//! Findings as commands to GitHub's workflow runner, which shows them at their lines in a pull request.

use super::{Found, findings_text};
use crate::finding::{Finding, Severity, Status};
use crate::report::escape::workflow_command;

/// Writes a command for each finding that counts, and the line that sums up. Nothing in a finding can end its command.
pub fn annotations(found: &Found) -> String {
    let shown = found.findings.iter().filter(|one| one.allowed.is_none());
    let mut lines: Vec<String> = shown.map(annotation).collect();
    let text = findings_text(found, false);
    let sum = text.trim_end().lines().next_back().unwrap_or_default();
    // The runner takes a line that begins with `::` for a command; this one says what was looked at, which is no log's word.
    lines.push(sum.trim_start_matches(':').to_owned());
    lines.join("\n") + "\n"
}

fn annotation(finding: &Finding) -> String {
    let command = match (finding.status, finding.rule.severity) {
        (Status::Failed, Severity::High) => "error",
        (Status::Failed, Severity::Medium | Severity::Low) => "warning",
        _ => "notice",
    };
    let unchecked = if finding.status == Status::NotChecked {
        "not checked: "
    } else {
        ""
    };
    let line = finding.place.line.to_string();
    let properties = [
        ("file", finding.place.file.as_str()),
        ("line", &line),
        ("title", finding.rule.name),
    ];
    let message = format!(
        "{unchecked}{}: {}\n{}",
        finding.place.resource, finding.what, finding.rule.fix
    );
    workflow_command(command, &properties, &message)
}
