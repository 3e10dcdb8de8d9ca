//! `stack-drifted`: roles, policies or buckets of the stack are not as its template says.

use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::posture::{Posture, Setting, Stack};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "stack-drifted",
        severity: Severity::Medium,
        area: Area::CloudFormation,
        what: "Roles, policies or buckets of the stack are not as its template says.",
        why: "Somebody changed them by hand. The next update may undo that, and who reviews the template sees what is not there.",
        fix: "Bring the change into the template, or undo it.",
    },
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html",
    side: Side::Customer,
    serves: "CloudFormation: drift of IAM and S3 resources",
    check: Check::Stack(check),
};

/// The types that are looked at.
const LOOKED_AT: [&str; 3] = ["AWS::IAM::", "AWS::S3::", "AWS::Lambda::Permission"];

fn check(stack: &Stack, _: &Posture) -> Verdict {
    match &stack.drift {
        Setting::NotKnown(why) => Verdict::NotChecked(why.clone()),
        Setting::NotSet => Verdict::Passed,
        Setting::Set(drifted, spot) => {
            let drifted = drifted.iter();
            let ours =
                drifted.filter(|(_, kind)| LOOKED_AT.iter().any(|start| kind.starts_with(start)));
            let found = ours.map(|(id, kind)| {
                (
                    Some(spot.clone()),
                    format!("`{id}` ({kind}) is not as the template says"),
                )
            });
            Verdict::of(found.collect(), None)
        }
    }
}
