//! Findings as JSON.

use serde_json::{Map, Value, json};

use super::Found;
use crate::finding::{Finding, SEVERITIES};

/// Makes the JSON object of the contract.
pub fn findings_json(found: &Found) -> Value {
    let counts = &found.counts;
    let by_severity: Map<String, Value> = SEVERITIES
        .iter()
        .map(|severity| {
            (
                severity.as_str().to_owned(),
                counts.failed(*severity).into(),
            )
        })
        .collect();
    json!({
        "findings": found.findings.iter().map(object).collect::<Vec<_>>(),
        "counts": {
            "failed": by_severity,
            "allowed": counts.allowed,
            "passed": counts.passed,
            "not-checked": counts.not_checked,
            "known-before": found.known_before,
        },
        "remarks": found.remarks,
    })
}

fn object(finding: &Finding) -> Value {
    let allowed = finding
        .allowed
        .as_ref()
        .map(|allowed| json!({ "reason": allowed.reason, "until": allowed.until }));
    json!({
        "id": finding.id(),
        "rule": finding.rule.name,
        "severity": finding.rule.severity.as_str(),
        "area": finding.rule.area.as_str(),
        "place": {
            "file": finding.place.file,
            "line": finding.place.line,
            "resource": finding.place.resource,
        },
        "status": finding.status.as_str(),
        "what": finding.what,
        "why": finding.rule.why,
        "fix": finding.rule.fix,
        "allowed": allowed,
        "used": finding.used,
    })
}
