//! The fewest characters for a set of grants: a cover of actions × resources by products, without excess.
//!
//! A statement grants the product of its actions and its resources. The policy must cover every pair that was asked for, and
//! may hold a pair beyond them only where it means nothing: the action cannot apply to the resource, or another grant holds
//! it already. Finding the cheapest such cover is hard in general (it is a biclique cover); here several starting covers are improved by
//! merging, dropping and re-covering until nothing helps. `tests/minimal.rs` compares the result with an exact solver.

mod bits;
mod improve;

use std::collections::BTreeMap;

use bits::Bits;

/// What a statement costs beside its actions and resources: `{"Effect":"Allow","Action":…,"Resource":…},`.
const STATEMENT_COST: usize = 42;
/// What a string costs beside its characters: two quotes and a comma.
const STRING_COST: usize = 3;

/// A problem: which pairs must be granted, and which may be.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Length of each action's name.
    pub actions: Vec<usize>,
    /// Length of each resource's pattern.
    pub resources: Vec<usize>,
    /// For each action, the resources that it must be granted on.
    pub needed: Vec<Vec<usize>>,
    /// For each action, further resources that may stand beside it because that grants nothing.
    pub harmless: Vec<Vec<usize>>,
}

/// A product of actions and resources, by their indices, sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product {
    /// The actions.
    pub actions: Vec<usize>,
    /// The resources.
    pub resources: Vec<usize>,
}

impl Problem {
    /// Returns a cheap cover. The same problem gives the same cover.
    pub fn solve(&self) -> Vec<Product> {
        let folded = Folded::new(self);
        let cover = improve::best(&folded.grid);
        let mut products: Vec<Product> = cover
            .iter()
            .map(|statement| folded.unfold(statement))
            .collect();
        products.sort();
        products
    }

    /// The characters that a cover takes.
    pub fn cost(&self, cover: &[Product]) -> usize {
        let strings = |indices: &[usize], lengths: &[usize]| -> usize {
            indices
                .iter()
                .filter_map(|index| lengths.get(*index))
                .map(|length| length + STRING_COST)
                .sum()
        };
        let one = |product: &Product| {
            STATEMENT_COST
                + strings(&product.actions, &self.actions)
                + strings(&product.resources, &self.resources)
        };
        cover.iter().map(one).sum()
    }
}

/// A statement over classes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    actions: Bits,
    resources: Bits,
}

/// The problem over classes of actions and resources that behave alike.
#[derive(Clone, Debug)]
struct Grid {
    action_cost: Vec<usize>,
    resource_cost: Vec<usize>,
    /// By action class, the resource classes needed.
    needed: Vec<Bits>,
    /// By action class, the resource classes that may stand beside it: needed or harmless.
    allowed: Vec<Bits>,
}

impl Grid {
    fn cost(&self, statement: &Statement) -> usize {
        let sum = |bits: &Bits, costs: &[usize]| -> usize {
            bits.iter().filter_map(|index| costs.get(index)).sum()
        };
        STATEMENT_COST
            + sum(&statement.actions, &self.action_cost)
            + sum(&statement.resources, &self.resource_cost)
    }

    fn total(&self, cover: &[Statement]) -> usize {
        cover.iter().map(|statement| self.cost(statement)).sum()
    }

    /// Says whether the statement grants nothing but what may be granted.
    fn is_valid(&self, statement: &Statement) -> bool {
        statement.actions.iter().all(|action| {
            self.allowed
                .get(action)
                .is_some_and(|allowed| statement.resources.is_subset(allowed))
        })
    }
}

/// A problem whose like actions and like resources are folded together.
struct Folded {
    grid: Grid,
    actions: Vec<Vec<usize>>,
    resources: Vec<Vec<usize>>,
}

impl Folded {
    fn new(problem: &Problem) -> Self {
        let columns = columns(problem);
        let resources = classes(&columns);
        let mut class_of = vec![0; problem.resources.len()];
        for (class, members) in resources.iter().enumerate() {
            for member in members {
                if let Some(slot) = class_of.get_mut(*member) {
                    *slot = class;
                }
            }
        }
        let bits = |row: &Vec<usize>| -> Bits {
            row.iter()
                .filter_map(|index| class_of.get(*index).copied())
                .collect()
        };
        let rows: Vec<(Bits, Bits)> = (problem.needed.iter().zip(&problem.harmless))
            .map(|(needed, harmless)| {
                let needed = bits(needed);
                let allowed = needed.union(&bits(harmless));
                (needed, allowed)
            })
            .collect();
        let actions = classes(&rows);
        let cost = |classes: &[Vec<usize>], lengths: &[usize]| -> Vec<usize> {
            let of = |index: &usize| lengths.get(*index).map_or(0, |length| length + STRING_COST);
            classes
                .iter()
                .map(|members| members.iter().map(of).sum())
                .collect()
        };
        let row = |class: &Vec<usize>| {
            class
                .first()
                .and_then(|first| rows.get(*first))
                .cloned()
                .unwrap_or_default()
        };
        let (needed, allowed) = actions.iter().map(row).unzip();
        let grid = Grid {
            action_cost: cost(&actions, &problem.actions),
            resource_cost: cost(&resources, &problem.resources),
            needed,
            allowed,
        };
        Self {
            grid,
            actions,
            resources,
        }
    }

    fn unfold(&self, statement: &Statement) -> Product {
        let members = |bits: &Bits, classes: &[Vec<usize>]| {
            let mut members: Vec<usize> = bits
                .iter()
                .filter_map(|class| classes.get(class))
                .flatten()
                .copied()
                .collect();
            members.sort_unstable();
            members
        };
        Product {
            actions: members(&statement.actions, &self.actions),
            resources: members(&statement.resources, &self.resources),
        }
    }
}

/// For each resource, which actions need it and which may stand beside it.
fn columns(problem: &Problem) -> Vec<(Bits, Bits)> {
    let mut columns = vec![(Bits::default(), Bits::default()); problem.resources.len()];
    for (action, (needed, harmless)) in problem.needed.iter().zip(&problem.harmless).enumerate() {
        for resource in needed {
            if let Some((need, _)) = columns.get_mut(*resource) {
                need.insert(action);
            }
        }
        for resource in harmless {
            if let Some((_, may)) = columns.get_mut(*resource) {
                may.insert(action);
            }
        }
    }
    columns
}

/// Groups indices whose items are equal; the groups are in the order of their first members.
fn classes<T: Ord>(items: &[T]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        groups.entry(item).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort();
    groups
}
