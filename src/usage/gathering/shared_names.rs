//! Names that forms have in common, each kept once: what a role did outlives the forms that told it.

use std::sync::Arc;

use super::Set;
use crate::name::Name;
use crate::usage::role::OperationName;

/// How many of each are remembered. Names of operations are the caller's to make up.
const MOST_NAMES: usize = 4 * 1024;

/// The names met so far.
#[derive(Debug, Default)]
pub(super) struct SharedNames {
    names: Set<Name>,
    operations: Set<Arc<OperationName>>,
}

impl SharedNames {
    /// Puts the one that is kept in the name's place.
    pub(super) fn share(&mut self, name: &mut Name) {
        keep(&mut self.names, name);
    }

    /// The same with an operation.
    pub(super) fn share_operation(&mut self, operation: &mut Arc<OperationName>) {
        keep(&mut self.operations, operation);
    }
}

fn keep<T: Clone + Eq + std::hash::Hash>(kept: &mut Set<T>, one: &mut T) {
    if let Some(known) = kept.get(one) {
        *one = known.clone();
        return;
    }
    if kept.len() == MOST_NAMES {
        kept.clear();
    }
    kept.insert(one.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_the_same_become_one() {
        let mut shared = SharedNames::default();
        let [mut one, mut two, other] = ["a", "a", "b"].map(Name::from);
        for name in [&mut one, &mut two, &mut other.clone()] {
            shared.share(name);
        }
        assert!(std::ptr::eq(one.as_str(), two.as_str()) && one != other);
    }
}
