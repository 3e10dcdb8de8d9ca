//! `function-secret-in-environment`: a secret stands in clear in the function's variables.

use super::secrets::{self, Secret};
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Function, Posture};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "function-secret-in-environment",
        severity: Severity::High,
        area: Area::Lambda,
        what: "A secret stands in clear in the function's variables.",
        why: "Whoever may read the function's configuration, the template or its repository has it.",
        fix: "Keep it in Secrets Manager or as a SecureString, and let the function read it there.",
    },
    source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
    side: Side::Customer,
    serves: "Lambda: no secrets in clear",
    check: Check::Function(check),
};

fn check(function: &Function, _: &Posture) -> Verdict {
    let mut open = function.environment_gap.clone();
    let mut found = Vec::new();
    for (name, (value, spot)) in &function.environment {
        match secrets::of(name, value) {
            Secret::None => {}
            // The value itself is never told.
            Secret::InClear => found.push((
                Some(spot.clone()),
                format!("the value of `{name}` looks like a secret"),
            )),
            Secret::AtDeployment => found.push((
                Some(spot.clone()),
                format!("`{name}` is filled in with a secret when it is deployed, and then stands in clear"),
            )),
            Secret::NotKnown => {
                open.get_or_insert(format!("the value of `{name}` is not known"));
            }
        }
    }
    Verdict::of(found, open)
}
