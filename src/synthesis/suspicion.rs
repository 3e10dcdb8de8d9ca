//! Use that should not be baked into a policy unseen: rights over rights that turn up late, from places where the role never
//! was, or right after somebody tried one door after the other.
//!
//! Nothing is left out here: what was seen is granted, and the reader is told to look before it is applied.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::{Basis, Suggestion};
use crate::catalog::Catalog;
use crate::policy::PolicyKind;
use crate::policy::lint::{Subject, rule};
use crate::time::{Timestamp, day_of};
use crate::usage::{Evidence, RoleUsage, Spans};

/// The fewest days of use after which "late" means something.
const FEWEST_DAYS: i64 = 8;
/// How long before a first use denied calls count as its prelude.
const PRELUDE: SignedDuration = SignedDuration::from_hours(24);
/// So many different actions denied in that time are probing.
const PROBED_ACTIONS: usize = 3;
/// Services whose every change is about rights.
const RIGHTS: [&str; 4] = ["iam", "sts", "organizations", "sso"];
/// Reads that hand out secrets. Source: the service authorization reference (what each action does).
const SECRETS: [&str; 4] = [
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParametersByPath",
    "ec2:GetPasswordData",
];

/// A use to look at before it is granted for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspicion {
    /// The action.
    pub action: String,
    /// The resource; empty where the action is suspicious everywhere.
    pub resource: String,
    /// What is odd about it.
    pub why: Vec<String>,
    /// Sessions that made the calls.
    pub sessions: Vec<String>,
    /// The earliest event ids.
    pub event_ids: Vec<String>,
    /// How to leave the calls out, in the words of `--exclude`.
    pub exclusion: Option<String>,
}

/// Lists what is odd about the uses, and what leads to more rights in the suggestion.
pub fn suspicions(basis: Basis<'_>, suggestion: &Suggestion) -> Vec<Suspicion> {
    let mut found = Vec::new();
    if let Some(late) = late_from(basis.usage) {
        let mut uses: BTreeMap<(&str, &str), Evidence> = BTreeMap::new();
        for (used, evidence) in &basis.usage.uses {
            let key = (used.access.action.as_str(), used.access.resource.as_str());
            uses.entry(key).or_default().merge(evidence.clone());
        }
        let look = Look {
            usage: basis.usage,
            catalog: basis.catalog,
            late,
        };
        found.extend(
            uses.iter()
                .filter_map(|(use_of, evidence)| look.at(*use_of, evidence)),
        );
    }
    found.extend(escalations(suggestion, basis.catalog));
    found
}

/// The moment after which a first use is late: the last quarter of the role's time. None if that time is short.
fn late_from(usage: &RoleUsage) -> Option<Timestamp> {
    let spans = || usage.uses.values();
    let first = spans().filter_map(|evidence| evidence.first_seen).min()?;
    let last = spans().filter_map(|evidence| evidence.last_seen).max()?;
    let seconds = last.as_second() - first.as_second();
    (seconds >= FEWEST_DAYS * 24 * 3600)
        .then(|| Timestamp::from_second(first.as_second() + seconds / 4 * 3).ok())?
}

struct Look<'a> {
    usage: &'a RoleUsage,
    catalog: &'a Catalog,
    late: Timestamp,
}

impl Look<'_> {
    fn at(&self, (action, resource): (&str, &str), evidence: &Evidence) -> Option<Suspicion> {
        let first = evidence.first_seen.filter(|first| *first >= self.late)?;
        let is_sensitive = self.is_sensitive(action);
        let probed = self.probed_before(first);
        if !is_sensitive && probed.len() < PROBED_ACTIONS {
            return None;
        }
        let mut why = Vec::new();
        if is_sensitive {
            why.push(format!(
                "a sensitive action, first seen late, on {}",
                day_of(first)
            ));
        } else {
            why.push(format!("first seen late, on {}", day_of(first)));
        }
        let origin = evidence.first_origin.as_ref().map(|first| &first.1);
        let mut exclusion = None;
        if let Some(origin) = origin {
            if self.is_new(&self.usage.networks, &origin.network) {
                why.push(format!(
                    "from {}, where the role was never before",
                    origin.network
                ));
                exclusion = Some(format!("source-ip={}", origin.network));
            }
            if self.is_new(&self.usage.agents, &origin.agent) {
                why.push(format!("by `{}`, a client not seen before", origin.agent));
            }
        }
        if probed.len() >= PROBED_ACTIONS {
            why.push(format!(
                "within a day after {} different actions were denied",
                probed.len()
            ));
        }
        let session = evidence.sessions.first();
        Some(Suspicion {
            action: action.to_owned(),
            resource: resource.to_owned(),
            why,
            sessions: evidence.sessions.iter().cloned().collect(),
            event_ids: evidence.examples.iter().map(|one| one.id.clone()).collect(),
            exclusion: exclusion.or_else(|| session.map(|name| format!("session={name}"))),
        })
    }

    fn is_sensitive(&self, action: &str) -> bool {
        let Some((service, _, fact)) = self.catalog.action(action) else {
            return false;
        };
        fact.access_level == "Permissions management"
            || (fact.access_level == "Write" && RIGHTS.contains(&service.prefix.as_str()))
            || SECRETS.contains(&action)
    }

    /// Says whether something was first seen in the late part, although others of its kind were seen before.
    fn is_new(&self, spans: &Spans, name: &str) -> bool {
        let is_late = |first: Option<Timestamp>| first.is_some_and(|first| first >= self.late);
        !name.is_empty()
            && spans.get(name).is_some_and(|span| is_late(span.first))
            && spans.iter().any(|(_, span)| !is_late(span.first))
    }

    /// The actions that were denied shortly before a moment.
    fn probed_before(&self, moment: Timestamp) -> BTreeSet<&str> {
        let is_prelude = |time: Timestamp| time <= moment && moment.duration_since(time) <= PRELUDE;
        let near = self.usage.denied.iter().filter(|(_, evidence)| {
            let ends = [evidence.first_seen, evidence.last_seen];
            ends.into_iter().flatten().any(is_prelude)
        });
        near.map(|(call, _)| call.operation.name.as_str()).collect()
    }
}

/// Ways to more rights that the suggestion opens, by the rule of the policy linter.
fn escalations(suggestion: &Suggestion, catalog: &Catalog) -> Vec<Suspicion> {
    let Some(rule) = rule("privilege-escalation") else {
        return Vec::new();
    };
    let documents = suggestion.policies.iter().map(|policy| &policy.document);
    let findings = documents.flat_map(|document| {
        let subject = Subject::new(document, PolicyKind::Identity, catalog);
        rule.findings(&subject)
    });
    findings
        .map(|finding| Suspicion {
            action: rule.name.to_owned(),
            resource: String::new(),
            why: vec![finding.message],
            sessions: Vec::new(),
            event_ids: Vec::new(),
            exclusion: None,
        })
        .collect()
}
