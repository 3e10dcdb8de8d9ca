//! One role in the table of all.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cli::Failure;
use crate::diff::Fates;
use crate::policy::lint::{Severity, lint};
use crate::policy::{Document, PolicyKind};
use crate::report::{IndexEntry, PolicyEntry, Report, grouped};
use crate::synthesis::CurrentPolicy;
use crate::usage::RoleUsage;

/// What is suggested for one role.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) policies: Vec<PolicyEntry>,
    /// What becomes of the current policies; none where they are not known.
    pub(super) fates: Option<Fates>,
    /// The whole report, where it is asked for: those of many roles fill the memory.
    pub(super) report: Option<Report>,
}

/// What is told of one role.
#[derive(Debug)]
pub(in crate::cli::suggest) struct Row {
    pub(in crate::cli::suggest) arn: String,
    pub(in crate::cli::suggest) name: String,
    pub(in crate::cli::suggest) account: String,
    pub(in crate::cli::suggest) events: u64,
    /// Distinct actions used.
    used: usize,
    /// Actions granted today, and with the suggestion; none without the current policies.
    actions: Option<(usize, usize)>,
    pub(super) policies: Vec<PolicyEntry>,
    /// The worst finding in the current policies, or in the suggestion where they are not known.
    worst: Option<(Severity, &'static str)>,
    pub(super) has_excess: bool,
    /// Why there is no suggestion.
    pub(super) refused: Option<String>,
    /// Why it is not known what the role may do today, though it was asked.
    pub(super) not_compared: Option<String>,
    /// The whole report, where it is asked for.
    pub(super) report: Option<Report>,
}

impl Row {
    pub(super) fn new(
        role: &RoleUsage,
        current: Option<&[CurrentPolicy]>,
        outcome: Result<Outcome, Failure>,
    ) -> Self {
        let actions = role.uses.keys().map(|used| used.access.action.as_str());
        let mut used: Vec<&str> = actions.collect();
        used.sort_unstable();
        used.dedup();
        let (outcome, refused) = match outcome {
            Ok(outcome) => (outcome, None),
            Err(failure) => (Outcome::default(), Some(failure.message().to_owned())),
        };
        let fates = outcome.fates.as_ref();
        let policies = outcome.policies;
        let read = |policy: &PolicyEntry| {
            Document::parse(&policy.document.to_string(), PolicyKind::Identity).ok()
        };
        let worst = match current {
            Some(policies) => worst(policies.iter().map(|policy| policy.document.clone())),
            None => worst(policies.iter().filter_map(read)),
        };
        Self {
            arn: role.role.arn.clone(),
            name: role.role.name.clone(),
            account: role.role.account.clone(),
            events: role.events,
            used: used.len(),
            actions: fates.map(|fates| (fates.before, fates.after)),
            has_excess: fates.is_some_and(crate::cli::suggest::has_excess),
            policies,
            worst,
            refused,
            not_compared: None,
            report: outcome.report,
        }
    }

    /// The row of the table as a page; `page` is where the role's own is.
    pub(super) fn entry(&self, page: Option<[String; 2]>) -> IndexEntry {
        let worst = self.worst;
        IndexEntry {
            name: self.name.clone(),
            account: self.account.clone(),
            events: self.events,
            used: self.used,
            actions: self.actions,
            characters: self.refused.is_none().then(|| self.characters()),
            worst: worst.map(|(severity, rule)| (severity.as_str().to_owned(), rule.to_owned())),
            page,
            refused: self.refused.clone(),
            not_compared: self.not_compared.clone(),
        }
    }

    /// How much of what it may do can be removed, in words.
    pub(in crate::cli::suggest) fn excess(&self) -> String {
        match self.actions {
            Some((before, _)) => format!(
                "{} of {} actions removable",
                grouped(self.removable() as u64),
                grouped(before as u64)
            ),
            None => "what it may do is not known".to_owned(),
        }
    }

    fn removable(&self) -> usize {
        self.actions
            .map_or(0, |(before, after)| before.saturating_sub(after))
    }

    fn characters(&self) -> usize {
        self.policies.iter().map(|policy| policy.characters).sum()
    }

    /// Those first from which most can be removed, then the busiest.
    pub(super) fn order(one: &Self, other: &Self) -> Ordering {
        let by = |row: &Self| (row.removable(), row.events);
        by(other)
            .cmp(&by(one))
            .then_with(|| one.arn.cmp(&other.arn))
    }

    pub(super) fn cells(&self) -> Vec<String> {
        let number = |count: usize| grouped(count as u64);
        let known = |count: Option<usize>| count.map_or_else(|| "–".to_owned(), number);
        let before = self.actions.map(|(before, _)| before);
        let worst = self
            .worst
            .map(|(severity, rule)| format!("{}: {rule}", severity.as_str()));
        vec![
            format!("{} ({})", crate::report::plain(&self.name), self.account),
            grouped(self.events),
            number(self.used),
            known(before),
            match self.not_compared {
                Some(_) => "not compared".to_owned(),
                None => known(before.map(|_| self.removable())),
            },
            known(self.refused.is_none().then(|| self.characters())),
            worst.unwrap_or_else(|| "–".to_owned()),
        ]
    }

    pub(super) fn json(&self) -> Value {
        let policies = self.policies.iter().map(|policy| {
            json!({
                "name": policy.name,
                "document": policy.document,
                "characters": policy.characters,
                "quota": policy.quota,
            })
        });
        let worst = self
            .worst
            .map(|(severity, rule)| json!({ "severity": severity.as_str(), "rule": rule }));
        json!({
            "role": { "arn": self.arn, "name": self.name, "account": self.account },
            "events": self.events,
            "used_actions": self.used,
            "granted_actions": self.actions.map(|(before, _)| before),
            "suggested_actions": self.actions.map(|(_, after)| after),
            "removable_actions": self.actions.map(|_| self.removable()),
            "characters": self.refused.is_none().then(|| self.characters()),
            "worst_finding": worst,
            "policies": policies.collect::<Vec<_>>(),
            "refused": self.refused,
            "not_compared": self.not_compared,
        })
    }
}

fn worst(documents: impl Iterator<Item = Document>) -> Option<(Severity, &'static str)> {
    let findings =
        documents.flat_map(|document| lint(&document, PolicyKind::Identity, Catalog::bundled()));
    let found = findings.map(|finding| (finding.severity, finding.rule));
    found.max_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(one.1)))
}
