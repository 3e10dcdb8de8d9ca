//! Sets of small numbers, as bits.

/// A set of indices. Trailing zero words are never kept, so equal sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (index % 64);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|bits| bits & (1 << (index % 64)) != 0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let mut rest = *bits;
            std::iter::from_fn(move || {
                let bit = usize::try_from(rest.trailing_zeros())
                    .ok()
                    .filter(|_| rest != 0)?;
                rest &= rest - 1;
                Some(word * 64 + bit)
            })
        })
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() >= other.0.len() {
            (self, other)
        } else {
            (other, self)
        };
        let mut words = long.0.clone();
        for (word, bits) in words.iter_mut().zip(&short.0) {
            *word |= bits;
        }
        Self(words)
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        Self::trimmed(
            self.0
                .iter()
                .zip(&other.0)
                .map(|(one, other)| one & other)
                .collect(),
        )
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        Self::trimmed(
            self.0
                .iter()
                .zip(others)
                .map(|(one, other)| one & !other)
                .collect(),
        )
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        self.0
            .iter()
            .zip(others)
            .all(|(one, other)| one & !other == 0)
    }

    fn trimmed(mut words: Vec<u64>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self(words)
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut bits = Self::default();
        for index in indices {
            bits.insert(index);
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_like_sets() {
        let one: Bits = [1, 64, 130].into_iter().collect();
        let other: Bits = [64, 2].into_iter().collect();
        assert_eq!(
            one.union(&other).iter().collect::<Vec<_>>(),
            [1, 2, 64, 130]
        );
        assert_eq!(one.intersection(&other).iter().collect::<Vec<_>>(), [64]);
        assert_eq!(one.difference(&other).iter().collect::<Vec<_>>(), [1, 130]);
        assert_eq!(one.difference(&one), Bits::default());
        assert!(one.intersection(&other).is_subset(&other) && !one.is_subset(&other));
        assert!(one.contains(130) && !one.contains(131));
    }
}
