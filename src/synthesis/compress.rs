//! The last resort against quotas: wildcards in actions, each of which matches, in this catalog, only actions that its statement grants
//! anyway.
//!
//! What AWS adds later under such a name would be granted too; each wildcard is listed with what it stands for.

use std::collections::{BTreeMap, BTreeSet};

use super::SuggestedStatement;
use crate::catalog::Catalog;
use crate::policy::ActionElement;

/// What a string costs in a policy beside its characters: two quotes and a comma.
const STRING_COST: usize = 3;

/// A wildcard in place of several actions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compressed {
    /// The pattern of actions.
    pub pattern: String,
    /// The actions that it stands for: all that it matches in this catalog.
    pub stands_for: Vec<String>,
}

/// Writes the actions of every statement in fewer characters.
pub(super) fn compress(
    statements: Vec<SuggestedStatement>,
    catalog: &Catalog,
) -> (Vec<SuggestedStatement>, Vec<Compressed>) {
    let mut all = BTreeSet::new();
    let mut shortened = Vec::new();
    for mut suggested in statements {
        if let ActionElement::Action(actions) = &suggested.statement.action {
            let (actions, compressed) = shorten(actions, catalog);
            all.extend(compressed);
            suggested.statement.action = ActionElement::Action(actions);
        }
        shortened.push(suggested);
    }
    (shortened, all.into_iter().collect())
}

/// Takes, again and again, the wildcard that saves most.
fn shorten(actions: &[String], catalog: &Catalog) -> (Vec<String>, Vec<Compressed>) {
    let mut left: BTreeSet<&str> = actions.iter().map(String::as_str).collect();
    let candidates = candidates(&left, catalog);
    let mut chosen = Vec::new();
    loop {
        let saving = |candidate: &Compressed| {
            let spared = candidate
                .stands_for
                .iter()
                .filter(|action| left.contains(action.as_str()));
            let spared: usize = spared.map(|action| action.len() + STRING_COST).sum();
            spared.saturating_sub(candidate.pattern.len() + STRING_COST)
        };
        let best = candidates
            .iter()
            .rev()
            .max_by_key(|candidate| saving(candidate));
        let Some(best) = best.filter(|best| saving(best) > 0) else {
            break;
        };
        left.retain(|action| !best.stands_for.iter().any(|covered| covered == action));
        chosen.push(best.clone());
    }
    let patterns = chosen.iter().map(|one| one.pattern.clone());
    let mut written: Vec<String> = left
        .into_iter()
        .map(str::to_owned)
        .chain(patterns)
        .collect();
    written.sort();
    (written, chosen)
}

/// Wildcards that match only actions of the statement, and at least two of them.
fn candidates(actions: &BTreeSet<&str>, catalog: &Catalog) -> Vec<Compressed> {
    let mut patterns = BTreeSet::new();
    for action in actions {
        let Some((service, name)) = action.split_once(':') else {
            continue;
        };
        for (end, _) in name.char_indices() {
            if let Some((head, tail)) = name.split_at_checked(end) {
                patterns.insert((service, format!("{head}*")));
                patterns.insert((service, format!("*{tail}")));
            }
        }
    }
    // Of wildcards that match alike the longest is taken: it admits the least that is not known yet.
    let mut found: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (prefix, glob) in patterns {
        let Some(service) = catalog.service(prefix) else {
            continue;
        };
        let is_match = |name: &&String| {
            let (name, glob) = (name.to_ascii_lowercase(), glob.to_ascii_lowercase());
            match (glob.strip_suffix('*'), glob.strip_prefix('*')) {
                (Some(head), _) => name.starts_with(head),
                (None, Some(tail)) => name.ends_with(tail),
                (None, None) => false,
            }
        };
        let matched: Vec<String> = service
            .actions
            .keys()
            .filter(is_match)
            .map(|name| format!("{prefix}:{name}"))
            .collect();
        if matched.len() > 1
            && matched
                .iter()
                .all(|action| actions.contains(action.as_str()))
        {
            let longest = found.entry(matched).or_default();
            if longest.len() < prefix.len() + 1 + glob.len() {
                *longest = format!("{prefix}:{glob}");
            }
        }
    }
    let compressed = |(stands_for, pattern)| Compressed {
        pattern,
        stands_for,
    };
    found.into_iter().map(compressed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(actions: &[&str]) -> Vec<String> {
        let actions: Vec<String> = actions.iter().map(ToString::to_string).collect();
        let (written, compressed) = shorten(&actions, Catalog::bundled());
        let expand = |pattern: &String| Catalog::bundled().expand(pattern);
        let mut granted: Vec<String> = written.iter().flat_map(expand).collect();
        granted.sort();
        granted.dedup();
        let mut wanted = actions;
        wanted.sort();
        assert_eq!(granted, wanted);
        assert!(compressed.iter().all(|one| one.stands_for.len() > 1));
        written
    }

    #[test]
    fn wildcards_match_only_what_is_granted() {
        let all: Vec<String> = Catalog::bundled().expand("sqs:*");
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(shortened(&names), ["sqs:*"]);
        assert_eq!(
            shortened(&["sqs:DeleteMessage", "sqs:SendMessage"]),
            ["sqs:DeleteMessage", "sqs:SendMessage"]
        );
        let (written, _) = shorten(
            &[
                "sqs:ListQueues",
                "sqs:ListQueueTags",
                "sqs:ListMessageMoveTasks",
                "sqs:ListDeadLetterSourceQueues",
            ]
            .map(str::to_owned),
            Catalog::bundled(),
        );
        assert_eq!(written, ["sqs:List*"]);
    }
}
