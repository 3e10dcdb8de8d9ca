//! Changes of accounts, access points and stacks.

use super::{Broken, Fix, Remedy};
use crate::posture::{AccessPoint, Identity, Posture, Setting};

/// The changes that mend what is broken of them.
pub(super) fn fixes(posture: &Posture, broken: &Broken<'_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let mut add = |identity: &Identity,
                   rule: &'static str,
                   (remedy, was_set): (Remedy, bool),
                   caution: Option<&str>| {
        let rules = broken.of(&[rule]);
        if !rules.is_empty() {
            fixes.push(Fix {
                target: identity.clone(),
                rules,
                remedy,
                cautions: caution.map(str::to_owned).into_iter().collect(),
                is_elsewhere: false,
                was_set,
            });
        }
    };
    for account in posture
        .accounts
        .iter()
        .filter(|one| broken.is(&one.identity))
    {
        let rule = "account-without-public-access-block";
        let was_set = account.public_access_block.value().is_some();
        add(
            &account.identity,
            rule,
            (Remedy::AccountBlock, was_set),
            None,
        );
    }
    let mut points = posture.access_points.iter();
    if let Some(point) = points.find(|one| broken.is(&one.identity)) {
        let caution = "nobody can use the access point while it is made anew, and its alias is another one then";
        let rule = "access-point-public";
        add(&point.identity, rule, (anew(point), true), Some(caution));
    }
    for stack in posture.stacks.iter().filter(|one| broken.is(&one.identity)) {
        let rule = "stack-without-termination-protection";
        add(
            &stack.identity,
            rule,
            (Remedy::TerminationProtection, true),
            None,
        );
        let rule = "stack-without-stack-policy";
        let was_set = stack.stack_policy.value().is_some();
        add(&stack.identity, rule, (Remedy::StackPolicy, was_set), None);
        let caution = "what was changed by hand is lost: if it is right, bring it into the template and leave this out";
        let rule = "stack-drifted";
        add(
            &stack.identity,
            rule,
            (Remedy::DriftReverted, true),
            Some(caution),
        );
    }
    fixes
}

fn anew(point: &AccessPoint) -> Remedy {
    if let Setting::NotKnown(why) = &point.policy {
        return Remedy::Told(format!(
            "make it anew with all four switches on; its policy would be lost, since it could not be read: {why}"
        ));
    }
    Remedy::AccessPoint {
        block: point
            .public_access_block
            .value()
            .copied()
            .unwrap_or_default(),
        vpc: point.vpc.value().cloned(),
        has_policy: point.policy.value().is_some(),
    }
}
