//! Fits statements into policies that IAM accepts: none larger than the quota.

use std::collections::BTreeSet;

use super::{Compressed, Room, SuggestedPolicy, SuggestedStatement, compress, sid};
use crate::catalog::Catalog;
use crate::policy::{ActionElement, Document, ResourceElement};

/// Fits statements into the room that there is; where they do not fit, and it is allowed, with wildcards in their actions.
pub(super) fn within(
    role: &str,
    statements: Vec<SuggestedStatement>,
    room: Room,
    catalog: &Catalog,
) -> (Vec<SuggestedPolicy>, Vec<Compressed>) {
    let fits = |policies: &[SuggestedPolicy]| {
        policies.len() <= room.policies
            && policies
                .iter()
                .all(|policy| policy.characters <= room.characters)
    };
    let plain = policies(role, statements.clone(), room.characters);
    if fits(&plain) || !room.may_compress {
        return (plain, Vec::new());
    }
    let (shortened, compressed) = compress::compress(statements, catalog);
    (policies(role, shortened, room.characters), compressed)
}

/// Packs statements into the fewest policies that best fit finds, the largest first; within a policy they keep their order.
///
/// A statement that is too large alone is split by its resources, then by its actions.
fn policies(role: &str, statements: Vec<SuggestedStatement>, quota: usize) -> Vec<SuggestedPolicy> {
    let pieces = named(pieces(statements, quota));
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    let sizes: Vec<usize> = pieces
        .iter()
        .map(|piece| characters(std::slice::from_ref(piece)))
        .collect();
    order.sort_by_key(|index| (std::cmp::Reverse(sizes.get(*index).copied()), *index));
    let frame = characters(&[]);
    let mut bins: Vec<(usize, Vec<usize>)> = Vec::new();
    for index in order {
        // A comma joins two statements.
        let size = sizes
            .get(index)
            .copied()
            .unwrap_or_default()
            .saturating_sub(frame)
            + 1;
        let fullest = bins
            .iter_mut()
            .filter(|(used, _)| used + size <= quota)
            .max_by_key(|(used, _)| *used);
        match fullest {
            Some((used, members)) => {
                *used += size;
                members.push(index);
            }
            None => bins.push((frame + size - 1, vec![index])),
        }
    }
    for (_, members) in &mut bins {
        members.sort_unstable();
    }
    bins.sort_by(|one, other| one.1.cmp(&other.1));
    let count = bins.len();
    bins.into_iter()
        .enumerate()
        .map(|(number, (_, members))| {
            let name = if count == 1 {
                format!("{role}-used")
            } else {
                format!("{role}-used-{}", number + 1)
            };
            policy(
                name,
                members
                    .into_iter()
                    .filter_map(|index| pieces.get(index).cloned())
                    .collect(),
            )
        })
        .collect()
}

/// Splits statements until each fits a policy, as far as they can be split.
fn pieces(statements: Vec<SuggestedStatement>, quota: usize) -> Vec<SuggestedStatement> {
    let mut pending: Vec<SuggestedStatement> = statements.into_iter().rev().collect();
    let mut pieces = Vec::new();
    while let Some(statement) = pending.pop() {
        let is_large = characters(std::slice::from_ref(&statement)) > quota;
        match halves(&statement).filter(|_| is_large) {
            Some((first, second)) => pending.extend([second, first]),
            None => pieces.push(statement),
        }
    }
    pieces
}

/// Makes the names of the statements unique over all policies, before they are measured.
fn named(mut statements: Vec<SuggestedStatement>) -> Vec<SuggestedStatement> {
    let mut names = BTreeSet::new();
    for suggested in &mut statements {
        let sid = suggested.statement.sid.take();
        suggested.statement.sid = sid.map(|sid| sid::unique(&sid, &mut names));
    }
    statements
}

fn policy(name: String, statements: Vec<SuggestedStatement>) -> SuggestedPolicy {
    let document = Document::new(
        statements
            .iter()
            .map(|suggested| suggested.statement.clone())
            .collect(),
    );
    let characters = document.size();
    SuggestedPolicy {
        name,
        statements,
        document,
        characters,
    }
}

fn characters(statements: &[SuggestedStatement]) -> usize {
    Document::new(
        statements
            .iter()
            .map(|suggested| suggested.statement.clone())
            .collect(),
    )
    .size()
}

/// Splits a statement into two that together grant the same.
fn halves(suggested: &SuggestedStatement) -> Option<(SuggestedStatement, SuggestedStatement)> {
    let mut first = suggested.clone();
    let mut second = suggested.clone();
    if let Some(ResourceElement::Resource(all)) = &suggested.statement.resource
        && all.len() > 1
    {
        let (left, right) = all.split_at_checked(all.len() / 2)?;
        first.statement.resource = Some(ResourceElement::Resource(left.to_vec()));
        second.statement.resource = Some(ResourceElement::Resource(right.to_vec()));
        return Some((first, second));
    }
    let all = suggested.statement.action.patterns();
    if all.len() > 1 {
        let (left, right) = all.split_at_checked(all.len() / 2)?;
        first.statement.action = ActionElement::Action(left.to_vec());
        second.statement.action = ActionElement::Action(right.to_vec());
        return Some((first, second));
    }
    None
}
