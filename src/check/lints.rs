//! What is wrong with policies by themselves.

use super::held::Held;
use super::rules::{self, AWS_MANAGED_POLICY};
use crate::catalog::Catalog;
use crate::finding::{Finding, Rule, Severity};
use crate::policy::PolicyKind;
use crate::policy::lint::{lint, rule};

/// The rules that are asked of every subject.
pub(super) fn applied() -> Vec<Rule> {
    let all = rules::rules();
    let is_asked = |one: &Rule| rule(one.name).is_some() || *one == AWS_MANAGED_POLICY;
    all.into_iter().filter(is_asked).collect()
}

pub(super) fn findings(held: &Held<'_>, catalog: &Catalog) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &held.policies {
        let Some(name) = &policy.managed else {
            continue;
        };
        let place = held.place_of(policy, "");
        let cause = if policy.policy.is_implied {
            ", which the tool adds by itself"
        } else {
            ""
        };
        let what = format!("`{name}` is attached{cause}");
        findings.push(Finding::failed(AWS_MANAGED_POLICY, place.clone(), what));
        // The lesser faults of a policy that nobody here can mend are all one: that it is attached.
        for found in lint(&policy.document, PolicyKind::Identity, catalog) {
            if let Some(rule) = rule(found.rule).filter(|_| found.severity == Severity::High) {
                let what = format!("`{name}`: {}", found.message);
                findings.push(Finding::failed(rule.into(), place.clone(), what));
            }
        }
    }
    for policy in held.own() {
        for found in lint(&policy.document, PolicyKind::Identity, catalog) {
            if let Some(rule) = rule(found.rule) {
                let place = held.place_of(policy, &found.path);
                findings.push(Finding::failed(rule.into(), place, found.message));
            }
        }
    }
    findings
}
