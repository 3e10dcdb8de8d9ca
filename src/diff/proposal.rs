//! What a proposed change of a role's policies means: what it gains and loses by proof, and what becomes of the calls seen.
//!
//! A call is replayed against what the policies surely grant and against the most that they may grant: where infrastructure code
//! leaves a value open, or a condition asks for what the record does not tell, the answer is that it is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::{ActionChange, changes};
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::evaluate::{allows_pattern, may_allow_some};
use crate::policy::prove::{Comparison, Options, Relation};
use crate::policy::{CompiledPolicy, Context, Document, Effect, Statement, Version};
use crate::synthesis::{CurrentGrants, CurrentPolicy};
use crate::template::{Kind, Unresolved, bounded, bounded_by, relate_open};
use crate::usage::RoleUsage;

/// One side of a proposed change.
#[derive(Clone, Copy, Debug)]
pub struct Half<'a> {
    /// The policies.
    pub policies: &'a [CurrentPolicy],
    /// What is not known of them.
    pub unresolved: &'a [Unresolved],
}

/// What a proposed change means.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// How the new policies stand to the old ones.
    pub proof: Comparison,
    /// Every action of both sides.
    pub changes: Vec<ActionChange>,
    /// Actions before, wildcards taken apart.
    pub before: usize,
    /// Actions after.
    pub after: usize,
    /// The calls seen, under the new policies.
    pub replayed: Replayed,
}

/// What becomes of the calls seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// All of them.
    pub calls: u64,
    /// Those that surely would be denied, and were not before for all that is known.
    pub broken: Vec<Call>,
    /// Those that neither side allows as it was given: something else grants them.
    pub elsewhere: Vec<Call>,
    /// Those of which it is not known.
    pub undecided: Vec<Call>,
}

/// An access, with how often it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// How often.
    pub count: u64,
}

impl Replayed {
    /// Counts calls.
    pub fn count(calls: &[Call]) -> u64 {
        calls.iter().map(|call| call.count).sum()
    }
}

/// Works out what it means to put `new` in the place of `old`.
pub fn proposal(old: Half<'_>, new: Half<'_>, role: &RoleUsage) -> Proposal {
    let catalog = Catalog::bundled();
    let known_actions = catalog.all_actions();
    let options = Options {
        known_actions: &known_actions,
        catalog: Some(catalog),
        ..Options::default()
    };
    let unresolved = [old.unresolved, new.unresolved].concat();
    let grants = |half: Half<'_>| CurrentGrants::expand(half.policies, catalog);
    let (before, after) = (grants(old), grants(new));
    let mut proof = relate_open(
        &documents(old.policies),
        &documents(new.policies),
        &unresolved,
        &options,
    );
    let uncertain = unresolved.iter().find(|one| one.kind != Kind::Open);
    if let Some(one) = uncertain {
        proof = Comparison {
            relation: Relation::Unknown,
            only_in_old: Vec::new(),
            only_in_new: Vec::new(),
            undecided: Some(format!("{}: {}", one.place, one.what)),
        };
    }
    Proposal {
        proof,
        changes: changes((old.policies, &before), (new.policies, &after)),
        before: before.actions.len(),
        after: after.actions.len(),
        replayed: replay(old, new, role),
    }
}

fn documents(policies: &[CurrentPolicy]) -> Vec<&Document> {
    policies.iter().map(|policy| &policy.document).collect()
}

/// Condition keys whose values are known of a call.
type Known = BTreeMap<String, Vec<String>>;

/// What the policies of one side say of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Denied,
    Undecided,
}

/// Replays the calls seen over `new`; what `old` denies too is granted by something else.
pub fn replay(old: Half<'_>, new: Half<'_>, role: &RoleUsage) -> Replayed {
    let (mut old, mut new) = (Judge::new(old), Judge::new(new));
    let mut seen: BTreeMap<(&str, &str, &Known), u64> = BTreeMap::new();
    for (used, evidence) in &role.uses {
        let access = &used.access;
        let key = (
            access.action.as_str(),
            access.resource.as_str(),
            &*access.conditions,
        );
        *seen.entry(key).or_default() += evidence.count;
    }
    let mut replayed = Replayed::default();
    for ((action, resource, conditions), count) in seen {
        replayed.calls += count;
        let call = Call {
            action: action.to_owned(),
            resource: resource.to_owned(),
            count,
        };
        match new.verdict(action, resource, conditions) {
            Verdict::Allowed => {}
            Verdict::Undecided => replayed.undecided.push(call),
            Verdict::Denied if old.verdict(action, resource, conditions) == Verdict::Denied => {
                replayed.elsewhere.push(call);
            }
            Verdict::Denied => replayed.broken.push(call),
        }
    }
    replayed
}

/// The least and the most that one side may grant, by the condition keys that are known of a call.
struct Judge<'a> {
    documents: Vec<&'a Document>,
    holes: BTreeSet<String>,
    is_certain: bool,
    bounds: BTreeMap<BTreeSet<String>, (Vec<CompiledPolicy>, Vec<CompiledPolicy>)>,
}

impl<'a> Judge<'a> {
    fn new(half: Half<'a>) -> Self {
        let holes = half.unresolved.iter().filter_map(|one| one.hole.clone());
        Self {
            documents: documents(half.policies),
            holes: holes.collect(),
            is_certain: half.unresolved.iter().all(|one| one.kind == Kind::Open),
            bounds: BTreeMap::new(),
        }
    }

    fn verdict(&mut self, action: &str, resource: &str, conditions: &Known) -> Verdict {
        if !self.is_certain {
            return Verdict::Undecided;
        }
        let keys: BTreeSet<String> = conditions
            .keys()
            .map(|key| key.to_ascii_lowercase())
            .collect();
        let context: Context = conditions
            .iter()
            .map(|(key, values)| (key, values.first().cloned().into_iter().collect()))
            .collect();
        let (documents, holes) = (&self.documents, &self.holes);
        let (least, most) = self.bounds.entry(keys).or_insert_with_key(|keys| {
            let bound = |is_most: bool| -> Vec<CompiledPolicy> {
                let one = |document: &&Document| {
                    let filled = bounded(document, holes, is_most);
                    CompiledPolicy::new(&decided(&filled, keys, is_most))
                };
                documents.iter().map(one).collect()
            };
            (bound(false), bound(true))
        });
        let pattern = Pattern::parse(resource);
        if allows_pattern(least, action, &pattern, &context) {
            Verdict::Allowed
        } else if may_allow_some(most, action, &pattern, &context) {
            Verdict::Undecided
        } else {
            Verdict::Denied
        }
    }
}

/// The least or the most that a policy may grant to a request of which only these condition keys are known.
fn decided(document: &Document, keys: &BTreeSet<String>, is_most: bool) -> Document {
    let is_known = |key: &String| keys.contains(&key.to_ascii_lowercase());
    // A variable without a value may be any text, in what it grants and in what it denies.
    let is_open = |text: &str| {
        document.version == Some(Version::V2012)
            && Pattern::parse(text)
                .variables()
                .any(|variable| !is_known(&variable.key))
    };
    let document = bounded_by(document, &is_open, is_most);
    let statement = |statement: &Statement| {
        let mut asked = statement.conditions.values().flat_map(|keys| keys.keys());
        if asked.all(is_known) {
            return Some(statement.clone());
        }
        // A condition of which nothing is known may hold or not.
        let is_widened = is_most == (statement.effect == Effect::Allow);
        is_widened.then(|| {
            let mut statement = statement.clone();
            for keys in statement.conditions.values_mut() {
                keys.retain(|key, _| is_known(key));
            }
            statement.conditions.retain(|_, keys| !keys.is_empty());
            statement
        })
    };
    Document {
        statements: document.statements.iter().filter_map(statement).collect(),
        ..document
    }
}
