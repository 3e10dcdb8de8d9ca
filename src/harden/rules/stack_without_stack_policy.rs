//! `stack-without-stack-policy`: an update of the stack may replace or delete each of its resources.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Posture, Setting, Stack};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "stack-without-stack-policy",
        severity: Severity::Low,
        area: Area::CloudFormation,
        what: "An update of the stack may replace or delete each of its resources.",
        why: "A change that looks small can replace a bucket or a table; a stack policy refuses that for the resources that hold data.",
        fix: "Set a stack policy that denies `Update:Replace` and `Update:Delete` for them.",
    },
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html",
    side: Side::Customer,
    serves: "CloudFormation: stack policy",
    check: Check::Stack(check),
};

fn check(stack: &Stack, _: &Posture) -> Verdict {
    match &stack.stack_policy {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::failed(None, "no stack policy is set"),
        Setting::Set(policy, spot) => {
            if denies_nothing(policy) {
                Verdict::failed(
                    Some(spot),
                    "the stack policy denies nothing and allows everything",
                )
            } else {
                Verdict::Passed
            }
        }
    }
}

/// Says whether a policy surely protects nothing: it allows every update of every resource, and denies none.
fn denies_nothing(policy: &str) -> bool {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(policy) else {
        return false;
    };
    let one = |value: &serde_json::Value| match value.get("Statement") {
        Some(serde_json::Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let statements = one(&value);
    let is = |statement: &serde_json::Value, key: &str, word: &str| {
        statement.get(key).and_then(serde_json::Value::as_str) == Some(word)
    };
    let is_all = |statement: &serde_json::Value| {
        is(statement, "Effect", "Allow")
            && is(statement, "Action", "Update:*")
            && is(statement, "Resource", "*")
    };
    statements.iter().any(is_all) && !statements.iter().any(|one| is(one, "Effect", "Deny"))
}
