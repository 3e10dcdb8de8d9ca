//! Findings on a policy: what grants nothing, what grants more than it seems, what gives the account away.
//!
//! One rule, one file; [`RULES`] is the one line of registration. A rule sees the policy through [`Subject`] and knows nothing
//! of how findings are shown. Its words here are its documentation: what it finds, why that matters, how to mend it.

mod credentials_exposure;
mod data_exfiltration;
mod grants_nothing;
mod not_action_with_allow;
mod operator_type;
mod pass_role_without_service;
mod privilege_escalation;
mod redundant_statement;
mod resource_exposure;
mod shadowed_statement;
mod size;
mod subject;
mod unknown_action;
mod unknown_condition_key;
mod wildcard_resource;
mod wrong_resource_type;

pub use subject::Subject;

use super::{Document, PolicyKind};
use crate::catalog::Catalog;

/// Every rule, in the order of its name.
pub const RULES: [Rule; 15] = [
    credentials_exposure::RULE,
    data_exfiltration::RULE,
    grants_nothing::RULE,
    not_action_with_allow::RULE,
    operator_type::RULE,
    pass_role_without_service::RULE,
    privilege_escalation::RULE,
    redundant_statement::RULE,
    resource_exposure::RULE,
    shadowed_statement::RULE,
    size::RULE,
    unknown_action::RULE,
    unknown_condition_key::RULE,
    wildcard_resource::RULE,
    wrong_resource_type::RULE,
];

/// A rule with its documentation.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name, e.g. `unknown-action`.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    check: fn(&Subject<'_>) -> Vec<Finding>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Untidy, or a little wide.
    Low,
    /// A bug, or wide.
    Medium,
    /// It gives away data, credentials or the account.
    High,
}

impl Severity {
    /// Returns the word that the JSON contracts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The index of the statement; none for the whole policy.
    pub statement: Option<usize>,
    /// The place, e.g. `Statement[0].Action`; empty for the whole policy.
    pub path: String,
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found there.
    pub message: String,
}

impl Rule {
    /// Checks a policy with this rule alone.
    pub fn findings(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let complete = |finding| Finding {
            rule: self.name,
            severity: self.severity,
            ..finding
        };
        (self.check)(subject).into_iter().map(complete).collect()
    }
}

/// Checks a policy with every rule. Findings come in the order of their places.
pub fn lint(document: &Document, kind: PolicyKind, catalog: &Catalog) -> Vec<Finding> {
    let subject = Subject::new(document, kind, catalog);
    let mut findings: Vec<Finding> = RULES
        .iter()
        .flat_map(|rule| rule.findings(&subject))
        .collect();
    findings.sort();
    findings
}

/// Finds a rule by its name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    static KNOWN: [Rule; 15] = RULES;
    KNOWN.iter().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests;
