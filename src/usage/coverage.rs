//! What the input shows at all: its window, accounts, regions, and which kinds of data events it holds.
//!
//! A trail that records no data event of a type, from anyone, cannot show that such a call was never made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::catalog::{Catalog, Visibility};
use crate::time::{Timestamp, day_of};
use crate::trail::{Event, Tally};

/// What was read, over all principals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Events inside the window.
    pub events: u64,
    /// Events without a readable time.
    pub untimed: u64,
    /// The first moment seen.
    pub first: Option<Timestamp>,
    /// The last moment seen.
    pub last: Option<Timestamp>,
    /// Events by day, in UTC.
    pub days: BTreeMap<Date, u64>,
    /// Accounts whose trail this is.
    pub accounts: BTreeSet<String>,
    /// Regions seen.
    pub regions: BTreeSet<String>,
    /// Types of data events seen (`AWS::S3::Object`), by any principal, with the account whose trail has them.
    pub data_types: BTreeMap<(String, String), u64>,
    /// Event sources of excludable management events (KMS) seen, by any principal.
    pub excludable_sources: BTreeMap<String, u64>,
}

impl Coverage {
    pub(super) fn note(&mut self, event: &Event, catalog: &Catalog) {
        self.events += 1;
        match event.time {
            Some(time) => {
                self.first = Some(self.first.map_or(time, |first| first.min(time)));
                self.last = Some(self.last.map_or(time, |last| last.max(time)));
                *self.days.entry(day_of(time)).or_default() += 1;
            }
            None => self.untimed += 1,
        }
        if let Some(account) = &event.recipient_account {
            note_name(&mut self.accounts, account);
        }
        note_name(&mut self.regions, &event.region);
        let account = event.recipient_account.as_deref().unwrap_or_default();
        self.note_kind((&event.source, &event.name), account, 1, catalog);
    }

    /// Adds the calls of others, of which only the kind was read.
    pub(super) fn note_others(&mut self, tally: &Tally, catalog: &Catalog) {
        for (call, count) in &tally.others {
            self.events += count;
            *self.days.entry(call.day).or_default() += count;
            if let Some(account) = &call.account {
                note_name(&mut self.accounts, account);
            }
            note_name(&mut self.regions, &call.region);
            let account = call.account.as_deref().unwrap_or_default();
            self.note_kind((&call.source, &call.name), account, *count, catalog);
        }
        self.first = [self.first, tally.first].into_iter().flatten().min();
        self.last = self.last.max(tally.last);
    }

    fn note_kind(
        &mut self,
        (source, name): (&str, &str),
        account: &str,
        count: u64,
        catalog: &Catalog,
    ) {
        for service in catalog.services_of_event_source(source) {
            match service.visibility(name) {
                Visibility::Data(kind) => {
                    *self
                        .data_types
                        .entry((kind, account.to_owned()))
                        .or_default() += count;
                }
                Visibility::Excludable => {
                    *self
                        .excludable_sources
                        .entry(source.to_owned())
                        .or_default() += count;
                }
                Visibility::Management | Visibility::NeverLogged | Visibility::Unknown => {}
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.untimed += other.untimed;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        add_counts(&mut self.days, other.days);
        self.accounts.extend(other.accounts);
        self.regions.extend(other.regions);
        add_counts(&mut self.data_types, other.data_types);
        add_counts(&mut self.excludable_sources, other.excludable_sources);
    }

    /// Lists the types of data events that the trails of an account hold. Records that name no account count for all.
    pub fn data_types_of(&self, account: &str) -> BTreeSet<&str> {
        let is_of = |owner: &str| owner == account || owner.is_empty();
        self.data_types
            .keys()
            .filter(|(_, owner)| is_of(owner))
            .map(|(kind, _)| kind.as_str())
            .collect()
    }

    /// Says whether a call by a principal of `account` would have shown in this input.
    pub fn shows(&self, visibility: &Visibility, event_sources: &[String], account: &str) -> bool {
        match visibility {
            Visibility::Management => self.events > 0,
            Visibility::Excludable => event_sources
                .iter()
                .any(|source| self.excludable_sources.contains_key(source)),
            Visibility::Data(kind) => self.data_types_of(account).contains(kind.as_str()),
            Visibility::NeverLogged | Visibility::Unknown => false,
        }
    }
}

fn note_name(names: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && !names.contains(name) {
        names.insert(name.to_owned());
    }
}

fn add_counts<K: Ord>(mine: &mut BTreeMap<K, u64>, other: BTreeMap<K, u64>) {
    for (key, count) in other {
        *mine.entry(key).or_default() += count;
    }
}
