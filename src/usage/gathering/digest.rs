//! Digests of what decides, so that it can be looked up without being copied.
//!
//! A digest has 128 bits and depends on seeds that this process made up, so nobody can write records whose digests collide, and by
//! chance they do not. What is looked up by it is only ever what was found by the whole text before.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::{FoldHasher, RandomState};

/// Digests of things that differ are different.
pub(super) type Digest = u128;

/// The seeds.
#[derive(Clone, Debug, Default)]
pub(super) struct Seeds(RandomState, RandomState);

/// A digest that is being made. Each text counts by itself: where one ends and the next begins makes a difference.
#[derive(Clone)]
pub(super) struct Digesting<'s>(FoldHasher<'s>, FoldHasher<'s>);

impl Seeds {
    pub(super) fn start(&self) -> Digesting<'_> {
        Digesting(self.0.build_hasher(), self.1.build_hasher())
    }
}

impl Digesting<'_> {
    pub(super) fn text(&mut self, text: &[u8]) {
        self.0.write(text);
        self.1.write(text);
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.write_u64(number);
        self.1.write_u64(number);
    }

    pub(super) fn finish(&self) -> Digest {
        u128::from(self.0.finish()) << 64 | u128::from(self.1.finish())
    }
}
