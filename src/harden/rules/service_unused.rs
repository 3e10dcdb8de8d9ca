//! `service-unused`: the role may use services that it did not use for 90 days.

use super::age::{MOST_DAYS, days_between};
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{LastUsed, Posture, Role, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "service-unused",
        severity: Severity::Low,
        area: Area::Iam,
        what: "The role may use services that it did not use for 90 days.",
        why: "Whoever gets hold of the role can use them.",
        fix: "Remove them; `polgen suggest` writes the policy of what is used.",
    },
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html",
    side: Side::Customer,
    serves: "IAM: unused services",
    check: Check::Role(check),
};

/// How many services a finding names.
const MOST_NAMES: usize = 8;

fn check(role: &Role, posture: &Posture) -> Verdict {
    let (services, today) = match (&role.services, posture.today) {
        (Setting::NotKnown(_), _) if role.arn.is_none() => return Verdict::NotAsked,
        (Setting::NotKnown(why), _) => return Verdict::NotChecked(why.clone()),
        (_, None) => return Verdict::NotChecked("the day is not known".to_owned()),
        (Setting::NotSet, _) => return Verdict::Passed,
        (Setting::Set(services, _), Some(today)) => (services, today),
    };
    let is_new = role
        .made
        .is_some_and(|made| days_between(made, today) < MOST_DAYS);
    let is_unused = |last: &LastUsed| match last {
        LastUsed::Never => true,
        LastUsed::On(day) => days_between(*day, today) > MOST_DAYS,
    };
    let unused: Vec<&str> = services
        .iter()
        .filter(|(_, last)| is_unused(last))
        .map(|(name, _)| name.as_str())
        .collect();
    if unused.is_empty() || is_new {
        return Verdict::Passed;
    }
    let shown: Vec<&str> = unused.iter().copied().take(MOST_NAMES).collect();
    let more = match unused.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Verdict::failed(
        None,
        format!("`{}`{more} may be used and is not", shown.join("`, `")),
    )
}
