//! `function-policy-public`: anyone may call the function.

use super::public::by_policy;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Function, Posture};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "function-policy-public",
        severity: Severity::High,
        area: Area::Lambda,
        what: "Anyone may call the function.",
        why: "Everyone with an AWS account, or with a URL without authorization everyone at all, runs the code with its role.",
        fix: "Name the caller, and tie it to a source; give a URL `AWS_IAM` authorization.",
    },
    source: "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    side: Side::Customer,
    serves: "Lambda: function policy not too wide",
    check: Check::Function(check),
};

fn check(function: &Function, _: &Posture) -> Verdict {
    by_policy(&function.policy)
}
