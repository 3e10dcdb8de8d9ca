//! What the trail cannot show, put together by the reason, with what would make it visible.

use std::collections::BTreeMap;

use crate::diff::Fate;
use crate::report::Report;

/// Actions that are hidden for one reason.
#[derive(Debug)]
pub(super) struct HiddenGroup<'a> {
    pub(super) is_kept: bool,
    pub(super) actions: Vec<&'a str>,
    pub(super) reason: &'a str,
    /// The command that would make their use visible.
    pub(super) command: Option<&'a str>,
}

pub(super) fn of(report: &Report) -> Vec<HiddenGroup<'_>> {
    let mut groups: BTreeMap<(bool, &str, Option<&str>), Vec<&str>> = BTreeMap::new();
    let fates = report.fates.iter().flat_map(|fates| &fates.actions);
    for fate in fates.filter(|fate| fate.fate == Fate::NotObservable) {
        let key = (
            !fate.is_granted,
            fate.reason.as_deref().unwrap_or_default(),
            fate.visible_with.as_deref(),
        );
        groups.entry(key).or_default().push(&fate.action);
    }
    let groups = groups.into_iter();
    groups
        .map(|((is_gone, reason, command), actions)| HiddenGroup {
            is_kept: !is_gone,
            actions,
            reason,
            command,
        })
        .collect()
}
