//! The report for programs. The keys and their shapes are a contract.

use serde_json::{Value, json as object};

use super::Report;
use crate::diff::{ActionFate, Fates};

/// Makes the JSON form.
pub fn json(report: &Report) -> Value {
    object!({
        "role": report.role,
        "window": report.window,
        "coverage": report.coverage,
        "policies": report.policies,
        "evidence": report.evidence,
        "generalizations": report.generalizations,
        "fates": report.fates.as_ref().map_or_else(Vec::new, fates),
        "actions": report.fates.as_ref().map(|fates| object!({ "before": fates.before, "after": fates.after })),
        "conditions": report.conditions,
        "compressed": report.compressed,
        "withheld": report.withheld,
        "denied": report.denied,
        "unmapped": report.unmapped,
        "warnings": report.warnings,
        "verified": report.verified,
        "current": report.current,
        "diffs": report.diffs,
        "forecast": report.forecast,
        "runtimes": report.runtimes,
        "platform": report.platform,
        "suspicions": report.suspicions,
        "untested": report.untested,
    })
}

fn fates(fates: &Fates) -> Vec<Value> {
    let fate = |fate: &ActionFate| {
        object!({
            "action": fate.action,
            "fate": fate.fate.as_str(),
            "granted": fate.is_granted,
            "uses": fate.uses,
            "last_seen": fate.last_seen,
            "from": fate.from,
            "to": fate.to,
            "policies": fate.policies,
            "reason": fate.reason,
            "failed": fate.failed,
            "observable_days": fate.observable_days,
            "visible_with": fate.visible_with,
        })
    };
    fates.actions.iter().map(fate).collect()
}
