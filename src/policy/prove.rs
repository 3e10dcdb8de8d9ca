//! Proof that one set of policies allows no more than another, or a request that shows the difference.
//!
//! 1. The action patterns of both sides are walked as one machine: texts that the same patterns match are one case, and only
//!    the statements that bear on a case are compared in it.
//! 2. In a case the resource patterns are walked likewise. A variable may hold any text, so a pattern with one is an open
//!    question wherever its stars-for-variables reading matches.
//! 3. For each combination of matching resources, every condition is a question too. Conditions on one key are answered
//!    together, by one value of each class that they tell apart; a condition with a variable stays open. All answers are tried.
//! 4. An answer under which the first side allows and the second does not becomes a request, and the evaluator confirms it.
//!    If open questions stand in the way of a request, the relation is unknown and names them. If there is no such answer, the
//!    first side is contained in the second.
//!
//! A key that no `ForAllValues` or `ForAnyValue` asks about is taken to have one value or none, as IAM defines it.

mod case;
mod dimension;
mod formula;
mod machine;
mod search;
mod values;
mod witness;
mod work;

use super::evaluate::{CompiledPolicy, CompiledStatement, Request};
use crate::catalog::Catalog;
use crate::pattern::{ActionPattern, Pattern};
use case::Case;
use indexmap::IndexMap;
use machine::{Machine, Reading, Walk};
use std::ops::ControlFlow;
pub use work::Work;

/// How far a proof may go, and what its witnesses are made of.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Actions that exist; a witness is made of one of them where possible.
    pub known_actions: &'a [String],
    /// Where to look up what the resources of an action are named like; a witness is made of such a name where possible.
    pub catalog: Option<&'a Catalog>,
    /// The most witnesses wanted.
    pub most_witnesses: usize,
    /// The most steps, of the order of a hundred nanoseconds each.
    pub most_steps: usize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            known_actions: &[],
            catalog: None,
            most_witnesses: 10,
            most_steps: 10_000_000,
        }
    }
}

/// Whether all that one side allows is allowed by the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Containment {
    /// Yes.
    Contained,
    /// No: these requests are allowed by the first side alone.
    NotContained(Vec<Request>),
    /// Not decided: why.
    Unknown(String),
}

/// How a new set of policies stands to an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Both allow the same.
    Equal,
    /// The new one allows less.
    Narrower,
    /// The new one allows more.
    Broader,
    /// Each allows something that the other does not.
    Incomparable,
    /// Not decided.
    Unknown,
}

impl Relation {
    /// Returns the word that the JSON contracts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Narrower => "narrower",
            Self::Broader => "broader",
            Self::Incomparable => "incomparable",
            Self::Unknown => "unknown",
        }
    }
}

/// The relation of two sets of policies, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The relation of the new to the old.
    pub relation: Relation,
    /// Requests that only the old allows.
    pub only_in_old: Vec<Request>,
    /// Requests that only the new allows.
    pub only_in_new: Vec<Request>,
    /// Why the relation is unknown, if it is.
    pub undecided: Option<String>,
}

/// Tells how `new` stands to `old`.
///
/// ```
/// use polgen::policy::prove::{Options, Relation, relate};
/// use polgen::policy::{CompiledPolicy, Document, PolicyKind};
///
/// let policy = |resource: &str| {
///     let text = format!(
///         r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}}}"#
///     );
///     Document::parse(&text, PolicyKind::Identity).map(|document| [CompiledPolicy::new(&document)])
/// };
/// let (wide, narrow) = (policy("arn:aws:s3:::acme-*")?, policy("arn:aws:s3:::acme-in/*")?);
/// let found = relate(&wide, &narrow, &Options::default());
/// assert_eq!(found.relation, Relation::Narrower);
/// // Each difference comes with a request that shows it.
/// assert!(!found.only_in_old.is_empty() && found.only_in_new.is_empty());
/// # Ok::<(), polgen::policy::DocumentError>(())
/// ```
pub fn relate(old: &[CompiledPolicy], new: &[CompiledPolicy], options: &Options<'_>) -> Comparison {
    Comparison::of(contained(old, new, options), contained(new, old, options))
}

impl Comparison {
    /// Puts together what was found of each side in the other.
    pub fn of(old_in_new: Containment, new_in_old: Containment) -> Self {
        use Containment as C;
        let relation = match (&old_in_new, &new_in_old) {
            (C::Unknown(_), _) | (_, C::Unknown(_)) => Relation::Unknown,
            (C::Contained, C::Contained) => Relation::Equal,
            (C::NotContained(_), C::Contained) => Relation::Narrower,
            (C::Contained, C::NotContained(_)) => Relation::Broader,
            (C::NotContained(_), C::NotContained(_)) => Relation::Incomparable,
        };
        let undecided = match (&old_in_new, &new_in_old) {
            (C::Unknown(reason), _) | (_, C::Unknown(reason)) => Some(reason.clone()),
            _ => None,
        };
        let requests = |containment| match containment {
            C::NotContained(requests) => requests,
            C::Contained | C::Unknown(_) => Vec::new(),
        };
        Self {
            relation,
            only_in_old: requests(old_in_new),
            only_in_new: requests(new_in_old),
            undecided,
        }
    }
}

/// Decides whether every request that the policies `inner` allow is allowed by the policies `outer`.
pub fn contained(
    inner: &[CompiledPolicy],
    outer: &[CompiledPolicy],
    options: &Options<'_>,
) -> Containment {
    contained_within(inner, outer, options, &Work::new(options.most_steps))
}

/// The same, with what is left of some work: what several proofs take together is bounded so.
pub fn contained_within(
    inner: &[CompiledPolicy],
    outer: &[CompiledPolicy],
    options: &Options<'_>,
    work: &Work,
) -> Containment {
    let cases = match cases(inner, outer, work) {
        Ok(cases) => cases,
        Err(reason) => return Containment::Unknown(reason),
    };
    let mut witnesses = Vec::new();
    let mut undecided = None;
    for (bearing, action) in cases {
        let case = Case::new(inner, outer, bearing, action);
        if case.is_plainly_contained(work) {
            continue;
        }
        match work.share(options.most_steps, |share| {
            search::search(&case, options, share)
        }) {
            search::Found::Nothing => {}
            search::Found::Witness(request) => witnesses.push(request),
            search::Found::OpenQuestion(reason) => {
                undecided.get_or_insert(reason);
            }
        }
        if witnesses.len() >= options.most_witnesses.max(1) {
            break;
        }
    }
    // A witness settles the matter, whatever else stayed open.
    match (witnesses.is_empty(), undecided) {
        (false, _) => Containment::NotContained(witnesses),
        (true, Some(reason)) => Containment::Unknown(reason),
        (true, None) => Containment::Contained,
    }
}

/// The statements that bear on some actions: their indices, in the inner and in the outer policies.
type Bearing = (Vec<usize>, Vec<usize>);

/// Splits all actions into those that the same statements bear on; each with an action of its kind.
fn cases(
    inner: &[CompiledPolicy],
    outer: &[CompiledPolicy],
    work: &Work,
) -> Result<IndexMap<Bearing, String>, String> {
    let mut machine = Machine::default();
    let mut lists = IndexMap::new();
    let shape = machine.add([&Pattern::parse("?*:?*")], Reading::Exact);
    let mut list = |policies: &[CompiledPolicy]| -> Vec<(bool, usize)> {
        let listed = statements(policies).map(|statement| {
            let patterns = statement.actions.iter().map(ActionPattern::as_pattern);
            let known = lists.entry(statement.actions.clone());
            let index = known.or_insert_with(|| machine.add(patterns, Reading::Exact));
            (statement.is_not_action, *index)
        });
        listed.collect()
    };
    let (inner, outer) = (list(inner), list(outer));
    let mut found = IndexMap::new();
    let walk = machine.walk(None, work, |stop| {
        if stop.matching.contains(&shape) {
            let is_listed = |list: &usize| stop.matching.binary_search(list).is_ok();
            let bears = |statements: &[(bool, usize)]| -> Vec<usize> {
                let statements = statements.iter().enumerate();
                let bearing = statements.filter(|(_, (is_not, list))| is_listed(list) != *is_not);
                bearing.map(|(index, _)| index).collect()
            };
            let bearing = (bears(&inner), bears(&outer));
            found.entry(bearing).or_insert_with(stop.text);
        }
        ControlFlow::Continue(())
    });
    match walk {
        Walk::LimitReached => Err(
            "too large to compare: the limit of work was reached while the actions were told apart"
                .to_owned(),
        ),
        Walk::Complete | Walk::Stopped => Ok(found),
    }
}

/// Lists the statements of several policies in order.
fn statements(policies: &[CompiledPolicy]) -> impl Iterator<Item = &CompiledStatement> {
    policies.iter().flat_map(|policy| &policy.statements)
}

#[cfg(test)]
mod tests;
