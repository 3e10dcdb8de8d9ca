//! Usage kept apart by day and account, each part with the files it was folded from: what a usage file holds.
//!
//! Parts are what makes joining safe. The same part from the same files is joined once, whoever folded it and how often it
//! is given; what was folded from other files is added. Only parts that share some files and not others cannot be told apart
//! any more, and are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{RoleQuery, Usage};
use crate::catalog::Catalog;
use crate::time::{Timestamp, Window, day_of, start_of_day};
use crate::trail::{Event, Gap, InputId};

/// Which part: a day of an account's trail.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartKey {
    /// The day of the events, in UTC; absent for events without a readable time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// The account whose trail recorded them; empty if the records do not tell.
    pub account: String,
}

impl PartKey {
    /// The part that an event belongs to.
    pub fn of(event: &Event) -> Self {
        Self {
            day: event.time.map(day_of),
            account: event.recipient_account.clone().unwrap_or_default(),
        }
    }
}

impl fmt::Display for PartKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            Some(day) => write!(formatter, "{day}")?,
            None => formatter.write_str("events without a time")?,
        }
        if self.account.is_empty() {
            Ok(())
        } else {
            write!(formatter, " of account {}", self.account)
        }
    }
}

/// One part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The files that it was folded from.
    pub inputs: BTreeSet<InputId>,
    /// The catalogs, by their digests, that its calls were mapped with.
    pub catalogs: BTreeSet<String>,
    /// What they came to; not [finished](Usage::finish).
    pub usage: Usage,
}

impl Part {
    fn add(&mut self, other: Self) {
        self.inputs.extend(other.inputs);
        self.catalogs.extend(other.catalogs);
        self.usage.merge(other.usage);
    }
}

/// Two parts that share some files and not others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{key}: expected parts of different files or of the same, found {shared} files in both, {mine} only in the one and {other} only in the other"
)]
pub struct Overlap {
    key: PartKey,
    shared: usize,
    mine: usize,
    other: usize,
}

/// Usage by day and account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Daily {
    /// The parts.
    pub parts: BTreeMap<PartKey, Part>,
    /// What could not be read of the input.
    pub gaps: BTreeSet<Gap>,
}

impl Daily {
    /// Folds an event of a file in.
    pub fn fold(&mut self, event: &Event, input: InputId, query: &RoleQuery, catalog: &Catalog) {
        let part = self.part_mut(PartKey::of(event));
        part.inputs.insert(input);
        part.usage.fold(event, query, catalog);
    }

    /// A part, of this catalog.
    pub(super) fn part_mut(&mut self, key: PartKey) -> &mut Part {
        let part = self.parts.entry(key).or_default();
        if part.catalogs.is_empty() {
            part.catalogs.insert(Catalog::digest().to_owned());
        }
        part
    }

    /// Adds what other files of the same run came to, or other pieces of the same file.
    pub fn add(&mut self, other: Self) {
        for (key, part) in other.parts {
            match self.parts.get_mut(&key) {
                Some(mine) => mine.add(part),
                None => {
                    self.parts.insert(key, part);
                }
            }
        }
        self.gaps.extend(other.gaps);
    }

    /// Joins what another run came to; the order plays no part, and what both hold counts once.
    ///
    /// # Errors
    ///
    /// If parts overlap; nothing is joined then.
    pub fn join(&mut self, other: Self) -> Result<(), Overlap> {
        for (key, part) in &other.parts {
            if let Some(mine) = self.parts.get(key) {
                relate(key, mine, part)?;
            }
        }
        for (key, part) in other.parts {
            let Some(mine) = self.parts.get_mut(&key) else {
                self.parts.insert(key, part);
                continue;
            };
            match relate(&key, mine, &part)? {
                Relation::Apart => mine.add(part),
                Relation::Less => *mine = part,
                Relation::More => {}
            }
        }
        self.gaps.extend(other.gaps);
        Ok(())
    }

    /// The usage of the days inside a window, of which the first counts whole; not [finished](Usage::finish).
    ///
    /// # Errors
    ///
    /// The end of the window, if it cuts a day: what came after it must not count.
    pub fn within(&self, window: Window) -> Result<Usage, Timestamp> {
        if let Some(until) = window.until
            && start_of_day(until) != Some(until)
        {
            return Err(until);
        }
        let since = window.since.map(day_of);
        let until = window.until.map(day_of);
        let mut usage = Usage::default();
        for (key, part) in &self.parts {
            let is_inside = match key.day {
                Some(day) => {
                    since.is_none_or(|since| since <= day) && until.is_none_or(|until| day < until)
                }
                None => since.is_none() && until.is_none(),
            };
            if is_inside {
                usage.merge(part.usage.clone());
            }
        }
        Ok(usage)
    }

    /// How many events it was folded from.
    pub fn events(&self) -> u64 {
        let parts = self.parts.values();
        parts.map(|part| part.usage.coverage.events).sum()
    }

    /// The files that it was folded from, each once.
    pub fn inputs(&self) -> BTreeSet<InputId> {
        let inputs = self.parts.values().flat_map(|part| &part.inputs);
        inputs.copied().collect()
    }
}

/// How a part stands to another of the same day and account.
enum Relation {
    /// They have no file in common.
    Apart,
    /// All its files are in the other.
    Less,
    /// All the other's files are in it.
    More,
}

fn relate(key: &PartKey, mine: &Part, other: &Part) -> Result<Relation, Overlap> {
    let shared = mine.inputs.intersection(&other.inputs).count();
    let (only_mine, only_other) = (mine.inputs.len() - shared, other.inputs.len() - shared);
    match (shared, only_mine, only_other) {
        // The same files, mapped with different catalogs: which one stays must not depend on the order.
        (_, 0, 0) if other.catalogs > mine.catalogs => Ok(Relation::Less),
        (_, _, 0) => Ok(Relation::More),
        (_, 0, _) => Ok(Relation::Less),
        (0, _, _) => Ok(Relation::Apart),
        _ => Err(Overlap {
            key: key.clone(),
            shared,
            mine: only_mine,
            other: only_other,
        }),
    }
}
