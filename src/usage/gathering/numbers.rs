//! Numbers in the stead of texts: they are small, and quick to compare.

use std::hash::Hash;

use super::Set;

/// Numbers things by the order in which they came.
#[derive(Debug)]
pub(super) struct Numbers<K>(Set<K>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self(Set::default())
    }
}

impl<K: Hash + Eq> Numbers<K> {
    pub(super) fn of(&mut self, key: K) -> u32 {
        let (at, _) = self.0.insert_full(key);
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &K)> {
        (0..).zip(&self.0)
    }

    pub(super) fn get(&self, number: u32) -> Option<&K> {
        self.0.get_index(number as usize)
    }
}
