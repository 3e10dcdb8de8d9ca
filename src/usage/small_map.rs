//! Maps in the order of their keys that take little where they hold little.
//!
//! There are some of them for each of what may be a hundred thousand roles, and most hold one thing. A tree takes room for eleven.

use std::collections::{BTreeMap, btree_map};
use std::iter::{Chain, Flatten, Map};
use std::{option, slice, vec};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pairs;

/// How many things a list may hold; with more they are a tree.
const FEW: usize = 8;

/// A map in the order of its keys.
#[derive(Clone, Debug)]
pub struct SmallMap<K, V>(Held<K, V>);

#[derive(Clone, Debug)]
enum Held<K, V> {
    /// In order.
    Few(Vec<(K, V)>),
    Many(BTreeMap<K, V>),
}

/// Goes through a map in the order of its keys.
pub(super) type Iter<'a, K, V> = Chain<
    Map<slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>,
    Flatten<option::IntoIter<&'a BTreeMap<K, V>>>,
>;

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        Self(Held::Few(Vec::new()))
    }
}

impl<K, V> SmallMap<K, V> {
    fn few(&self) -> &[(K, V)] {
        match &self.0 {
            Held::Few(few) => few,
            Held::Many(_) => &[],
        }
    }

    fn many(&self) -> Option<&BTreeMap<K, V>> {
        match &self.0 {
            Held::Few(_) => None,
            Held::Many(many) => Some(many),
        }
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.few().len() + self.many().map_or(0, BTreeMap::len)
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lists all in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        let few = self.few().iter().map(pair as fn(&(K, V)) -> (&K, &V));
        few.chain(self.many().into_iter().flatten())
    }

    /// Lists the keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Lists the values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> SmallMap<K, V> {
    fn place_of(few: &[(K, V)], key: &K) -> Result<usize, usize> {
        few.binary_search_by(|(known, _)| known.cmp(key))
    }

    /// Gets one.
    pub fn get(&self, key: &K) -> Option<&V> {
        match &self.0 {
            Held::Few(few) => {
                let (_, value) = few.get(Self::place_of(few, key).ok()?)?;
                Some(value)
            }
            Held::Many(many) => many.get(key),
        }
    }

    /// Changes the value of a key, which is the default if there was none.
    pub fn update(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        match &mut self.0 {
            Held::Many(many) => change(many.entry(key).or_default()),
            Held::Few(few) => match Self::place_of(few, &key) {
                Ok(at) => {
                    if let Some((_, value)) = few.get_mut(at) {
                        change(value);
                    }
                }
                Err(at) => {
                    let mut value = V::default();
                    change(&mut value);
                    self.put(at, (key, value));
                }
            },
        }
    }

    /// Puts a value in, in the stead of the one with the same key.
    pub fn insert(&mut self, key: K, value: V) {
        match &mut self.0 {
            Held::Many(many) => {
                many.insert(key, value);
            }
            Held::Few(few) => match Self::place_of(few, &key) {
                Ok(at) => {
                    if let Some(known) = few.get_mut(at) {
                        known.1 = value;
                    }
                }
                Err(at) => self.put(at, (key, value)),
            },
        }
    }

    /// Packs what has grown: a tree that keys came into one by one is half empty.
    pub fn pack(&mut self) {
        if let Held::Many(many) = &mut self.0 {
            *many = std::mem::take(many).into_iter().collect();
        }
    }

    /// Puts a new thing into its place in the list.
    fn put(&mut self, at: usize, (key, value): (K, V)) {
        let Held::Few(few) = &mut self.0 else { return };
        if few.len() < FEW {
            if few.len() == few.capacity() {
                few.reserve_exact(few.len().max(1));
            }
            few.insert(at, (key, value));
            return;
        }
        let mut many: BTreeMap<K, V> = std::mem::take(few).into_iter().collect();
        many.insert(key, value);
        self.0 = Held::Many(many);
    }

    /// Takes out those whose keys are asked for, in order.
    pub fn take_out(&mut self, mut is_one: impl FnMut(&K) -> bool) -> Vec<(K, V)> {
        match &mut self.0 {
            Held::Few(few) => few.extract_if(.., |(key, _)| is_one(key)).collect(),
            Held::Many(many) => many.extract_if(.., |key, _| is_one(key)).collect(),
        }
    }
}

fn pair<K, V>((key, value): &(K, V)) -> (&K, &V) {
    (key, value)
}

impl<'a, K, V> IntoIterator for &'a SmallMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for SmallMap<K, V> {
    type Item = (K, V);
    type IntoIter = Chain<vec::IntoIter<(K, V)>, btree_map::IntoIter<K, V>>;

    fn into_iter(self) -> Self::IntoIter {
        let (few, many) = match self.0 {
            Held::Few(few) => (few, BTreeMap::new()),
            Held::Many(many) => (Vec::new(), many),
        };
        few.into_iter().chain(many)
    }
}

impl<K: Ord, V> Extend<(K, V)> for SmallMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, all: I) {
        for (key, value) in all {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SmallMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(all: I) -> Self {
        let mut map = Self::default();
        map.extend(all);
        map
    }
}

/// What it holds counts, not how.
impl<K: PartialEq, V: PartialEq> PartialEq for SmallMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SmallMap<K, V> {}

/// A list of pairs.
impl<K: Serialize, V: Serialize> Serialize for SmallMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, K, V> Deserialize<'de> for SmallMap<K, V>
where
    K: DeserializeOwned + Ord,
    V: DeserializeOwned,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map: BTreeMap<K, V> = pairs::deserialize(deserializer)?;
        Ok(map.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map_whatever_its_size() {
        for size in [0, 1, FEW - 1, FEW, FEW + 1, 100] {
            let (mut map, mut tree) = (SmallMap::default(), BTreeMap::new());
            // 37 is prime to all sizes, so that keys come in no order.
            for number in (0..2 * size).map(|at| at * 37 % size.max(1)) {
                map.update(number, |count| *count += number + 1);
                *tree.entry(number).or_default() += number + 1;
            }
            assert!(map.iter().eq(&tree), "{size}");
            assert_eq!((map.len(), map.is_empty()), (tree.len(), tree.is_empty()));
            assert!(map.keys().rev().eq(tree.keys().rev()));
            assert!((0..=size).all(|key| map.get(&key) == tree.get(&key)));
            let written = serde_json::to_string(&map).unwrap();
            assert_eq!(
                serde_json::from_str::<SmallMap<usize, usize>>(&written).unwrap(),
                map
            );
            let even = map.take_out(|key| key % 2 == 0);
            let taken: Vec<_> = tree.extract_if(.., |key, _| key % 2 == 0).collect();
            assert_eq!(even, taken);
            assert!(map.clone().into_iter().eq(tree.clone()));
            // One that has shrunk is the same as one that was never large.
            assert_eq!(map, tree.into_iter().collect());
        }
    }

    #[test]
    fn what_is_put_in_takes_the_place_of_what_was_there() {
        for size in [1, 100] {
            let mut map: SmallMap<_, _> = (0..size).map(|key| (key, "old")).collect();
            map.insert(0, "new");
            assert_eq!((map.get(&0), map.len()), (Some(&"new"), size));
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let read = serde_json::from_str::<SmallMap<u8, u8>>("[[1,2],[1,3]]");
        assert!(read.unwrap_err().to_string().contains("found one twice"));
    }
}
