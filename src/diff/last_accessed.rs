//! What IAM itself saw a role use, beside what the trail shows: it marks fates, and decides none.
//!
//! "Last accessed" names no resource, so nothing can be granted from it; but an action that IAM saw used must not be called
//! unused without a word.

use super::{ActionFate, Fate, Fates};
use crate::time::{Timestamp, day_of};
use crate::usage::LastAccessed;

/// Marks the removed actions that IAM saw used, and returns them with the moment.
pub fn mark_last_accessed(fates: &mut Fates, seen: &LastAccessed) -> Vec<(String, Timestamp)> {
    let mut marked = Vec::new();
    for fate in &mut fates.actions {
        let is_removed =
            !fate.is_granted && matches!(fate.fate, Fate::Unused | Fate::NotObservable);
        if let Some(moment) = moment_of(fate, seen).filter(|_| is_removed) {
            fate.reason = Some(format!(
                "IAM saw it used on {}, which this trail does not show",
                day_of(moment)
            ));
            marked.push((fate.action.clone(), moment));
        }
    }
    marked
}

fn moment_of(fate: &ActionFate, seen: &LastAccessed) -> Option<Timestamp> {
    let is_same = |(action, _): &(&String, _)| action.eq_ignore_ascii_case(&fate.action);
    seen.actions
        .iter()
        .find(is_same)
        .and_then(|(_, moment)| *moment)
}
