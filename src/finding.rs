//! What gates and hardening say: a rule, a place, and whether the rule holds there.
//!
//! Rules find, renderers show; this is what passes between them. What could not be looked at is [`Status::NotChecked`], never passed.

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::policy::lint;
pub use crate::policy::lint::Severity;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Roles, users and their policies.
    Iam,
    /// Buckets and their access points.
    S3,
    /// Stacks.
    CloudFormation,
    /// Functions.
    Lambda,
    /// Security groups.
    Vpc,
}

impl Area {
    /// Returns the word that the JSON contracts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::S3 => "s3",
            Self::CloudFormation => "cloudformation",
            Self::Lambda => "lambda",
            Self::Vpc => "vpc",
        }
    }
}

/// A rule with its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Its name, which says the fault, e.g. `wildcard-resource`.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// What it is about.
    pub area: Area,
    /// What it finds, in one sentence.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
}

impl From<&lint::Rule> for Rule {
    fn from(rule: &lint::Rule) -> Self {
        Self {
            name: rule.name,
            severity: rule.severity,
            area: Area::Iam,
            what: rule.what,
            why: rule.why,
            fix: rule.fix,
        }
    }
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it is about, by its name in the file.
    pub resource: String,
}

/// Whether a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It does not.
    Failed,
    /// It does.
    Passed,
    /// That could not be told.
    NotChecked,
}

impl Status {
    /// Returns the word that the JSON contracts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Passed => "passed",
            Self::NotChecked => "not-checked",
        }
    }
}

/// One thing found, or not to be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// The rule.
    pub rule: Rule,
    /// Whether it holds.
    pub status: Status,
    /// What was found there.
    pub what: String,
    /// Who allowed it, if anybody did.
    pub allowed: Option<Allowed>,
    /// Who uses what it is about, if that was seen.
    pub used: Option<String>,
}

/// An entry of the allow list that a finding falls under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowed {
    /// Why it is allowed.
    pub reason: String,
    /// The last day that it is; for good if absent.
    pub until: Option<Date>,
}

impl Finding {
    /// Makes a finding that a rule does not hold.
    pub fn failed(rule: Rule, place: Place, what: impl Into<String>) -> Self {
        Self {
            place,
            rule,
            status: Status::Failed,
            what: what.into(),
            allowed: None,
            used: None,
        }
    }

    /// Makes a note that it could not be told whether a rule holds.
    pub fn not_checked(rule: Rule, place: Place, what: impl Into<String>) -> Self {
        Self {
            status: Status::NotChecked,
            ..Self::failed(rule, place, what)
        }
    }

    /// Says whether it counts: a rule does not hold, and nobody allowed that.
    pub fn counts(&self) -> bool {
        self.status == Status::Failed && self.allowed.is_none()
    }

    /// Names the finding for allow lists and other programs: the same as long as rule, file, resource and words are the same.
    pub fn id(&self) -> String {
        const BYTES: usize = 8;
        let parts = [
            self.rule.name,
            &self.place.file,
            &self.place.resource,
            &self.what,
        ];
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        let digest = digest.finalize();
        let bytes = digest.iter().take(BYTES);
        let number = bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{number:016x}")
    }
}

/// How many findings there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Findings that count, informational, low, medium and high.
    pub failed: [usize; 4],
    /// Findings that somebody allowed.
    pub allowed: usize,
    /// Rules that hold, counted once for each thing looked at.
    pub passed: usize,
    /// What could not be told.
    pub not_checked: usize,
}

impl Counts {
    /// Counts findings; `passed` is not among them.
    pub fn of(findings: &[Finding], passed: usize) -> Self {
        let mut counts = Self {
            passed,
            ..Self::default()
        };
        for finding in findings {
            match finding.status {
                Status::Passed => counts.passed += 1,
                Status::Failed | Status::NotChecked if finding.allowed.is_some() => {
                    counts.allowed += 1;
                }
                Status::NotChecked => counts.not_checked += 1,
                Status::Failed => {
                    let index = SEVERITIES
                        .iter()
                        .position(|one| *one == finding.rule.severity);
                    if let Some(count) = index.and_then(|index| counts.failed.get_mut(index)) {
                        *count += 1;
                    }
                }
            }
        }
        counts
    }

    /// How many findings of a severity count.
    pub fn failed(&self, severity: Severity) -> usize {
        let mut pairs = SEVERITIES.iter().zip(self.failed);
        pairs
            .find(|(one, _)| **one == severity)
            .map_or(0, |(_, count)| count)
    }

    /// How many findings count.
    pub fn all_failed(&self) -> usize {
        self.failed.iter().sum()
    }

    /// The worst severity among the findings that count.
    pub fn worst(&self) -> Option<Severity> {
        let mut severities = SEVERITIES.into_iter().rev();
        severities.find(|severity| self.failed(*severity) > 0)
    }
}

/// All severities, the mildest first.
pub const SEVERITIES: [Severity; 4] = [
    Severity::Informational,
    Severity::Low,
    Severity::Medium,
    Severity::High,
];

#[cfg(test)]
mod tests;
