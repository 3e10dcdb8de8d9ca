//! `bucket-policy-wildcard`: the bucket's policy allows every action, or every action of S3.

use super::public::open;
use crate::finding::{Area, Rule, Severity};
use crate::harden::{Check, Practice, Side, Verdict};
use crate::policy::{ActionElement, Effect};
use crate::posture::{Bucket, Posture, Setting};

pub(super) const PRACTICE: Practice = Practice {
    rule: Rule {
        name: "bucket-policy-wildcard",
        severity: Severity::Medium,
        area: Area::S3,
        what: "The bucket's policy allows every action, or every action of S3.",
        why: "Who needs to read can then delete the objects, and change the policy itself.",
        fix: "Name the actions; `polgen suggest` finds those in use.",
    },
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    side: Side::Customer,
    serves: "S3: least-privilege bucket policy",
    check: Check::Bucket(check),
};

fn check(bucket: &Bucket, _: &Posture) -> Verdict {
    let policy = match &bucket.policy {
        Setting::NotSet => return Verdict::Passed,
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        Setting::Set(policy, _) => policy,
    };
    let statements = policy.document.statements.iter().enumerate();
    let allowing = statements.filter(|(_, one)| one.effect == Effect::Allow);
    let found = allowing.filter_map(|(index, statement)| {
        let what = match &statement.action {
            ActionElement::NotAction(_) => "`NotAction` allows every action but a few".to_owned(),
            ActionElement::Action(actions) => {
                let is_wide =
                    |action: &&String| *action == "*" || action.eq_ignore_ascii_case("s3:*");
                format!("`{}` is allowed", actions.iter().find(is_wide)?)
            }
        };
        Some((policy.place(index).cloned(), what))
    });
    Verdict::of(found.collect(), open(policy))
}
