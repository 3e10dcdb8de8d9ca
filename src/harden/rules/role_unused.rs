//! `role-unused`: the role was not used for 90 days.

use super::age::{MOST_DAYS, days_between};
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{LastUsed, Posture, Role, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "role-unused",
        severity: Severity::Medium,
        area: Area::Iam,
        what: "The role was not used for 90 days.",
        why: "Nobody would miss it, and nobody watches it; whoever can assume it has what it grants.",
        fix: "Ask its owner, then delete it; `aws iam delete-role` refuses while something is attached.",
    },
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_view-role-access.html",
    side: Side::Customer,
    serves: "IAM: unused roles",
    check: Check::Role(check),
};

fn check(role: &Role, posture: &Posture) -> Verdict {
    let (used, today) = match (&role.last_used, posture.today) {
        // Code says nothing of use, and is not asked.
        (Setting::NotKnown(_), _) if role.arn.is_none() => return Verdict::NotAsked,
        (Setting::NotKnown(why), _) => return Verdict::NotChecked(why.clone()),
        (_, None) => return Verdict::NotChecked("the day is not known".to_owned()),
        (Setting::NotSet, Some(today)) => (LastUsed::Never, today),
        (Setting::Set(used, _), Some(today)) => (*used, today),
    };
    let is_services = role
        .arn
        .as_deref()
        .is_some_and(|arn| arn.contains(":role/aws-service-role/"));
    let is_new = role
        .made
        .is_some_and(|made| days_between(made, today) < MOST_DAYS);
    match used {
        _ if is_services || is_new => Verdict::NotAsked,
        LastUsed::Never => Verdict::failed(None, "it was never used, as far as AWS looks back"),
        LastUsed::On(day) if days_between(day, today) > MOST_DAYS => {
            Verdict::failed(None, format!("it was last used on {day}"))
        }
        LastUsed::On(_) => Verdict::Passed,
    }
}
