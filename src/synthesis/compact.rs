//! The compact style: as few characters as can be found, over all services at once.
//!
//! Only grants under equal conditions share statements; among them the cover decides. What may stand beside what without
//! granting anything is told by the catalog: see [`applicability`](super::applicability).

use std::collections::{BTreeMap, BTreeSet};

use super::applicability::Applicability;
use super::cover::{Problem, Product};
use super::{Conditions, Grant, Purpose, SuggestedStatement, condition};
use crate::catalog::Catalog;
use crate::pattern::Pattern;
use crate::policy::Statement;

/// Makes statements of grants, without names.
pub(super) fn statements(grants: &[Grant], catalog: &Catalog) -> Vec<SuggestedStatement> {
    let mut by_conditions: BTreeMap<&Conditions, Vec<&Grant>> = BTreeMap::new();
    for grant in grants {
        by_conditions
            .entry(&grant.conditions)
            .or_default()
            .push(grant);
    }
    let mut applicability = Applicability::default();
    let mut statements = Vec::new();
    for (conditions, members) in by_conditions {
        let table = Table::new(&members, grants, &mut applicability, catalog);
        let products = table.problem.solve();
        statements.extend(
            products
                .iter()
                .map(|product| table.statement(product, conditions, &members)),
        );
    }
    statements
}

/// Grants as a table of actions and resources.
struct Table<'a> {
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
    problem: Problem,
}

impl<'a> Table<'a> {
    fn new(
        members: &[&'a Grant],
        all: &[Grant],
        applicability: &mut Applicability,
        catalog: &Catalog,
    ) -> Self {
        let actions: Vec<&str> = distinct(members.iter().map(|grant| grant.action.as_str()));
        let resources: Vec<&str> = distinct(members.iter().map(|grant| grant.resource.as_str()));
        let patterns: Vec<(&str, Pattern)> = resources
            .iter()
            .map(|resource| (*resource, Pattern::parse(resource)))
            .collect();
        let mut problem = Problem {
            actions: actions.iter().map(|action| action.len()).collect(),
            resources: resources.iter().map(|resource| resource.len()).collect(),
            ..Problem::default()
        };
        for action in &actions {
            let granted: Vec<&Grant> = all.iter().filter(|grant| grant.action == *action).collect();
            let is_needed = |resource: &str| {
                granted
                    .iter()
                    .any(|grant| grant.resource == resource && members.contains(grant))
            };
            let mut needed = Vec::new();
            let mut harmless = Vec::new();
            for (index, (text, pattern)) in patterns.iter().enumerate() {
                if is_needed(text) {
                    needed.push(index);
                } else if !applicability.can_apply(action, (text, pattern), catalog)
                    || is_held(&granted, members, pattern)
                {
                    harmless.push(index);
                }
            }
            problem.needed.push(needed);
            problem.harmless.push(harmless);
        }
        Self {
            actions,
            resources,
            problem,
        }
    }

    fn statement(
        &self,
        product: &Product,
        conditions: &Conditions,
        members: &[&Grant],
    ) -> SuggestedStatement {
        let names = |indices: &[usize], names: &[&'a str]| -> Vec<&'a str> {
            indices
                .iter()
                .filter_map(|index| names.get(*index).copied())
                .collect()
        };
        let actions = names(&product.actions, &self.actions);
        let resources = names(&product.resources, &self.resources);
        let mut statement = Statement::allow(actions.iter().copied(), resources.iter().copied());
        statement.conditions = condition::to_statement(conditions);
        let is_inside = |grant: &&&Grant| {
            actions.contains(&grant.action.as_str()) && resources.contains(&grant.resource.as_str())
        };
        let purposes: BTreeSet<&Purpose> = members
            .iter()
            .filter(is_inside)
            .map(|grant| &grant.purpose)
            .collect();
        let purpose = purposes
            .first()
            .map_or(Purpose::Observed, |purpose| (*purpose).clone());
        SuggestedStatement { statement, purpose }
    }
}

/// Says whether a grant of the action, under the members' conditions or weaker ones, holds all of `pattern`.
fn is_held(granted: &[&Grant], members: &[&Grant], pattern: &Pattern) -> bool {
    let Some(like) = members.first() else {
        return false;
    };
    granted.iter().any(|grant| {
        condition::is_wider(&grant.conditions, &like.conditions)
            && Pattern::parse(&grant.resource).covers(pattern)
    })
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    names.collect::<BTreeSet<_>>().into_iter().collect()
}
