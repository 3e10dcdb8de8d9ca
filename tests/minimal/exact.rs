//! The optimum, by search: slow, plain, and right for a handful of actions and resources.
//!
//! Statements with equal resources can be joined, so a cover chooses, for each set of resources, the actions that stand with it.
//! Each action needs sets that it is allowed on and that together hold all it needs. The search goes action by action, opens sets
//! as they are needed, and cuts a branch as soon as it costs no less than the best cover known.

use polgen::synthesis::cover::{Problem, Product};

/// Returns the cost of the cheapest cover, or `known` if none is cheaper.
pub(crate) fn cost(problem: &Problem, known: usize) -> usize {
    let sets = 1_usize << problem.resources.len();
    let mask = |row: &Vec<usize>| row.iter().fold(0_usize, |mask, index| mask | 1 << index);
    let search = Search {
        set_cost: (0..sets).map(|set| of_set(problem, set)).collect(),
        action_cost: (0..problem.actions.len())
            .map(|action| of_action(problem, action))
            .collect(),
        needed: problem.needed.iter().map(mask).collect(),
        allowed: problem
            .needed
            .iter()
            .zip(&problem.harmless)
            .map(|(one, other)| mask(one) | mask(other))
            .collect(),
    };
    let mut state = State {
        open: vec![false; sets],
        best: known,
    };
    search.action(0, 0, &mut state);
    state.best
}

/// What the search changes as it goes.
struct State {
    /// The sets of resources that some statement has.
    open: Vec<bool>,
    /// The cost of the best cover known.
    best: usize,
}

fn of_set(problem: &Problem, set: usize) -> usize {
    let resources = (0..problem.resources.len())
        .filter(|index| set >> index & 1 == 1)
        .collect();
    problem.cost(&[Product {
        actions: Vec::new(),
        resources,
    }])
}

fn of_action(problem: &Problem, action: usize) -> usize {
    let with = |actions| {
        problem.cost(&[Product {
            actions,
            resources: Vec::new(),
        }])
    };
    with(vec![action]) - with(Vec::new())
}

struct Search {
    set_cost: Vec<usize>,
    action_cost: Vec<usize>,
    needed: Vec<usize>,
    allowed: Vec<usize>,
}

impl Search {
    fn action(&self, action: usize, spent: usize, state: &mut State) {
        // Each action still to come stands in one statement at least.
        let least: usize = (action..self.needed.len())
            .filter(|later| self.needed[*later] != 0)
            .map(|later| self.action_cost[later])
            .sum();
        if spent + least >= state.best {
            return;
        }
        match self.needed.get(action) {
            None => state.best = spent,
            Some(needed) => self.cover(action, (*needed, 1), spent, state),
        }
    }

    /// Covers what is `left` of an action's needs with sets from `from` on, then goes on to the next action.
    fn cover(&self, action: usize, (left, from): (usize, usize), spent: usize, state: &mut State) {
        if left == 0 {
            self.action(action + 1, spent, state);
            return;
        }
        if spent + self.action_cost[action] >= state.best {
            return;
        }
        for set in from..self.set_cost.len() {
            if set & !self.allowed[action] != 0 || set & left == 0 {
                continue;
            }
            let was_open = state.open[set];
            let price = self.action_cost[action] + if was_open { 0 } else { self.set_cost[set] };
            state.open[set] = true;
            self.cover(action, (left & !set, set + 1), spent + price, state);
            state.open[set] = was_open;
        }
    }
}
