//! What the input shows at all: its window, accounts, regions, and which kinds of data events it holds of which places.
//!
//! A trail that records no data event of a type, from anyone, cannot show that such a call was never made; and one that
//! records some buckets says nothing about the others. Event selectors, where they are given, settle it.

mod gaps;
mod showing;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::civil::Date;

use serde::{Deserialize, Serialize};

use super::calls::Calls;
use super::evidence::{is_zero, keep_smallest};
use super::selectors::Selectors;
use crate::catalog::{Catalog, Service, Visibility};
use crate::time::Timestamp;
use crate::trail::{Event, Tally};
pub use gaps::DayGap;
pub use showing::{Question, Showing, container};

/// How many places are kept of one type of data events.
const PLACES: usize = 10_000;
/// How many pairs of account and region are followed by day.
const REGIONS_FOLLOWED: usize = 2_000;

/// What was read, over all principals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Events inside the window.
    pub events: u64,
    /// Events without a readable time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub untimed: u64,
    /// The first moment seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The last moment seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Events by day, in UTC.
    pub days: BTreeMap<Date, u64>,
    /// The days with an event, by account and region.
    #[serde(
        with = "super::pairs",
        default,
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub days_by_region: BTreeMap<(String, String), BTreeSet<Date>>,
    /// Accounts whose trail this is.
    pub accounts: BTreeSet<String>,
    /// Regions seen.
    pub regions: BTreeSet<String>,
    /// Types of data events seen (`AWS::S3::Object`), by any principal, with the account whose trail has them.
    #[serde(
        with = "super::pairs",
        default,
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub data_types: BTreeMap<(String, String), KindSeen>,
    /// Event sources of excludable management events (KMS) seen, by any principal.
    pub excludable_sources: BTreeMap<String, KindSeen>,
    /// What the trails are set to record, where it is known.
    #[serde(skip)]
    pub selectors: Option<Selectors>,
}

/// Events of one kind, by anyone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSeen {
    /// How many.
    pub count: u64,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Date>,
    /// The ARNs of the buckets, tables, queues … that they were about, the first by name up to a limit.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub places: BTreeSet<String>,
}

impl KindSeen {
    fn note(&mut self, day: Option<Date>, place: Option<&str>, count: u64) {
        self.count += count;
        self.first = [self.first, day].into_iter().flatten().min();
        if let Some(place) = place
            && !self.places.contains(place)
        {
            keep_smallest(&mut self.places, place.to_owned(), PLACES);
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first = [self.first, other.first].into_iter().flatten().min();
        for place in other.places {
            keep_smallest(&mut self.places, place, PLACES);
        }
    }
}

/// A call as far as coverage looks at it.
struct Sight<'a> {
    source: &'a str,
    name: &'a str,
    account: &'a str,
    region: &'a str,
    day: Option<Date>,
    place: Option<&'a str>,
    count: u64,
}

impl Sight<'_> {
    /// How such calls are recorded.
    fn classes(&self, catalog: &Catalog) -> Vec<Visibility> {
        let services = catalog.services_of_event_source(self.source);
        let of_service = |service: &&Service| service.visibility(self.name);
        services.iter().map(of_service).collect()
    }
}

impl Coverage {
    /// Takes calls of one kind; `event` has what they have in common.
    ///
    /// `place` is what a data event was about.
    pub(super) fn note(
        &mut self,
        event: &Event,
        place: Option<&str>,
        calls: &Calls,
        catalog: &Catalog,
    ) {
        let evidence = &calls.evidence;
        self.first = [self.first, evidence.first_seen]
            .into_iter()
            .flatten()
            .min();
        self.last = self.last.max(evidence.last_seen);
        let timed = evidence.days.total();
        let untimed = evidence.count - timed;
        self.untimed += untimed;
        let mut classes = None;
        let days = evidence.days.iter().map(|(day, count)| (Some(day), count));
        let without = (untimed > 0).then_some((None, untimed));
        for (day, count) in days.chain(without) {
            let sight = Sight {
                source: &event.source,
                name: &event.name,
                account: event.recipient_account.as_deref().unwrap_or_default(),
                region: &event.region,
                day,
                place,
                count,
            };
            let classes = classes.get_or_insert_with(|| sight.classes(catalog));
            self.see(&sight, classes);
        }
    }

    /// Adds the calls of others, of which only the kind was read.
    pub(super) fn note_others(&mut self, tally: &Tally, catalog: &Catalog) {
        let listing = tally.others.listing();
        let mut classes: IndexMap<(&str, &str), Vec<Visibility>> = IndexMap::new();
        for (call, count) in listing.iter() {
            let sight = Sight {
                source: call.source,
                name: call.name,
                account: call.account.unwrap_or_default(),
                region: call.region,
                day: Some(call.day),
                place: call.place,
                count,
            };
            let classes = classes.entry((call.source, call.name));
            let classes = classes.or_insert_with(|| sight.classes(catalog));
            self.see(&sight, classes);
        }
        self.first = [self.first, tally.first].into_iter().flatten().min();
        self.last = self.last.max(tally.last);
    }

    fn see(&mut self, sight: &Sight<'_>, classes: &[Visibility]) {
        self.events += sight.count;
        note_name(&mut self.accounts, sight.account);
        note_name(&mut self.regions, sight.region);
        if let Some(day) = sight.day {
            *self.days.entry(day).or_default() += sight.count;
            self.follow(sight.account, sight.region, day);
        }
        for class in classes {
            match class {
                Visibility::Data(kind) => {
                    let key = (kind.clone(), sight.account.to_owned());
                    let seen = self.data_types.entry(key).or_default();
                    seen.note(sight.day, sight.place, sight.count);
                }
                Visibility::Excludable => {
                    let seen = self
                        .excludable_sources
                        .entry(sight.source.to_owned())
                        .or_default();
                    seen.note(sight.day, None, sight.count);
                }
                Visibility::Management | Visibility::NeverLogged | Visibility::Unknown => {}
            }
        }
    }

    fn follow(&mut self, account: &str, region: &str, day: Date) {
        let key = (account.to_owned(), region.to_owned());
        self.days_by_region.entry(key).or_default().insert(day);
        if self.days_by_region.len() > REGIONS_FOLLOWED {
            self.days_by_region.pop_last();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.untimed += other.untimed;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        for (day, count) in other.days {
            *self.days.entry(day).or_default() += count;
        }
        for ((account, region), days) in other.days_by_region {
            for day in days {
                self.follow(&account, &region, day);
            }
        }
        self.accounts.extend(other.accounts);
        self.regions.extend(other.regions);
        for (key, seen) in other.data_types {
            self.data_types.entry(key).or_default().merge(seen);
        }
        for (key, seen) in other.excludable_sources {
            self.excludable_sources.entry(key).or_default().merge(seen);
        }
        self.selectors = self.selectors.take().or(other.selectors);
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

    /// Gathers what was seen of one type of data events in the trails of an account.
    fn kind_of(&self, kind: &str, account: &str) -> KindSeen {
        let mut all = KindSeen::default();
        for ((seen, owner), of_owner) in &self.data_types {
            if seen == kind && (owner == account || owner.is_empty()) {
                all.merge(of_owner.clone());
            }
        }
        all
    }
}

fn note_name(names: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && !names.contains(name) {
        names.insert(name.to_owned());
    }
}
