//! What IAM itself saw a role use, beside what the trail shows: it marks fates, and decides none.
//!
//! "Last accessed" names no resource, so nothing can be granted from it; but an action that IAM saw used must not be called
//! unused without a word. Of most services IAM follows the service only, which says less: one of its actions was used.

use std::collections::BTreeSet;

use super::{Fate, Fates};
use crate::time::{Timestamp, day_of};
use crate::usage::LastAccessed;

/// What IAM saw used and the suggestion removes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenElsewhere {
    /// Actions, with the moment.
    pub actions: Vec<(String, Timestamp)>,
    /// Services of which the trail shows no use at all, with the moment; some action of them was used.
    pub services: Vec<(String, Timestamp)>,
}

/// Marks the removed actions that IAM saw used.
pub fn mark_last_accessed(fates: &mut Fates, seen: &LastAccessed) -> SeenElsewhere {
    let used: BTreeSet<String> = fates
        .actions
        .iter()
        .filter(|fate| fate.uses > 0)
        .map(|fate| prefix(&fate.action))
        .collect();
    let mut found = SeenElsewhere::default();
    let mut services = BTreeSet::new();
    for fate in &mut fates.actions {
        let is_removed =
            !fate.is_granted && matches!(fate.fate, Fate::Unused | Fate::NotObservable);
        if !is_removed {
            continue;
        }
        let prefix = prefix(&fate.action);
        let is_same = |(action, _): &(&String, _)| action.eq_ignore_ascii_case(&fate.action);
        match seen.actions.iter().find(is_same) {
            Some((_, Some(moment))) => {
                fate.reason = Some(format!(
                    "IAM saw it used on {}, which this trail does not show",
                    day_of(*moment)
                ));
                found.actions.push((fate.action.clone(), *moment));
            }
            // IAM follows the action, and never saw it.
            Some((_, None)) => {}
            None => {
                let last = seen.services.get(&prefix).copied().flatten();
                if let Some(moment) = last.filter(|_| !used.contains(&prefix)) {
                    fate.reason = Some(format!(
                        "IAM saw `{prefix}` used on {}, and this trail shows no use of it",
                        day_of(moment)
                    ));
                    services.insert((prefix, moment));
                }
            }
        }
    }
    found.services = services.into_iter().collect();
    found
}

fn prefix(action: &str) -> String {
    let (prefix, _) = action.split_once(':').unwrap_or((action, ""));
    prefix.to_ascii_lowercase()
}
