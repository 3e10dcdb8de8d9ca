//! Small sorted lists, for what stands behind an access.
//!
//! There is one for each of what may be a million names, and most hold one thing. A tree takes half a kilobyte for that.

use std::collections::BTreeMap;
use std::ops::Deref;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thin_vec::{ThinVec, thin_vec};

/// A few things in order, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "T: Ord + Deserialize<'de>"))]
pub struct Kept<T>(#[serde(deserialize_with = "sorted")] ThinVec<T>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(ThinVec::new())
    }
}

impl<T> Deref for Kept<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> IntoIterator for Kept<T> {
    type Item = T;
    type IntoIter = thin_vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: Ord> FromIterator<T> for Kept<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut all: ThinVec<T> = items.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }
}

impl<T: Ord> Kept<T> {
    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an item to the smallest ones, of which `limit` are kept.
    pub(super) fn keep_smallest(&mut self, item: T, limit: usize) {
        if let Some(at) = self.place_for(&item, limit) {
            self.put(at, item, limit);
        }
    }

    /// The same with an item that is copied only if it is kept.
    pub(super) fn keep_smallest_of(&mut self, item: &T, limit: usize)
    where
        T: Clone,
    {
        if let Some(at) = self.place_for(item, limit) {
            self.put(at, item.clone(), limit);
        }
    }

    fn place_for(&self, item: &T, limit: usize) -> Option<usize> {
        let at = self.0.binary_search(item).err()?;
        (at < limit).then_some(at)
    }

    fn put(&mut self, at: usize, item: T, limit: usize) {
        self.0.reserve_exact(1);
        self.0.insert(at, item);
        self.0.truncate(limit);
    }
}

fn sorted<'de, D, T>(deserializer: D) -> Result<ThinVec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Ord + Deserialize<'de>,
{
    let items = ThinVec::deserialize(deserializer)?;
    Ok(Kept::from_iter(items).0)
}

/// Calls by day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Date, u64>", into = "BTreeMap<Date, u64>")]
pub struct Days(Held);

/// Most of what is counted within one fold is of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Held {
    #[default]
    Nothing,
    One(Date, u64),
    /// In order, and more than one.
    Many(ThinVec<(Date, u64)>),
}

impl Days {
    fn one(&self) -> Option<(Date, u64)> {
        match self.0 {
            Held::One(day, count) => Some((day, count)),
            Held::Nothing | Held::Many(_) => None,
        }
    }

    fn many(&self) -> &[(Date, u64)] {
        match &self.0 {
            Held::Many(many) => many,
            Held::Nothing | Held::One(..) => &[],
        }
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0 == Held::Nothing
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Lists the days in order, with their calls.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Date, u64)> {
        self.one().into_iter().chain(self.many().iter().copied())
    }

    /// Lists the days in order.
    pub fn dates(&self) -> impl DoubleEndedIterator<Item = Date> {
        self.iter().map(|(day, _)| day)
    }

    /// Counts all calls.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// Adds calls of a day.
    pub(super) fn add(&mut self, day: Date, count: u64) {
        match &mut self.0 {
            Held::Nothing => self.0 = Held::One(day, count),
            Held::One(known, calls) if *known == day => *calls += count,
            Held::One(known, calls) => {
                let mut both = thin_vec![(*known, *calls), (day, count)];
                both.sort_unstable();
                self.0 = Held::Many(both);
            }
            Held::Many(many) => match many.binary_search_by_key(&day, |(known, _)| *known) {
                Ok(at) => many
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|it| it.1 += count),
                Err(at) => many.insert(at, (day, count)),
            },
        }
    }
}

impl FromIterator<(Date, u64)> for Days {
    fn from_iter<I: IntoIterator<Item = (Date, u64)>>(all: I) -> Self {
        let mut days = Self::default();
        for (day, count) in all {
            days.add(day, count);
        }
        days
    }
}

impl From<BTreeMap<Date, u64>> for Days {
    fn from(all: BTreeMap<Date, u64>) -> Self {
        all.into_iter().collect()
    }
}

impl From<Days> for BTreeMap<Date, u64> {
    fn from(days: Days) -> Self {
        days.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_kept_in_any_order() {
        let mut kept = Kept::default();
        for item in [5, 3, 9, 3, 1, 7] {
            kept.keep_smallest(item, 3);
        }
        assert_eq!(&kept[..], [1, 3, 5]);
        let read: Kept<u8> = serde_json::from_str("[3,1,3]").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "[1,3]");
    }

    #[test]
    fn days_are_written_as_a_map() {
        let days: Days = [(3, 1), (1, 2), (3, 4)]
            .map(|(day, count)| (Date::constant(2026, 6, day), count))
            .into_iter()
            .collect();
        let text = r#"{"2026-06-01":2,"2026-06-03":5}"#;
        assert_eq!(serde_json::to_string(&days).unwrap(), text);
        assert_eq!(serde_json::from_str::<Days>(text).unwrap(), days);
        assert_eq!(days.total(), 7);
    }
}
