//! What a role is granted against what it used.

use std::collections::BTreeMap;

use super::Outcome;
use super::held::{Held, HeldPolicy};
use super::rules::{BREAKS_SEEN_CALL, GRANTS_UNUSED, WIDER_THAN_USED};
use crate::catalog::Catalog;
use crate::diff::{ActionFate, Call, Fate, Fates, Replayed};
use crate::finding::{Finding, Rule};
use crate::policy::{ActionElement, Effect};

/// How many actions a finding names.
const MOST_ACTIONS: usize = 5;

pub(super) const RULES: [Rule; 3] = [BREAKS_SEEN_CALL, GRANTS_UNUSED, WIDER_THAN_USED];

/// What is known of a role's use.
#[derive(Clone, Debug)]
pub struct Used {
    /// The role's ARN.
    pub role: String,
    /// The days that the trail spans.
    pub days: i32,
    /// What becomes of each action that the code grants.
    pub fates: Fates,
    /// What becomes of the calls seen under what the code grants.
    pub replayed: Replayed,
    /// The same of the code before, if the code is compared with it.
    pub before: Option<UsedBefore>,
}

/// What is known of a role's use against the code before.
#[derive(Clone, Debug, Default)]
pub struct UsedBefore {
    /// What becomes of each action that the code granted.
    pub fates: Fates,
    /// Calls of which it was not known whether the code allowed them.
    pub undecided: Vec<Call>,
}

impl Used {
    /// Adds what is found; of what was so before only how much.
    pub(super) fn look(
        &self,
        held: &Held<'_>,
        old: Option<&Held<'_>>,
        catalog: &Catalog,
        outcome: &mut Outcome,
    ) {
        let excess = |fates: &Fates| -> BTreeMap<String, ActionFate> {
            let all = fates.actions.iter().filter(|fate| fate.is_excess);
            all.map(|fate| (fate.action.to_ascii_lowercase(), fate.clone()))
                .collect()
        };
        let fates = excess(&self.fates);
        let before = self.before.as_ref().map(|before| excess(&before.fates));
        let is_new = |name: &String, fate: &ActionFate| {
            let known = before.as_ref().and_then(|before| before.get(name));
            known.is_none_or(|known| known.fate != fate.fate)
        };
        let mut new = fates.clone();
        new.retain(|name, fate| is_new(name, fate));
        for policy in &held.policies {
            for index in 0..policy.document.statements.len() {
                let all = self.excess(held, (policy, index), &fates, catalog);
                let caused = self.excess(held, (policy, index), &new, catalog);
                outcome.known_before += all.len() - caused.len();
                outcome.findings.extend(caused);
            }
        }
        self.broken(held, old, outcome);
    }

    /// What one statement grants beyond use.
    fn excess(
        &self,
        held: &Held<'_>,
        (policy, index): (&HeldPolicy<'_>, usize),
        fates: &BTreeMap<String, ActionFate>,
        catalog: &Catalog,
    ) -> Vec<Finding> {
        let statement = policy.document.statements.get(index);
        let Some(statement) = statement.filter(|one| one.effect == Effect::Allow) else {
            return Vec::new();
        };
        let granted: Vec<String> = match &statement.action {
            ActionElement::Action(patterns) => patterns
                .iter()
                .flat_map(|one| catalog.expand(one))
                .collect(),
            // What is granted by leaving out is granted everywhere.
            ActionElement::NotAction(patterns) => {
                let left_out: Vec<String> = patterns
                    .iter()
                    .flat_map(|one| catalog.expand(one))
                    .collect();
                let mut all = catalog.all_actions();
                all.retain(|action| !left_out.contains(action));
                all
            }
        };
        let of = |fate: Fate| -> Vec<&str> {
            let mut actions: Vec<&str> = granted
                .iter()
                .filter_map(|action| fates.get(&action.to_ascii_lowercase()))
                .filter(|one| one.fate == fate)
                .map(|one| one.action.as_str())
                .collect();
            actions.sort_unstable();
            actions.dedup();
            actions
        };
        let name = match &policy.managed {
            Some(name) => format!("`{name}` grants "),
            None => String::new(),
        };
        let mut findings = Vec::new();
        let unused = of(Fate::Unused);
        if !unused.is_empty() {
            let place = held.place_of(policy, &format!("Statement[{index}].Action"));
            let what = format!(
                "{name}{} not used in {} by {}",
                named(&unused),
                days(self.days),
                self.role
            );
            findings.push(Finding::failed(GRANTS_UNUSED, place, what));
        }
        let wider = of(Fate::Narrowed);
        if !wider.is_empty() {
            let place = held.place_of(policy, &format!("Statement[{index}].Resource"));
            let what = format!("{name}{} on more than what was used", named(&wider));
            findings.push(Finding::failed(WIDER_THAN_USED, place, what));
        }
        findings
    }

    /// Calls that were seen, and that the code would deny.
    ///
    /// Compared with the code before, only what that allowed is broken: all else is granted by something else.
    fn broken(&self, held: &Held<'_>, old: Option<&Held<'_>>, outcome: &mut Outcome) {
        let said = |call: &Call, end: &str| {
            let times = match call.count {
                1 => "once".to_owned(),
                count => format!("{count} times"),
            };
            format!(
                "`{}` on `{}` was used {times}, and {end}",
                call.action, call.resource
            )
        };
        let may = |call: &Call, reason: &str| {
            let what = said(call, &format!("may be denied: {reason}"));
            Finding::not_checked(BREAKS_SEEN_CALL, held.place(), what)
        };
        let not_known = |name: &String| format!("the document of `{name}` is not known");
        let unknown = held.unknown.keys().next().map(not_known);
        let denied = |call: &Call| match &unknown {
            None => {
                let what = said(call, "would be denied");
                Finding::failed(BREAKS_SEEN_CALL, held.place(), what)
            }
            Some(reason) => may(call, reason),
        };
        let replayed = &self.replayed;
        outcome.findings.extend(replayed.broken.iter().map(denied));
        let mut undecided = replayed.undecided.clone();
        match &self.before {
            None => outcome
                .findings
                .extend(replayed.elsewhere.iter().map(denied)),
            Some(before) => {
                let all = undecided.len();
                undecided.retain(|call| !before.undecided.contains(call));
                outcome.known_before += all - undecided.len();
                // A policy that is gone may have been what granted them.
                let mut gone = old.into_iter().flat_map(|old| old.unknown.keys());
                let gone = gone.find(|name| !held.unknown.contains_key(*name));
                if let Some(reason) = gone.map(not_known) {
                    let elsewhere = replayed.elsewhere.iter();
                    let told = elsewhere.map(|call| may(call, &reason));
                    outcome.findings.extend(told);
                }
            }
        }
        let told = undecided
            .iter()
            .map(|call| may(call, "it depends on what is not known"));
        outcome.findings.extend(told);
    }
}

fn days(days: i32) -> String {
    if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    }
}

fn named(actions: &[&str]) -> String {
    let shown: Vec<String> = actions
        .iter()
        .take(MOST_ACTIONS)
        .map(|one| format!("`{one}`"))
        .collect();
    match actions.len().saturating_sub(MOST_ACTIONS) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
