//! The gate: what is wrong with the roles and policies of a file, by themselves, against what was there before, and against their use.
//!
//! With something to compare with, only what is new counts. What is not known of a policy (an unresolved value, a managed policy that is
//! neither in the file nor AWS's) makes a rule "not checked", never "passed".

mod before;
mod boundary;
mod held;
mod lints;
mod open;
mod pair;
mod rules;
mod trust;
mod used;

use std::collections::BTreeSet;

pub use boundary::loosened;
pub use pair::{Pair, pair};
pub use rules::{UNREADABLE, rules};
pub use trust::{ALONE as TRUST_RULES, TrustFinding, opened, weaknesses};
pub use used::{Used, UsedBefore};

use crate::catalog::Catalog;
use crate::config::AddedEntry;
use crate::finding::{Allowed, Finding, Place, Rule};
use crate::policy::Request;
use crate::policy::prove::Options;
use crate::template::Subject;
use held::Held;

/// Tells of an entry of the allow list that a change adds; `accepted` is why it does not count.
pub fn allow_added(entry: &AddedEntry, accepted: Option<Allowed>) -> Finding {
    let place = Place {
        file: entry.file.clone(),
        line: entry.line,
        resource: "allow".to_owned(),
    };
    Finding {
        allowed: accepted,
        ..Finding::failed(rules::ALLOW_ADDED, place, entry.what.clone())
    }
}

/// How many requests are named at one place.
const MOST_REQUESTS: usize = 3;

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
    rules.extend(TRUST_RULES);
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
    let (old_subject, old) = match before {
        Before::Was(old) => (Some(old), Some(Held::of(old))),
        Before::Nothing | Before::Absent => (None, None),
    };
    let mut outcome = Outcome::default();
    let mut applied = lints::applied();
    let alone = |held: &Held<'_>| {
        let mut findings = lints::findings(held, catalog);
        findings.extend(open::unresolved(held));
        findings
    };
    outcome.new_ones(alone(&held), old.as_ref().map(alone).unwrap_or_default());
    let known_actions = catalog.all_actions();
    let options = Options {
        known_actions: &known_actions,
        catalog: Some(catalog),
        ..Options::default()
    };
    if subject.guards.trust.is_some() {
        applied.extend(trust::ALONE);
    }
    trust::look(subject, old_subject, &options, &mut outcome);
    match (&old, old_subject) {
        (Some(old), Some(old_subject)) => {
            applied.extend([
                rules::MANAGED_POLICY_ATTACHED,
                rules::NEW_ACCESS,
                rules::NEW_WILDCARD,
            ]);
            applied.extend(boundary::RULES);
            applied.extend(trust::CHANGED);
            let found = &mut outcome.findings;
            found.extend(before::attached(&held, old));
            found.extend(before::wildcards(&held, old));
            found.extend(loosened(subject, old_subject, &options));
            if !is_part {
                found.extend(before::access(&held, old, &options));
            }
        }
        _ if matches!(before, Before::Absent) => {
            applied.push(rules::NEW_SUBJECT);
            outcome.findings.extend(before::appeared(&held, catalog));
        }
        _ => {}
    }
    if let Some(used) = used {
        applied.extend(used::RULES);
        used.look(&held, old.as_ref(), catalog, &mut outcome);
    }
    outcome.findings.sort();
    outcome.findings.dedup();
    let broken = outcome.findings.iter().map(|finding| &finding.rule);
    let broken: BTreeSet<&Rule> = broken.collect();
    let passed = applied.iter().filter(|rule| !broken.contains(rule)).count();
    outcome.passed = if open::is_whole(&held) { passed } else { 0 };
    outcome
}

impl Outcome {
    /// Adds what was not found before too, and counts the others.
    fn new_ones(&mut self, now: Vec<Finding>, then: Vec<Finding>) {
        let key = |one: &Finding| (one.rule.name, one.status, one.what.clone());
        let mut known: Vec<_> = then.iter().map(key).collect();
        for finding in now {
            match known.iter().position(|one| *one == key(&finding)) {
                Some(place) => {
                    known.swap_remove(place);
                    self.known_before += 1;
                }
                None => self.findings.push(finding),
            }
        }
    }
}

fn place_in(place: &crate::template::Place, subject: &Subject) -> Place {
    Place {
        file: place.file.to_string(),
        line: place.line,
        resource: subject.id.clone(),
    }
}

/// Names requests, as many as help.
fn shown(requests: &[Request]) -> String {
    let named: Vec<String> = requests.iter().take(MOST_REQUESTS).map(one_shown).collect();
    let more = match requests.len().saturating_sub(MOST_REQUESTS) {
        0 => String::new(),
        more => format!(", and {more} more kinds of requests"),
    };
    format!("{}{more}", named.join(", "))
}

fn one_shown(request: &Request) -> String {
    let context: Vec<String> = request
        .context()
        .iter()
        .map(|(key, values)| format!("{key}={}", values.join(",")))
        .collect();
    let under = if context.is_empty() {
        String::new()
    } else {
        format!(" with {}", context.join(" "))
    };
    format!("`{}` on `{}`{under}", request.action(), request.resource())
}

#[cfg(test)]
mod tests;
