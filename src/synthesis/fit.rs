//! Fits statements into policies that IAM accepts: none larger than the quota.

use std::collections::BTreeSet;

use super::{SuggestedPolicy, SuggestedStatement, sid};
use crate::policy::{ActionElement, Document, ResourceElement};

/// Packs statements in order; a statement that is too large alone is split by its resources, then by its actions.
pub(super) fn policies(
    role: &str,
    statements: Vec<SuggestedStatement>,
    quota: usize,
) -> Vec<SuggestedPolicy> {
    let mut pending: Vec<SuggestedStatement> = statements.into_iter().rev().collect();
    let mut filled: Vec<Vec<SuggestedStatement>> = Vec::new();
    let mut open: Vec<SuggestedStatement> = Vec::new();
    while let Some(statement) = pending.pop() {
        if characters(std::slice::from_ref(&statement)) > quota
            && let Some((first, second)) = halves(&statement)
        {
            pending.push(second);
            pending.push(first);
            continue;
        }
        open.push(statement);
        if characters(&open) > quota && open.len() > 1 {
            let last = open.pop();
            filled.push(std::mem::replace(&mut open, last.into_iter().collect()));
        }
    }
    if !open.is_empty() {
        filled.push(open);
    }
    let count = filled.len();
    filled
        .into_iter()
        .enumerate()
        .map(|(index, statements)| {
            let name = if count == 1 {
                format!("{role}-used")
            } else {
                format!("{role}-used-{}", index + 1)
            };
            policy(name, statements)
        })
        .collect()
}

fn policy(name: String, mut statements: Vec<SuggestedStatement>) -> SuggestedPolicy {
    let mut names = BTreeSet::new();
    for suggested in &mut statements {
        suggested.statement.sid = suggested
            .statement
            .sid
            .take()
            .map(|sid| sid::unique(&sid, &mut names));
    }
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
