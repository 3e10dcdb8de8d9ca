//! What changes between two sets of policies, action by action, wildcards taken apart.

use std::collections::BTreeSet;

use crate::synthesis::CurrentGrants;

/// How an action's grant changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only the new policies grant it.
    Added,
    /// Only the old policies grant it.
    Removed,
    /// Both grant it, on other resources.
    Changed,
    /// Both grant it alike, as far as resources are written.
    Same,
}

impl Change {
    /// The word that the JSON contract uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

/// One action and how its grant changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionChange {
    /// The full action.
    pub action: String,
    /// How.
    pub change: Change,
    /// The resources that the old policies name.
    pub from: Vec<String>,
    /// The resources that the new policies name.
    pub to: Vec<String>,
}

/// Lists all actions of both sides, by change and then by name.
pub fn changes(old: &CurrentGrants, new: &CurrentGrants) -> Vec<ActionChange> {
    let names: BTreeSet<&String> = old.actions.keys().chain(new.actions.keys()).collect();
    let mut changes: Vec<ActionChange> = names
        .into_iter()
        .map(|action| {
            let resources = |grants: &CurrentGrants| {
                let grant = grants.actions.get(action);
                grant.map(|grant| grant.resources.iter().cloned().collect::<Vec<_>>())
            };
            let (from, to) = (resources(old), resources(new));
            let change = match (&from, &to) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                (Some(from), Some(to)) if from != to => Change::Changed,
                _ => Change::Same,
            };
            ActionChange {
                action: action.clone(),
                change,
                from: from.unwrap_or_default(),
                to: to.unwrap_or_default(),
            }
        })
        .collect();
    changes.sort_by(|one, other| (one.change, &one.action).cmp(&(other.change, &other.action)));
    changes
}
