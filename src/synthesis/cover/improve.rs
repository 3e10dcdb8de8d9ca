//! Makes covers cheaper: merge two statements, drop what others cover, take statements out and cover their pairs anew.
//!
//! Every step is deterministic and accepted only if it saves characters, so the search ends; a bound on its rounds keeps it short.

use super::bits::Bits;
use super::{Grid, Statement};

/// The most rounds of taking out and covering anew.
const ROUNDS: usize = 40;
/// Covers with more statements than this are not taken apart in pairs, which would cost too much for what it saves.
const PAIRWISE_STATEMENTS: usize = 16;
/// Covers with more statements than this are only merged.
const SINGLE_STATEMENTS: usize = 64;

/// Returns the cheapest cover found.
pub(super) fn best(grid: &Grid) -> Vec<Statement> {
    let starts = [
        by_action(grid, &all_pairs(grid)),
        by_resource(grid, &all_pairs(grid)),
        by_maximal(grid),
    ];
    let covers = starts.into_iter().map(|start| refine(grid, start));
    covers
        .min_by_key(|cover| (grid.total(cover), cover.clone()))
        .unwrap_or_default()
}

/// By action, the resources still to be covered.
type Pairs = Vec<Bits>;

fn all_pairs(grid: &Grid) -> Pairs {
    grid.needed.clone()
}

/// A statement for each action.
fn by_action(grid: &Grid, pairs: &Pairs) -> Vec<Statement> {
    let of = |(action, resources): (usize, &Bits)| Statement {
        actions: [action].into_iter().collect(),
        resources: resources.clone(),
    };
    let statements = pairs
        .iter()
        .enumerate()
        .filter(|(_, resources)| !resources.is_empty())
        .map(of)
        .collect();
    merge(grid, statements)
}

/// A statement for each resource.
fn by_resource(grid: &Grid, pairs: &Pairs) -> Vec<Statement> {
    let mut statements = Vec::new();
    for resource in 0..grid.resource_cost.len() {
        let needing = |(_, resources): &(usize, &Bits)| resources.contains(resource);
        let actions: Bits = pairs
            .iter()
            .enumerate()
            .filter(needing)
            .map(|(action, _)| action)
            .collect();
        if !actions.is_empty() {
            statements.push(Statement {
                actions,
                resources: [resource].into_iter().collect(),
            });
        }
    }
    merge(grid, statements)
}

/// For each action the widest product that holds all it needs, taken greedily by what it covers for its cost.
fn by_maximal(grid: &Grid) -> Vec<Statement> {
    let mut left = all_pairs(grid);
    let mut cover = Vec::new();
    while left.iter().any(|resources| !resources.is_empty()) {
        let candidates = left
            .iter()
            .filter(|resources| !resources.is_empty())
            .map(|resources| {
                let fits = |(_, allowed): &(usize, &Bits)| resources.is_subset(allowed);
                let useful = |action: usize| {
                    left.get(action)
                        .is_some_and(|open| !open.intersection(resources).is_empty())
                };
                let actions: Bits = (grid.allowed.iter().enumerate())
                    .filter(fits)
                    .map(|(action, _)| action)
                    .filter(|action| useful(*action))
                    .collect();
                Statement {
                    actions,
                    resources: resources.clone(),
                }
            });
        let gain = |statement: &Statement| -> usize {
            let covered = |action| {
                left.get(action).map_or(0, |open: &Bits| {
                    open.intersection(&statement.resources).iter().count()
                })
            };
            statement.actions.iter().map(covered).sum()
        };
        // Characters for each pair covered, compared without fractions.
        let Some(next) = candidates.min_by(|one, other| {
            let by_price = (grid.cost(one) * gain(other)).cmp(&(grid.cost(other) * gain(one)));
            by_price.then_with(|| one.cmp(other))
        }) else {
            break;
        };
        for action in next.actions.iter() {
            if let Some(open) = left.get_mut(action) {
                *open = open.difference(&next.resources);
            }
        }
        cover.push(next);
    }
    merge(grid, cover)
}

/// Merges the pair of statements that saves most, until none does. Large covers are thinned out first.
fn merge(grid: &Grid, cover: Vec<Statement>) -> Vec<Statement> {
    let mut cover = thin(grid, cover);
    loop {
        let pairs = (0..cover.len())
            .filter_map(|first| partner(grid, &cover, first).map(|found| (first, found)));
        let best = pairs.max_by_key(|(first, (saved, ..))| (*saved, std::cmp::Reverse(*first)));
        let Some((first, (_, second, joined))) = best else {
            return cover;
        };
        join(&mut cover, first, second, joined);
    }
}

/// Merges each statement of a large cover with its best partner, one after the other.
fn thin(grid: &Grid, mut cover: Vec<Statement>) -> Vec<Statement> {
    let mut first = 0;
    while first < cover.len() && cover.len() > SINGLE_STATEMENTS {
        match partner(grid, &cover, first) {
            Some((_, second, joined)) => join(&mut cover, first, second, joined),
            None => first += 1,
        }
    }
    cover
}

/// The later statement whose merging with the `first` saves most: how much, which, and the two as one.
fn partner(grid: &Grid, cover: &[Statement], first: usize) -> Option<(usize, usize, Statement)> {
    let one = cover.get(first)?;
    let later = cover.iter().enumerate().skip(first + 1);
    let merged = later.filter_map(|(second, other)| {
        let joined = Statement {
            actions: one.actions.union(&other.actions),
            resources: one.resources.union(&other.resources),
        };
        let saved = (grid.cost(one) + grid.cost(other)).saturating_sub(grid.cost(&joined));
        (saved > 0 && grid.is_valid(&joined)).then_some((saved, second, joined))
    });
    merged.max_by_key(|(saved, second, _)| (*saved, std::cmp::Reverse(*second)))
}

fn join(cover: &mut Vec<Statement>, first: usize, second: usize, joined: Statement) {
    cover.remove(second);
    if let Some(slot) = cover.get_mut(first) {
        *slot = joined;
    }
}

/// What a cover leaves open.
fn open(grid: &Grid, cover: &[Statement]) -> Pairs {
    let mut left = all_pairs(grid);
    for statement in cover {
        for action in statement.actions.iter() {
            if let Some(open) = left.get_mut(action) {
                *open = open.difference(&statement.resources);
            }
        }
    }
    left
}

/// Drops actions and resources whose pairs other statements cover, the dearest first.
fn prune(grid: &Grid, cover: &mut Vec<Statement>) {
    for index in 0..cover.len() {
        let Some(statement) = cover.get(index).cloned() else {
            continue;
        };
        let without = |smaller: Statement| {
            let mut trial = cover.clone();
            if let Some(slot) = trial.get_mut(index) {
                *slot = smaller;
            }
            open(grid, &trial)
                .iter()
                .all(Bits::is_empty)
                .then_some(trial)
        };
        let fewer_actions = statement.actions.iter().filter_map(|action| {
            let actions = statement
                .actions
                .difference(&[action].into_iter().collect());
            without(Statement {
                actions,
                resources: statement.resources.clone(),
            })
        });
        let fewer_resources = statement.resources.iter().filter_map(|resource| {
            let resources = statement
                .resources
                .difference(&[resource].into_iter().collect());
            without(Statement {
                actions: statement.actions.clone(),
                resources,
            })
        });
        let trials: Vec<Vec<Statement>> = fewer_actions.chain(fewer_resources).collect();
        if let Some(smaller) = trials.into_iter().min_by_key(|trial| grid.total(trial)) {
            *cover = smaller;
        }
    }
    cover.retain(|statement| !statement.actions.is_empty() && !statement.resources.is_empty());
}

/// Improves a cover until nothing helps.
fn refine(grid: &Grid, start: Vec<Statement>) -> Vec<Statement> {
    let mut cover = start;
    for _ in 0..ROUNDS {
        let before = grid.total(&cover);
        if cover.len() <= SINGLE_STATEMENTS {
            prune(grid, &mut cover);
        }
        cover = merge(grid, cover);
        for taken in takes(cover.len()) {
            let rest: Vec<Statement> = (cover.iter().enumerate())
                .filter(|(index, _)| !taken.contains(index))
                .map(|(_, statement)| statement.clone())
                .collect();
            if let Some(better) = recover(grid, &rest, grid.total(&cover)) {
                cover = better;
                break;
            }
        }
        if grid.total(&cover) == before {
            break;
        }
    }
    cover
}

/// Which statements to take out together: each alone, then each pair, then neighbouring threes.
fn takes(count: usize) -> Vec<Vec<usize>> {
    if count > SINGLE_STATEMENTS {
        return Vec::new();
    }
    let mut takes: Vec<Vec<usize>> = (0..count).map(|one| vec![one]).collect();
    if count <= PAIRWISE_STATEMENTS {
        takes
            .extend((0..count).flat_map(|one| (one + 1..count).map(move |other| vec![one, other])));
        takes.extend((0..count.saturating_sub(2)).map(|one| vec![one, one + 1, one + 2]));
    }
    takes
}

/// Covers what `rest` leaves open in several ways; returns the best if it is cheaper than `limit`.
fn recover(grid: &Grid, rest: &[Statement], limit: usize) -> Option<Vec<Statement>> {
    let left = open(grid, rest);
    let extended = extend(grid, rest.to_vec(), &left);
    let still = open(grid, &extended);
    let with = |base: &[Statement], more: Vec<Statement>| {
        let mut cover = base.to_vec();
        cover.extend(more);
        merge(grid, cover)
    };
    let trials = [
        with(rest, by_action(grid, &left)),
        with(rest, by_resource(grid, &left)),
        with(&extended, by_action(grid, &still)),
        with(&extended, by_resource(grid, &still)),
    ];
    trials
        .into_iter()
        .filter(|trial| grid.total(trial) < limit)
        .min_by_key(|trial| (grid.total(trial), trial.clone()))
}

/// Adds open pairs to statements where that is cheaper than a statement of their own.
fn extend(grid: &Grid, mut cover: Vec<Statement>, left: &Pairs) -> Vec<Statement> {
    for (action, resources) in left.iter().enumerate() {
        if resources.is_empty() {
            continue;
        }
        let alone = Statement {
            actions: [action].into_iter().collect(),
            resources: resources.clone(),
        };
        let grown = cover.iter().enumerate().filter_map(|(index, statement)| {
            let joined = Statement {
                actions: statement.actions.union(&alone.actions),
                resources: statement.resources.union(&alone.resources),
            };
            let price = grid.cost(&joined).saturating_sub(grid.cost(statement));
            (price < grid.cost(&alone) && grid.is_valid(&joined)).then_some((price, index, joined))
        });
        let best = grown.min();
        if let Some((slot, joined)) =
            best.and_then(|(_, at, joined)| Some((cover.get_mut(at)?, joined)))
        {
            *slot = joined;
        }
    }
    cover
}
