//! A set of shared ids of calls in little memory: there is one for each call of a role across accounts, and nearly all are UUIDs.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::event_id::EventId;

/// How many ids are looked through one by one.
const FEW: usize = 64;

/// Values of `sharedEventID`, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedIds {
    /// UUIDs; the first `in_order` of them in order, each once.
    uuids: Vec<[u8; 16]>,
    in_order: usize,
    others: BTreeSet<Box<str>>,
}

impl SharedIds {
    pub(super) fn is_empty(&self) -> bool {
        self.uuids.is_empty() && self.others.is_empty()
    }

    pub(super) fn insert(&mut self, id: &str) {
        match EventId::of(id) {
            EventId::Text(text) => {
                self.others.insert(text);
            }
            EventId::Uuid(uuid) => self.push(uuid),
        }
    }

    fn push(&mut self, uuid: [u8; 16]) {
        if self.uuids.len() > FEW + self.in_order + self.in_order / 4 {
            self.order();
        }
        if self.uuids.len() == self.uuids.capacity() {
            self.uuids.reserve_exact(1 + self.uuids.len() / 4);
        }
        self.uuids.push(uuid);
    }

    /// Puts them in order, so that they are found faster.
    pub(super) fn order(&mut self) {
        self.uuids.sort_unstable();
        self.uuids.dedup();
        self.in_order = self.uuids.len();
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        match EventId::of(id) {
            EventId::Text(text) => self.others.contains(&text),
            EventId::Uuid(uuid) => {
                let (ordered, rest) = self.uuids.split_at(self.in_order);
                ordered.binary_search(&uuid).is_ok() || rest.contains(&uuid)
            }
        }
    }

    /// Joins the ids of other calls.
    pub(super) fn merge(&mut self, other: Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other;
            return;
        }
        self.others.extend(other.others);
        self.uuids.reserve_exact(other.uuids.len());
        self.uuids.extend(other.uuids);
        self.order();
    }

    /// The ids in the order of their texts.
    fn texts(&self) -> BTreeSet<String> {
        let uuids = self.uuids.iter().map(|uuid| EventId::Uuid(*uuid).text());
        uuids
            .chain(self.others.iter().map(ToString::to_string))
            .collect()
    }
}

impl FromIterator<String> for SharedIds {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let mut ids = Self::default();
        texts.into_iter().for_each(|text| ids.insert(&text));
        ids
    }
}

impl PartialEq for SharedIds {
    fn eq(&self, other: &Self) -> bool {
        self.texts() == other.texts()
    }
}

/// A list of texts, in order.
impl Serialize for SharedIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeSet::<String>::deserialize(deserializer)?;
        Ok(texts.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set_of_texts_in_any_order() {
        let uuid = |number: u32| format!("{number:08x}-0000-4000-8000-000000000000");
        let id = |number: u32| match number % 7 {
            0 => format!("event-{number}"),
            1 => uuid(number).to_uppercase(),
            _ => uuid(number * 7_919 % 100_003),
        };
        for count in [0, 1, 63, 64, 65, 500, 3_000] {
            let texts: BTreeSet<String> = (0..count).map(id).collect();
            let mut ids: SharedIds = (0..count).chain(0..count / 2).map(id).collect();
            assert_eq!(ids.is_empty(), count == 0);
            assert!(texts.iter().all(|text| ids.contains(text)), "{count}");
            assert!(!ids.contains(&uuid(100_004)) && !ids.contains("event-1"));
            let written = serde_json::to_string(&ids).unwrap();
            assert_eq!(written, serde_json::to_string(&texts).unwrap());
            assert_eq!(serde_json::from_str::<SharedIds>(&written).unwrap(), ids);
            let backwards: SharedIds = (0..count).rev().map(id).collect();
            assert_eq!(backwards, ids);
            let mut halves: SharedIds = (0..count / 2).map(id).collect();
            halves.merge((count / 3..count).map(id).collect());
            assert_eq!(halves, ids);
            ids.insert("one more");
            assert_ne!(halves, ids);
        }
    }
}
