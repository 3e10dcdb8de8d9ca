//! Digests of what decides, so that it can be looked up without being copied.
//!
//! A digest has 128 bits and depends on seeds that this process made up, so nobody can write records whose digests collide, and by
//! chance they do not. What is looked up by it is only ever what was found by the whole text before.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::{FoldHasher, RandomState};
use hashbrown::HashTable;

/// Digests of things that differ are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64, u64);

/// What is known of digests. A part of each is as good as any hash of it, and nobody asks for their order.
#[derive(Clone, Debug)]
pub(crate) struct Digests<T>(HashTable<(Digest, T)>);

impl<T> Default for Digests<T> {
    fn default() -> Self {
        Self(HashTable::new())
    }
}

impl<T: Copy> Digests<T> {
    pub(crate) fn get(&self, digest: Digest) -> Option<T> {
        let found = self.0.find(digest.0, |(known, _)| *known == digest);
        found.map(|(_, value)| *value)
    }

    pub(crate) fn insert(&mut self, digest: Digest, value: T) {
        let is_same = |(known, _): &(Digest, T)| *known == digest;
        let entry = self.0.entry(digest.0, is_same, |(known, _)| known.0);
        entry.insert((digest, value));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The seeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seeds(RandomState, RandomState);

/// A digest that is being made. Each text counts by itself: where one ends and the next begins makes a difference.
#[derive(Clone)]
pub(crate) struct Digesting<'s>(FoldHasher<'s>, FoldHasher<'s>);

impl Seeds {
    pub(crate) fn start(&self) -> Digesting<'_> {
        Digesting(self.0.build_hasher(), self.1.build_hasher())
    }
}

impl Digesting<'_> {
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.0.write(text);
        self.1.write(text);
    }

    pub(crate) fn digest(&mut self, digest: Digest) {
        self.number(digest.0);
        self.number(digest.1);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.write_u64(number);
        self.1.write_u64(number);
    }

    pub(crate) fn finish(&self) -> Digest {
        Digest(self.0.finish(), self.1.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_text_ends_makes_a_difference() {
        let seeds = Seeds::default();
        let of = |texts: &[&str]| {
            let mut digest = seeds.start();
            for text in texts {
                digest.text(text.as_bytes());
            }
            digest.finish()
        };
        let all = [
            of(&["ab", "c"]),
            of(&["a", "bc"]),
            of(&["abc"]),
            of(&["abc", ""]),
        ];
        let mut known = Digests::default();
        for (number, digest) in all.into_iter().enumerate() {
            assert_eq!(known.get(digest), None);
            known.insert(digest, number);
        }
        known.insert(all[0], 9);
        assert_eq!(all.map(|digest| known.get(digest)), [9, 1, 2, 3].map(Some));
        assert_eq!(known.len(), 4);
        known.clear();
        assert_eq!(known.get(all[0]), None);
    }
}
