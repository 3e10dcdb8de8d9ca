//! Hardening beside Prowler's list of checks: each of its checks has a rule here, or the reason why it is of none of the rows.

use std::collections::{BTreeMap, BTreeSet};

use polgen::harden::rules;
use serde::Deserialize;

/// Rules whose rows Prowler's list is silent about.
const SILENT: [&str; 9] = [
    "bucket-old-tls-allowed",
    "bucket-without-bucket-key",
    "function-policy-without-source",
    "role-unused",
    "role-without-boundary",
    "stack-drifted",
    "stack-without-stack-policy",
    "trust-any-repository",
    "trust-everyone",
];

#[derive(Deserialize)]
struct Table {
    rules: BTreeMap<String, Vec<String>>,
    #[serde(rename = "not of these rows")]
    others: BTreeMap<String, String>,
}

#[test]
fn each_check_has_a_rule_or_a_reason() {
    let table: Table = serde_json::from_str(include_str!("prowler.json")).expect("a table");
    let known: BTreeSet<&str> = rules().into_iter().map(|rule| rule.name).collect();
    for (check, named) in &table.rules {
        assert!(!named.is_empty(), "{check}");
        assert!(!table.others.contains_key(check), "{check}");
        for rule in named {
            assert!(known.contains(rule.as_str()), "{check}: no rule `{rule}`");
        }
    }
    for (check, reason) in &table.others {
        assert!(reason.len() > 20, "{check}: {reason}");
    }
    assert_eq!(table.rules.len() + table.others.len(), 178);
    let named: BTreeSet<&str> = table.rules.values().flatten().map(String::as_str).collect();
    for rule in SILENT {
        assert!(known.contains(rule), "{rule}");
        assert!(!named.contains(rule), "{rule}: Prowler looks at it");
    }
}
