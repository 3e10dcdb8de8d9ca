//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, Message, MultiformatMessageString,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor, Result,
    ResultKind, ResultLevel, Run, Sarif, Suppression, Tool, ToolComponent,
};

use super::Found;
use crate::finding::{Finding, Rule, Severity, Status};

/// Makes a SARIF log with one run. What is allowed is suppressed with its reason; what was not checked needs review.
pub fn sarif(found: &Found, rules: &[Rule]) -> Value {
    let driver = ToolComponent::builder()
        .name("polgen")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.iter().map(descriptor).collect::<Vec<_>>())
        .build();
    let results: Vec<Result> = found
        .findings
        .iter()
        .map(|finding| result(finding, rules))
        .collect();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(Value::from("unicodeCodePoints"))
        .results(results)
        .build();
    let log = Sarif::builder()
        .version(Value::from("2.1.0"))
        .schema("https://json.schemastore.org/sarif-2.1.0.json")
        .runs(vec![run])
        .build();
    serde_json::to_value(log).unwrap_or_default()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let text = |text: &str| MultiformatMessageString::builder().text(text).build();
    let level = ReportingConfiguration::builder()
        .level(Value::from(level(rule.severity)))
        .build();
    let properties = PropertyBag::builder()
        .tags(vec!["security".to_owned(), rule.area.as_str().to_owned()])
        .additional_properties(BTreeMap::from([(
            "security-severity".to_owned(),
            Value::from(score(rule.severity)),
        )]))
        .build();
    ReportingDescriptor::builder()
        .id(rule.name)
        .name(rule.name)
        .short_description(text(rule.what))
        .full_description(text(rule.why))
        .help(text(rule.fix))
        .default_configuration(level)
        .properties(properties)
        .build()
}

fn result(finding: &Finding, rules: &[Rule]) -> Result {
    let index = rules.iter().position(|rule| rule.name == finding.rule.name);
    let index = index
        .and_then(|index| i64::try_from(index).ok())
        .unwrap_or(-1);
    let region = Region::builder()
        .start_line(i64::try_from(finding.place.line.max(1)).unwrap_or(1))
        .build();
    let artifact = ArtifactLocation::builder()
        .uri(uri(&finding.place.file))
        .build();
    let physical = PhysicalLocation::builder()
        .artifact_location(artifact)
        .region(region)
        .build();
    let logical = LogicalLocation::builder()
        .name(finding.place.resource.clone())
        .kind("resource")
        .build();
    let location = Location::builder()
        .physical_location(physical)
        .logical_locations(vec![logical])
        .build();
    let text = format!("{}: {}", finding.place.resource, finding.what);
    let (kind, level) = match (finding.status, finding.rule.severity) {
        (Status::Passed, _) => (ResultKind::Pass, ResultLevel::None),
        (Status::NotChecked, _) => (ResultKind::Review, ResultLevel::None),
        (Status::Failed, Severity::High) => (ResultKind::Fail, ResultLevel::Error),
        (Status::Failed, Severity::Medium | Severity::Low) => {
            (ResultKind::Fail, ResultLevel::Warning)
        }
        (Status::Failed, Severity::Informational) => (ResultKind::Fail, ResultLevel::Note),
    };
    let suppressions: Vec<Suppression> = finding
        .allowed
        .iter()
        .map(|allowed| {
            Suppression::builder()
                .kind(Value::from("external"))
                .justification(allowed.reason.clone())
                .build()
        })
        .collect();
    Result::builder()
        .rule_id(finding.rule.name)
        .rule_index(index)
        .kind(kind)
        .level(level)
        .message(Message::builder().text(text).build())
        .locations(vec![location])
        .partial_fingerprints(BTreeMap::from([("polgen/v1".to_owned(), finding.id())]))
        .suppressions(suppressions)
        .build()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Informational => "note",
    }
}

/// What GitHub sorts by. Source: GitHub's documentation, SARIF support for code scanning.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}

/// Writes a path as a reference relative to the repository.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| {
            if is_plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
