//! The gate: what is wrong with the roles and policies of a file, by themselves, against what was there before, and against their use.
//!
//! With something to compare with, only what is new counts. What is not known of a policy (an unresolved value, a managed policy that is
//! neither in the file nor AWS's) makes a rule "not checked", never "passed".

mod before;
mod held;
mod lints;
mod rules;
mod used;

use std::collections::BTreeSet;

pub use rules::{UNREADABLE, rules};
pub use used::Used;

use crate::catalog::Catalog;
use crate::finding::{Finding, Place, Rule};
use crate::template::{Kind, Subject};
use held::Held;

/// What a subject is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Before<'a> {
    /// With nothing: all counts.
    Nothing,
    /// It was not there.
    Absent,
    /// It was so.
    Was(&'a Subject),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In the order of their places.
    pub findings: Vec<Finding>,
    /// Rules that hold, counted once for each subject.
    pub passed: usize,
    /// Findings that were there before, which do not count.
    pub known_before: usize,
}

impl Outcome {
    /// Adds what was found elsewhere.
    pub fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.findings.sort();
        self.passed += other.passed;
        self.known_before += other.known_before;
    }
}

/// Lists the rules that are asked of a role or policy by itself, and the one by which what cannot be read is told.
pub fn asked() -> Vec<Rule> {
    let mut rules = lints::applied();
    rules.push(UNREADABLE);
    rules
}

/// Checks a role or a policy.
///
/// `is_part` says that a role of the same files holds the policy, so that what the role gains is not said twice.
pub fn check(
    subject: &Subject,
    (before, is_part): (Before<'_>, bool),
    used: Option<&Used>,
    catalog: &Catalog,
) -> Outcome {
    let held = Held::of(subject);
    let mut findings = lints::findings(&held, catalog);
    let mut applied = lints::applied();
    let mut known_before = 0;
    if let Before::Was(old) = before {
        let old = lints::findings(&Held::of(old), catalog);
        let mut known: Vec<(&str, &str)> = old
            .iter()
            .map(|one| (one.rule.name, one.what.as_str()))
            .collect();
        findings.retain(|finding| {
            let place = known
                .iter()
                .position(|one| *one == (finding.rule.name, finding.what.as_str()));
            place.map(|place| known.swap_remove(place)).is_none()
        });
        known_before = old.len() - known.len();
    }
    match before {
        Before::Nothing => {}
        Before::Absent => {
            applied.push(rules::NEW_SUBJECT);
            findings.extend(before::appeared(&held, catalog));
        }
        Before::Was(old) => {
            applied.extend([
                rules::MANAGED_POLICY_ATTACHED,
                rules::NEW_ACCESS,
                rules::NEW_WILDCARD,
            ]);
            let old = Held::of(old);
            findings.extend(before::attached(&held, &old));
            findings.extend(before::wildcards(&held, &old));
            if !is_part {
                findings.extend(before::access(&held, &old, catalog));
            }
        }
    }
    if let Some(used) = used {
        applied.extend(used::RULES);
        findings.extend(used.findings(&held, catalog));
    }
    findings.extend(unresolved(&held));
    findings.sort();
    findings.dedup();
    let broken: BTreeSet<&Rule> = findings.iter().map(|finding| &finding.rule).collect();
    let passed = applied.iter().filter(|rule| !broken.contains(rule)).count();
    Outcome {
        passed: if subject.unresolved.is_empty() && held.unknown.is_empty() {
            passed
        } else {
            0
        },
        findings,
        known_before,
    }
}

/// What could not be read is told, so that nobody takes it for checked.
fn unresolved(held: &Held<'_>) -> Vec<Finding> {
    let subject = held.subject;
    let told = subject.unresolved.iter();
    let told = told
        .filter(|one| one.kind != Kind::Open)
        .map(|one| Finding::not_checked(UNREADABLE, place(&one.place, subject), one.what.clone()));
    let unknown = held.unknown.iter().map(|(name, place)| {
        let what = format!(
            "the document of `{name}` is neither in the file nor known as an AWS managed policy"
        );
        Finding::not_checked(UNREADABLE, place.clone(), what)
    });
    told.chain(unknown).collect()
}

fn place(place: &crate::template::Place, subject: &Subject) -> Place {
    Place {
        file: place.file.to_string(),
        line: place.line,
        resource: subject.id.clone(),
    }
}

#[cfg(test)]
mod tests;
