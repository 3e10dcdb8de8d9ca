//! `function-runtime-unsupported`: the function's runtime is out of support.

use crate::finding::{Area, Rule, Severity};
use crate::harden::runtimes::end_of_support;
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Function, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "function-runtime-unsupported",
        severity: Severity::Medium,
        area: Area::Lambda,
        what: "The function's runtime is out of support.",
        why: "AWS no longer mends its faults, and later refuses to change the function.",
        fix: "Move to a runtime that is supported, and test.",
    },
    source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    side: Side::Customer,
    serves: "Lambda: runtimes in support",
    check: Check::Function(check),
};

fn check(function: &Function, posture: &Posture) -> Verdict {
    let (name, spot) = match &function.runtime {
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        // A function that is an image brings its own.
        Setting::NotSet => return Verdict::NotAsked,
        Setting::Set(name, spot) => (name, spot),
    };
    match (end_of_support(name), posture.today) {
        (None, _) => Verdict::NotChecked(format!("nothing is known of the runtime `{name}`")),
        (Some(_), None) => Verdict::NotChecked("the day is not known".to_owned()),
        (Some(end), Some(today)) if end <= today => Verdict::failed(
            Some(spot),
            format!("`{name}` is out of support since {end}"),
        ),
        (Some(_), Some(_)) => Verdict::Passed,
    }
}
