//! What a proof may still do, counted in steps of the order of a hundred nanoseconds.
//!
//! Whatever grows with the policies draws from here, so that a proof ends in time whatever it is given. One part of a proof
//! gets no more than a share of what is left: a hard part must not keep the others from finding a witness.

use std::cell::Cell;

use crate::pattern::Pattern;

/// The steps that are left.
#[derive(Debug)]
pub struct Work {
    left: Cell<usize>,
}

impl Work {
    /// Allows this many steps.
    pub fn new(steps: usize) -> Self {
        Self {
            left: Cell::new(steps),
        }
    }

    /// Spends steps; says whether there were enough. If not, none are left.
    pub fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Says whether no step is left.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Spends what it takes to hold each pattern of some against each of others.
    pub fn spend_on_pairs(&self, some: &[Pattern], others: &[Pattern]) -> bool {
        const ELEMENTS_OF_A_STEP: usize = 32;
        let length = |patterns: &[Pattern]| -> usize {
            patterns.iter().map(|pattern| 1 + pattern.length()).sum()
        };
        let pairs = some.len().saturating_mul(others.len());
        let elements = length(some).saturating_mul(length(others));
        self.spend(1 + pairs + elements / ELEMENTS_OF_A_STEP)
    }

    /// Does one part of the work with at most this many steps, and at most half of those left.
    pub fn share<T>(&self, most: usize, part: impl FnOnce(&Self) -> T) -> T {
        let given = most.min(self.left.get() / 2);
        let share = Self::new(given);
        let result = part(&share);
        self.spend(given.saturating_sub(share.left.get()));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends() {
        let work = Work::new(10);
        assert!(work.spend(4) && !work.is_spent());
        assert!(work.spend(6) && work.is_spent());
        assert!(!work.spend(1) && work.is_spent());
        let pattern = [Pattern::parse(&"a".repeat(1_000))];
        assert!(Work::new(50_000).spend_on_pairs(&pattern, &pattern));
        assert!(!Work::new(20_000).spend_on_pairs(&pattern, &pattern));
        let (all, half) = (Work::new(100), |work: &Work| work.spend(50));
        assert!(all.share(90, half) && !all.share(90, half));
    }
}
