//! `function-policy-without-source`: a service may call the function on behalf of any account.

use super::public::open;
use crate::finding::{Area, Rule, Severity};
use crate::harden::proof::is_narrowed;
use crate::harden::{Check, Practice, Side, Verdict};
use crate::policy::{Effect, PrincipalElement, Principals};
use crate::posture::{Function, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "function-policy-without-source",
        severity: Severity::Medium,
        area: Area::Lambda,
        what: "A service may call the function on behalf of any account.",
        why: "The service acts for all its customers: a stranger's bucket, topic or API can be set up to call the function.",
        fix: "Add `SourceArn`, or `SourceAccount` where the ARN has no account.",
    },
    source: "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
    side: Side::Customer,
    serves: "Lambda: function policy not too wide",
    check: Check::Function(check),
};

fn check(function: &Function, _: &Posture) -> Verdict {
    let policy = match &function.policy {
        Setting::NotSet => return Verdict::Passed,
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        Setting::Set(policy, _) => policy,
    };
    let statements = policy.document.statements.iter().enumerate();
    let found = statements.filter_map(|(index, statement)| {
        if statement.effect != Effect::Allow || is_narrowed(&statement.conditions, &policy.holes) {
            return None;
        }
        let Some(PrincipalElement::Principal(Principals::Named(kinds))) = &statement.principal
        else {
            return None;
        };
        let service = kinds.get("Service")?.first()?;
        let what = format!("`{service}` may call it for any account");
        Some((policy.place(index).cloned(), what))
    });
    Verdict::of(found.collect(), open(policy))
}
