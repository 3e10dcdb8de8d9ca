//! Whether a policy lets in anyone, as three rules ask it.

use crate::harden::Verdict;
use crate::harden::proof::public;
use crate::posture::{ResourcePolicy, Setting};

/// Asks a policy.
pub(super) fn by_policy(policy: &Setting<ResourcePolicy>) -> Verdict {
    let policy = match policy {
        Setting::NotSet => return Verdict::Passed,
        Setting::NotKnown(why) => return Verdict::NotChecked(why.clone()),
        Setting::Set(policy, _) => policy,
    };
    let (found, open) = public(policy);
    let found = found.into_iter().map(|(index, action)| {
        let what = format!("a statement allows anyone to call `{action}`");
        (policy.place(index).cloned(), what)
    });
    Verdict::of(found.collect(), open)
}

/// Says why not all of a policy was read.
pub(super) fn open(policy: &ResourcePolicy) -> Option<String> {
    let (spot, why) = policy.unread.first()?;
    Some(format!("{}:{}: {why}", spot.file, spot.line))
}
