//! One case: the actions that the same statements bear on, and those statements.

use super::work::Work;
use super::{Bearing, statements};
use crate::pattern::Pattern;
use crate::policy::Effect;
use crate::policy::evaluate::{CompiledPolicy, CompiledStatement, Request, allows};

/// A case of the proof.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) inner: &'a [CompiledPolicy],
    pub(super) outer: &'a [CompiledPolicy],
    pub(super) bearing: Bearing,
    /// An action of the case, in lower case.
    pub(super) action: String,
    /// The statements of the inner policies that bear on it, split by their effect.
    pub(super) inner_statements: Sides<'a>,
    /// The same of the outer policies.
    pub(super) outer_statements: Sides<'a>,
}

/// Statements by their effect.
#[derive(Debug, Default)]
pub(super) struct Sides<'a> {
    pub(super) allow: Vec<&'a CompiledStatement>,
    pub(super) deny: Vec<&'a CompiledStatement>,
}

impl<'a> Sides<'a> {
    fn of(policies: &'a [CompiledPolicy], bearing: &[usize]) -> Self {
        let mut sides = Self::default();
        for (index, statement) in statements(policies).enumerate() {
            if bearing.binary_search(&index).is_err() {
                continue;
            }
            match statement.effect {
                Effect::Allow => sides.allow.push(statement),
                Effect::Deny => sides.deny.push(statement),
            }
        }
        sides
    }

    /// Lists all of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a CompiledStatement> {
        self.allow.iter().chain(&self.deny).copied()
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(
        inner: &'a [CompiledPolicy],
        outer: &'a [CompiledPolicy],
        bearing: Bearing,
        action: String,
    ) -> Self {
        Self {
            inner_statements: Sides::of(inner, &bearing.0),
            outer_statements: Sides::of(outer, &bearing.1),
            inner,
            outer,
            bearing,
            action,
        }
    }

    /// Says whether the statements alone, each beside one other, show that the case is contained. Quick, not complete.
    pub(super) fn is_plainly_contained(&self, work: &Work) -> bool {
        let is_granted = self.inner_statements.allow.iter().all(|inner| {
            let mut outer = self.outer_statements.allow.iter();
            outer.any(|outer| compare(inner, outer, work) && is_within(inner, outer))
        });
        is_granted
            && self.outer_statements.deny.iter().all(|outer| {
                let mut inner = self.inner_statements.deny.iter();
                inner.any(|inner| compare(outer, inner, work) && is_within(outer, inner))
                    || self
                        .inner_statements
                        .allow
                        .iter()
                        .all(|allow| compare(outer, allow, work) && is_apart(outer, allow))
            })
    }

    /// Counts the steps that a decision may take.
    pub(super) fn size(&self) -> usize {
        const ELEMENTS_OF_A_STEP: usize = 16;
        let all = self
            .inner_statements
            .all()
            .chain(self.outer_statements.all());
        let of_pattern = |pattern: &Pattern| 1 + pattern.length() / ELEMENTS_OF_A_STEP;
        let of_statement =
            |one: &CompiledStatement| 1 + one.resources.iter().map(of_pattern).sum::<usize>();
        all.map(of_statement).sum()
    }

    /// Says whether only the inner policies allow a request, as the evaluator decides it.
    pub(super) fn differs(&self, request: &Request) -> bool {
        allows(self.inner, request) && !allows(self.outer, request)
    }

    /// Says whether an action, given in lower case, belongs to the case.
    pub(super) fn has_action(&self, action_in_lower_case: &str) -> bool {
        let bears = |policies, bearing: &[usize]| {
            statements(policies).enumerate().all(
                |(index, statement): (usize, &CompiledStatement)| {
                    let is_listed = bearing.binary_search(&index).is_ok();
                    statement.matches_action(action_in_lower_case) == is_listed
                },
            )
        };
        bears(self.inner, &self.bearing.0) && bears(self.outer, &self.bearing.1)
    }
}

/// Says whether there is work left to compare the patterns of two statements.
fn compare(one: &CompiledStatement, other: &CompiledStatement, work: &Work) -> bool {
    work.spend_on_pairs(&one.resources, &other.resources)
}

/// Says whether all resources and conditions that `one` matches are surely matched by `other`.
fn is_within(one: &CompiledStatement, other: &CompiledStatement) -> bool {
    let has_conditions = other
        .conditions
        .iter()
        .all(|condition| one.conditions.contains(condition));
    let has_resources = match (one.is_not_resource, other.is_not_resource) {
        (false, false) => one.resources.iter().all(|mine| {
            let mut theirs = other.resources.iter();
            theirs.any(|theirs| theirs.covers(mine))
        }),
        (true, true) => other.resources.iter().all(|theirs| {
            let mut mine = one.resources.iter();
            mine.any(|mine| mine.covers(theirs) && (mine == theirs || !theirs.needs_values()))
        }),
        (true, false) => other.resources.iter().any(Pattern::is_any),
        (false, true) => {
            !other.resources.iter().any(Pattern::needs_values) && are_apart(one, other)
        }
    };
    has_conditions && has_resources
}

/// Says whether two statements surely match no resource in common.
fn is_apart(one: &CompiledStatement, other: &CompiledStatement) -> bool {
    !one.is_not_resource && !other.is_not_resource && are_apart(one, other)
}

fn are_apart(one: &CompiledStatement, other: &CompiledStatement) -> bool {
    one.resources.iter().all(|mine| {
        let mut theirs = other.resources.iter();
        theirs.all(|theirs| !mine.intersects(theirs))
    })
}

#[cfg(test)]
mod tests;
