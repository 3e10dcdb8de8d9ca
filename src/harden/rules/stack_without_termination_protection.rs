//! `stack-without-termination-protection`: the stack can be deleted with one call.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Posture, Setting, Stack};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "stack-without-termination-protection",
        severity: Severity::Medium,
        area: Area::CloudFormation,
        what: "The stack can be deleted with one call.",
        why: "With it go its resources, and what they hold where they are not retained.",
        fix: "Turn termination protection on: `aws cloudformation update-termination-protection --enable-termination-protection`.",
    },
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html",
    side: Side::Customer,
    serves: "CloudFormation: termination protection",
    check: Check::Stack(check),
};

fn check(stack: &Stack, _: &Posture) -> Verdict {
    match &stack.termination_protection {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::Set(true, _) => Verdict::Passed,
        Setting::Set(false, spot) => Verdict::failed(Some(spot), "termination protection is off"),
        Setting::NotSet => Verdict::failed(None, "termination protection is not turned on"),
    }
}
