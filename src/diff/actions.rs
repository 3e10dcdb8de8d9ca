//! What changes between two sets of policies, action by action, wildcards taken apart, each change proved.
//!
//! Actions that the same statements bear on change alike, so one proof serves them all.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::pattern::ActionPattern;
use crate::policy::prove::{Options, Relation, relate};
use crate::policy::{ActionElement, CompiledPolicy, Document, Effect, Statement};
use crate::synthesis::{CurrentGrants, CurrentPolicy};

/// How an action's grant changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only the new policies grant it.
    Added,
    /// The new policies grant all that the old ones do, and more.
    Broadened,
    /// Both grant it, on other resources or under other conditions; or how they differ could not be decided.
    Changed,
    /// The new policies grant less of it, and nothing more.
    Narrowed,
    /// Only the old policies grant it.
    Removed,
    /// Both grant it alike.
    Same,
}

impl Change {
    /// The word that the JSON contract uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Broadened => "broadened",
            Self::Changed => "changed",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
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

/// One side of a comparison: its policies, and what they grant.
pub type Side<'a> = (&'a [CurrentPolicy], &'a CurrentGrants);

/// Lists all actions of both sides, by change and then by name.
pub fn changes(old: Side<'_>, new: Side<'_>) -> Vec<ActionChange> {
    let (old_statements, new_statements) = (statements(old.0), statements(new.0));
    let names: BTreeSet<&String> = old.1.actions.keys().chain(new.1.actions.keys()).collect();
    let mut known: IndexMap<(Vec<usize>, Vec<usize>), Change> = IndexMap::new();
    let mut changes: Vec<ActionChange> = names
        .into_iter()
        .map(|action| {
            let bearing = (
                bearing(&old_statements, action),
                bearing(&new_statements, action),
            );
            let change = *known.entry(bearing.clone()).or_insert_with(|| {
                let old = restricted(&old_statements, &bearing.0, action);
                let new = restricted(&new_statements, &bearing.1, action);
                change(old.as_ref(), new.as_ref())
            });
            let resources = |grants: &CurrentGrants| -> Vec<String> {
                let grant = grants.actions.get(action);
                grant.map_or_else(Vec::new, |grant| grant.resources.iter().cloned().collect())
            };
            ActionChange {
                action: action.clone(),
                change,
                from: resources(old.1),
                to: resources(new.1),
            }
        })
        .collect();
    changes.sort_by(|one, other| (one.change, &one.action).cmp(&(other.change, &other.action)));
    changes
}

/// A statement, the patterns of its actions, and the document that it stands in.
struct Stated<'a> {
    statement: &'a Statement,
    patterns: Vec<ActionPattern>,
    document: &'a Document,
}

fn statements(policies: &[CurrentPolicy]) -> Vec<Stated<'_>> {
    let documents = policies.iter().map(|policy| &policy.document);
    let stated = documents.flat_map(|document| {
        document.statements.iter().map(move |statement| Stated {
            statement,
            patterns: (statement.action.patterns().iter())
                .map(|pattern| ActionPattern::parse(pattern))
                .collect(),
            document,
        })
    });
    stated.collect()
}

/// The indices of the statements that bear on an action.
fn bearing(statements: &[Stated<'_>], action: &str) -> Vec<usize> {
    let name = action.to_ascii_lowercase();
    let bears = |stated: &Stated<'_>| {
        let mut patterns = stated.patterns.iter();
        let is_listed = patterns.any(|pattern| pattern.matches_lower_case(&name));
        is_listed != stated.statement.action.is_negated()
    };
    let numbered = statements.iter().enumerate();
    let bearing = numbered.filter(|(_, stated)| bears(stated));
    bearing.map(|(index, _)| index).collect()
}

/// The statements that bear on an action, as policies of that action alone; `None` if none of them grants it.
fn restricted(
    statements: &[Stated<'_>],
    bearing: &[usize],
    action: &str,
) -> Option<Vec<CompiledPolicy>> {
    let bearing = bearing.iter().filter_map(|index| statements.get(*index));
    let bearing: Vec<&Stated<'_>> = bearing.collect();
    let is_granted = |stated: &&Stated<'_>| stated.statement.effect == Effect::Allow;
    bearing.iter().any(is_granted).then(|| {
        let policy = |stated: &&Stated<'_>| {
            CompiledPolicy::new(&Document {
                statements: vec![Statement {
                    action: ActionElement::Action(vec![action.to_owned()]),
                    ..stated.statement.clone()
                }],
                ..stated.document.clone()
            })
        };
        bearing.iter().map(policy).collect()
    })
}

fn change(old: Option<&Vec<CompiledPolicy>>, new: Option<&Vec<CompiledPolicy>>) -> Change {
    let options = Options {
        most_witnesses: 1,
        ..Options::default()
    };
    match (old, new) {
        (None, None) => Change::Same,
        (None, Some(_)) => Change::Added,
        (Some(_), None) => Change::Removed,
        (Some(old), Some(new)) => match relate(old, new, &options).relation {
            Relation::Equal => Change::Same,
            Relation::Narrower => Change::Narrowed,
            Relation::Broader => Change::Broadened,
            Relation::Incomparable | Relation::Unknown => Change::Changed,
        },
    }
}
