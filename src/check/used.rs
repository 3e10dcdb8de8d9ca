//! What a role is granted against what it used.

use std::collections::BTreeMap;

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
}

impl Used {
    pub(super) fn findings(&self, held: &Held<'_>, catalog: &Catalog) -> Vec<Finding> {
        let mut findings = self.broken(held);
        let is_excess = |fate: &&ActionFate| fate.is_excess;
        let fates: BTreeMap<String, &ActionFate> = self
            .fates
            .actions
            .iter()
            .filter(is_excess)
            .map(|fate| (fate.action.to_ascii_lowercase(), fate))
            .collect();
        for policy in &held.policies {
            for index in 0..policy.document.statements.len() {
                findings.extend(self.excess(held, (policy, index), &fates, catalog));
            }
        }
        findings
    }

    /// What one statement grants beyond use.
    fn excess(
        &self,
        held: &Held<'_>,
        (policy, index): (&HeldPolicy<'_>, usize),
        fates: &BTreeMap<String, &ActionFate>,
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
    fn broken(&self, held: &Held<'_>) -> Vec<Finding> {
        let unknown = held.unknown.keys().next();
        let reason = unknown.map(|name| format!("the document of `{name}` is not known"));
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
        let denied = self.replayed.broken.iter().chain(&self.replayed.elsewhere);
        let denied = denied.map(|call| match &reason {
            None => {
                let what = said(call, "would be denied");
                Finding::failed(BREAKS_SEEN_CALL, held.place(), what)
            }
            Some(reason) => {
                let what = said(call, &format!("may be denied: {reason}"));
                Finding::not_checked(BREAKS_SEEN_CALL, held.place(), what)
            }
        });
        let undecided = self.replayed.undecided.iter().map(|call| {
            let what = said(call, "may be denied: it depends on what is not known");
            Finding::not_checked(BREAKS_SEEN_CALL, held.place(), what)
        });
        denied.chain(undecided).collect()
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
