//! Hardening: what is configured, against what a prototype must mend before production.
//!
//! One rule is one file below `rules/` and one line in [`PRACTICES`]. A rule looks at one thing of a [`Posture`] and answers with a
//! `Verdict`; it knows neither where that was read from nor how findings are shown. Roles are asked by the gate's own rules (`check`),
//! so that one fault has one name whichever command finds it.

pub mod fix;
mod iam;
mod proof;
mod rules;
mod runtimes;
mod used;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::check::{Outcome, UNREADABLE};
use crate::finding::{Finding, Place, Rule};
use crate::posture::{
    AccessPoint, Account, Bucket, Function, Identity, Posture, Role, SecurityGroup, Spot, Stack,
};
pub use rules::PRACTICES;
pub use used::{Touched, mark};

/// Who answers for it, in AWS's shared responsibility model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The customer alone.
    Customer,
    /// AWS gives the means, the customer turns them on.
    Shared,
}

impl Side {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Shared => "shared",
        }
    }
}

/// A rule with what hardening tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Practice {
    /// The rule.
    pub rule: Rule,
    /// Where AWS says so.
    pub source: &'static str,
    /// Who answers for it.
    pub side: Side,
    /// The practice that it serves.
    pub serves: &'static str,
    check: Check,
}

/// What could not be read from AWS itself, for which no parameter of a template helps.
const UNREADABLE_IN_AWS: Rule = Rule {
    what: "Something could not be read.",
    why: "What was not read is not looked at: it is not known whether it is right.",
    fix: "Give the right that is missing; `polgen self-policy harden` prints the least policy.",
    ..UNREADABLE
};

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
enum Check {
    Account(fn(&Account, &Posture) -> Verdict),
    Bucket(fn(&Bucket, &Posture) -> Verdict),
    AccessPoint(fn(&AccessPoint, &Posture) -> Verdict),
    Stack(fn(&Stack, &Posture) -> Verdict),
    Function(fn(&Function, &Posture) -> Verdict),
    SecurityGroup(fn(&SecurityGroup, &Posture) -> Verdict),
    Role(fn(&Role, &Posture) -> Verdict),
}

/// What a rule says of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It holds.
    Passed,
    /// The thing is not one that it is about.
    NotAsked,
    /// It does not hold, at these places; without one it is where the thing begins.
    Failed(Vec<(Option<Spot>, String)>),
    /// That could not be told: why.
    NotChecked(String),
}

impl Verdict {
    fn failed(spot: Option<&Spot>, what: impl Into<String>) -> Self {
        Self::Failed(vec![(spot.cloned(), what.into())])
    }

    /// What was found, or else what could not be told, or else that all is well.
    fn of(failed: Vec<(Option<Spot>, String)>, open: Option<String>) -> Self {
        match (failed.is_empty(), open) {
            (false, _) => Self::Failed(failed),
            (true, Some(why)) => Self::NotChecked(why),
            (true, None) => Self::Passed,
        }
    }
}

/// All rules that hardening asks: its own, and the gate's of roles.
pub fn rules() -> Vec<Rule> {
    let own = PRACTICES.iter().map(|practice| practice.rule);
    let mut rules: Vec<Rule> = own.chain(iam::rules()).collect();
    rules.sort_unstable_by_key(|rule| rule.name);
    rules
}

/// All rules that there are, the gate's own too: what an allow list and `explain` may name.
pub fn all_rules() -> Vec<Rule> {
    let own = PRACTICES.iter().map(|practice| practice.rule);
    let mut rules: Vec<Rule> = own.chain(crate::check::rules()).collect();
    rules.sort_unstable_by_key(|rule| rule.name);
    rules
}

/// What hardening tells of a rule beside its words: where AWS says so, whose side it is, and what it serves.
pub fn told_of(rule: &str) -> Option<(&'static str, Side, &'static str)> {
    let own = PRACTICES.iter().find(|one| one.rule.name == rule);
    let of_gate = || {
        let is_asked = iam::rules().any(|one| one.name == rule);
        let (source, serves) = iam::practice_of(rule);
        is_asked.then_some((source, Side::Customer, serves))
    };
    own.map(|one| (one.source, one.side, one.serves))
        .or_else(of_gate)
}

/// Looks at everything.
pub fn harden(posture: &Posture, catalog: &Catalog) -> Outcome {
    let mut outcome = Outcome::default();
    for practice in &PRACTICES {
        for (identity, is_elsewhere, verdict) in practice.verdicts(posture) {
            practice.add(&identity, is_elsewhere, verdict, &mut outcome);
        }
    }
    for role in &posture.roles {
        outcome.add(iam::check_role(role, catalog));
    }
    let mut seen = BTreeSet::new();
    for (spot, what) in &posture.gaps {
        if seen.insert((spot, what)) {
            let rule = if spot.file.starts_with("arn:") {
                UNREADABLE_IN_AWS
            } else {
                UNREADABLE
            };
            let found = Finding::not_checked(rule, place(spot, ""), what.clone());
            outcome.findings.push(found);
        }
    }
    outcome.findings.sort();
    outcome.findings.dedup();
    outcome
}

/// The name under which a role stands where it was read.
fn identity_of(role: &Role) -> Identity {
    Identity {
        id: role.subject.id.clone(),
        name: None,
        origin: crate::posture::Origin::Aws,
        spot: Spot {
            file: role.subject.place.file.to_string(),
            line: role.subject.place.line,
        },
        parts: std::collections::BTreeMap::new(),
    }
}

impl Practice {
    /// Asks the rule of everything that it is about.
    fn verdicts(&self, posture: &Posture) -> Vec<(Identity, bool, Verdict)> {
        let own = |identity: &Identity, verdict| (identity.clone(), false, verdict);
        match self.check {
            Check::Account(check) => {
                let all = posture.accounts.iter();
                all.map(|one| own(&one.identity, check(one, posture)))
                    .collect()
            }
            Check::Bucket(check) => {
                let all = posture.buckets.iter();
                all.map(|one| (one.identity.clone(), one.is_elsewhere, check(one, posture)))
                    .collect()
            }
            Check::AccessPoint(check) => {
                let all = posture.access_points.iter();
                all.map(|one| own(&one.identity, check(one, posture)))
                    .collect()
            }
            Check::Stack(check) => {
                let all = posture.stacks.iter();
                all.map(|one| own(&one.identity, check(one, posture)))
                    .collect()
            }
            Check::Function(check) => {
                let all = posture.functions.iter();
                all.map(|one| (one.identity.clone(), one.is_elsewhere, check(one, posture)))
                    .collect()
            }
            Check::SecurityGroup(check) => {
                let all = posture.security_groups.iter();
                all.map(|one| own(&one.identity, check(one, posture)))
                    .collect()
            }
            Check::Role(check) => {
                let all = posture.roles.iter();
                all.map(|one| own(&identity_of(one), check(one, posture)))
                    .collect()
            }
        }
    }

    fn add(
        &self,
        identity: &Identity,
        is_elsewhere: bool,
        verdict: Verdict,
        outcome: &mut Outcome,
    ) {
        match verdict {
            Verdict::Passed => outcome.passed += 1,
            Verdict::NotAsked => {}
            Verdict::Failed(all) => outcome.findings.extend(all.into_iter().map(|(spot, what)| {
                let spot = spot.as_ref().unwrap_or(&identity.spot);
                Finding::failed(self.rule, place(spot, &identity.id), what)
            })),
            // Of what stands elsewhere only the parts that stand here are looked at.
            Verdict::NotChecked(_) if is_elsewhere => {}
            Verdict::NotChecked(why) => {
                let place = place(&identity.spot, &identity.id);
                outcome
                    .findings
                    .push(Finding::not_checked(self.rule, place, why));
            }
        }
    }
}

fn place(spot: &Spot, resource: &str) -> Place {
    Place {
        file: spot.file.clone(),
        line: spot.line,
        resource: resource.to_owned(),
    }
}
