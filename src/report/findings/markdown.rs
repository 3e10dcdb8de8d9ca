//! Findings as a report in Markdown: a table of counts, then what was found, by area, the worst first. Writing to a text cannot fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Found;
use crate::finding::{Area, Finding, SEVERITIES, Status};
use crate::report::escape::{code_span, prose};

/// Areas with their titles, in the order of the report.
const AREAS: [(Area, &str); 5] = [
    (Area::Iam, "IAM"),
    (Area::S3, "S3"),
    (Area::CloudFormation, "CloudFormation"),
    (Area::Lambda, "Lambda"),
    (Area::Vpc, "VPC"),
];

/// Writes the report under a title.
pub fn findings_markdown(found: &Found, title: &str) -> String {
    let mut text = format!("# {}\n\n{}.\n", prose(title), super::lines::sum(found));
    for (area, name) in AREAS {
        let of_area = |one: &&Finding| one.rule.area == area;
        let all: Vec<&Finding> = found.findings.iter().filter(of_area).collect();
        if all.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n## {name}");
        for severity in SEVERITIES.iter().rev() {
            let is_so = |one: &&&Finding| one.counts() && one.rule.severity == *severity;
            let these: Vec<&Finding> = all.iter().filter(is_so).copied().collect();
            by_rule(&these, severity.as_str(), &mut text);
        }
        let is_allowed = |one: &&&Finding| one.allowed.is_some();
        table(
            "Allowed",
            &all.iter().filter(is_allowed).copied().collect::<Vec<_>>(),
            &mut text,
        );
        let is_open = |one: &&&Finding| one.status == Status::NotChecked && one.allowed.is_none();
        table(
            "Not checked",
            &all.iter().filter(is_open).copied().collect::<Vec<_>>(),
            &mut text,
        );
    }
    text
}

/// Findings of one rule stand together, with what they mean and how they are mended.
fn by_rule(findings: &[&Finding], severity: &str, text: &mut String) {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        rules.entry(finding.rule.name).or_default().push(finding);
    }
    for (name, findings) in rules {
        let Some(first) = findings.first() else {
            continue;
        };
        let _ = writeln!(
            text,
            "\n### {name} ({severity})\n\n{} {}\n",
            first.rule.what, first.rule.why
        );
        for finding in &findings {
            let _ = writeln!(text, "- {}", line(finding));
        }
        let _ = writeln!(text, "\nFix: {}", first.rule.fix);
    }
}

fn table(title: &str, findings: &[&Finding], text: &mut String) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### {title}\n");
    for finding in findings {
        let reason = finding
            .allowed
            .as_ref()
            .map(|allowed| format!(" ({})", prose(&allowed.reason)))
            .unwrap_or_default();
        let _ = writeln!(text, "- {}: {}{reason}", finding.rule.name, line(finding));
    }
}

fn line(finding: &Finding) -> String {
    let place = &finding.place;
    let at = match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    };
    let used = match &finding.used {
        None => String::new(),
        Some(used) => format!("; {}", prose(used)),
    };
    format!(
        "{} {}: {}{used}",
        code_span(&at),
        code_span(&place.resource),
        prose(&finding.what)
    )
}
