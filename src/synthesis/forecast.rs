//! A walk-forward test: had the policy been made earlier, which later uses would it have denied?
//!
//! The first two thirds of the days are learned from, the rest is replayed. Nothing is extrapolated.

use jiff::civil::Date;

use super::{Basis, Grant, Levels, gather, group, open_part, verify};
use crate::policy::{CompiledPolicy, Document, Statement};

/// The outcome of the walk-forward test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The last day that was learned from.
    pub learned_until: Date,
    /// How many days that were.
    pub learned_days: i32,
    /// Uses on the days after.
    pub later_uses: u64,
    /// Those of them that the earlier policy would have denied.
    pub denied_uses: u64,
}

/// Runs the test over the days from the role's first use on; `None` if these are fewer than three or nothing was used on the later ones.
pub fn forecast(basis: Basis<'_>, levels: &Levels) -> Option<Forecast> {
    let distinct = gather::with_evidence(basis.usage);
    let first = *distinct
        .values()
        .filter_map(|evidence| evidence.days.keys().next())
        .min()?;
    let last = *basis.coverage.days.keys().next_back()?;
    let span = (last - first).get_days() + 1;
    if span < 3 {
        return None;
    }
    let learned_days = span * 2 / 3;
    let learned_until = first
        .checked_add(jiff::Span::new().days(learned_days - 1))
        .ok()?;
    let mut learned = Vec::new();
    let mut later = Vec::new();
    for (grant, evidence) in distinct {
        if evidence
            .days
            .keys()
            .next()
            .is_some_and(|day| *day <= learned_until)
        {
            learned.push(grant.clone());
        }
        let uses: u64 = evidence
            .days
            .iter()
            .filter(|(day, _)| **day > learned_until)
            .map(|(_, count)| count)
            .sum();
        if uses > 0 {
            later.push((grant, uses));
        }
    }
    if later.is_empty() {
        return None;
    }
    let policy = compile(&learned, levels, basis);
    let later_uses = later.iter().map(|(_, uses)| uses).sum();
    let denied_uses = later
        .iter()
        .filter(|(grant, _)| !verify::is_allowed(&policy, grant))
        .map(|(_, uses)| uses)
        .sum();
    Some(Forecast {
        learned_until,
        learned_days,
        later_uses,
        denied_uses,
    })
}

/// The policy that would have been made of these accesses.
fn compile(learned: &[Grant], levels: &Levels, basis: Basis<'_>) -> Vec<CompiledPolicy> {
    let (grants, _) = open_part::generalize(learned, levels, basis.catalog);
    let grants = group::absorb(grants);
    let statements: Vec<Statement> = group::statements(&grants, basis.catalog)
        .into_iter()
        .map(|suggested| suggested.statement)
        .collect();
    vec![CompiledPolicy::new(&Document::new(statements))]
}
