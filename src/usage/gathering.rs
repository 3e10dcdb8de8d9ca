//! Folds records without reading each: of those that are alike only the first is read and mapped.
//!
//! A record's *likeness* is what decides what its call needed: the caller but for the session, the operation, the region, how it
//! ended, and those parameters that matter to the operation. Records of one likeness differ in time, session, origin and
//! in parameters that decide nothing; these are counted in a [`Tally`]. Whether a record is read depends on those before it, what
//! comes of it does not: a record is only ever read in the reduced form that its likeness is made of. What is odd in any way is
//! left to the reader, which reads it as a whole. A fault inside of a parameter that decides nothing is not looked for: the call
//! was made, and it counts.

mod callers;
mod likeness;
mod names;
mod origins;
mod tally;

use std::hash::Hash;

use indexmap::{IndexMap, IndexSet};

use super::bounds::{self, Bounds};
use super::daily::{Daily, PartKey};
use super::role::RoleUsage;
use super::{RoleQuery, Usage};
use crate::catalog::Catalog;
use crate::time::{Timestamp, day_of};
use crate::trail::{Caller, Event, InputId, Parts};
use callers::{Callers, Known};
use likeness::{Likeness, Naming, Reduced};
use names::Names;
use origins::{From, Origins};
use tally::{Moment, Tally};

/// Keys that come by the million: a fast hash, and the order of insertion.
type Map<K, V> = IndexMap<K, V, foldhash::fast::RandomState>;
type Set<K> = IndexSet<K, foldhash::fast::RandomState>;

/// How many groups are kept before they are folded away.
const MOST_GROUPS: usize = 16 * 1024;

/// Records on their way to a usage.
#[derive(Debug)]
pub struct Gathering<'q> {
    /// What was folded so far; one part holds all, unless days and accounts are kept apart.
    folded: Daily,
    is_daily: bool,
    parts: Numbers<PartKey>,
    /// Parts of which only few names are kept.
    crowded: Set<u32>,
    /// The day, the text of the account, and their part.
    last_part: Option<(i64, Box<[u8]>, u32)>,
    input: InputId,
    inputs: Set<(u32, InputId)>,
    query: &'q RoleQuery,
    catalog: &'q Catalog,
    callers: Callers,
    origins: Origins,
    likeness: Likeness<'q>,
    names: Names,
    groups: Map<Box<[u8]>, Group>,
    /// Whether sessions tell something, by the place of the group and the session's number.
    told: Map<(usize, u32), bool>,
    shared: Map<Slot, Vec<String>>,
    sessions: Set<Slot>,
}

/// A part, a class of callers in it, and a session's number plus one where sessions are told apart.
type Slot = (u32, u32, u32);

/// What records of one likeness have in common, and what is counted of them.
#[derive(Debug)]
struct Group {
    part: u32,
    event: Event,
    /// Says whether their sessions may tell something too. Those that do have a group of their own.
    is_by_session: bool,
    tally: Tally,
}

impl<'q> Gathering<'q> {
    /// Starts with nothing.
    pub fn new(query: &'q RoleQuery, catalog: &'q Catalog) -> Self {
        Self {
            folded: Daily::default(),
            is_daily: false,
            parts: Numbers::default(),
            crowded: Set::default(),
            last_part: None,
            input: InputId::default(),
            inputs: Set::default(),
            query,
            catalog,
            callers: Callers::default(),
            origins: Origins::new(catalog),
            likeness: Likeness::new(catalog),
            names: Names::default(),
            groups: Map::default(),
            told: Map::default(),
            shared: Map::default(),
            sessions: Set::default(),
        }
    }

    /// Starts with nothing, and keeps days and accounts apart.
    pub fn daily(query: &'q RoleQuery, catalog: &'q Catalog) -> Self {
        Self {
            is_daily: true,
            ..Self::new(query, catalog)
        }
    }

    /// Is told which file the records that follow are from.
    pub fn input(&mut self, id: InputId) {
        self.input = id;
        self.last_part = None;
    }

    /// Takes an event that was read.
    pub fn event(&mut self, event: &Event) {
        if self.is_daily {
            self.folded
                .fold(event, self.input, self.query, self.catalog);
        } else {
            let part = self.folded.part_mut(PartKey::default());
            part.usage.fold(event, self.query, self.catalog);
        }
    }

    /// Takes a record unread; false if it has to be read.
    pub fn record(&mut self, parts: &Parts<'_>, time: Timestamp) -> bool {
        // Exclusions ask for an event's session, time and address, and are rare.
        self.query.exclusions.is_empty() && self.take(parts, time).is_some()
    }

    fn take(&mut self, parts: &Parts<'_>, time: Timestamp) -> Option<()> {
        let known = self.callers.get(parts.identity, self.query)?;
        let moment = Moment {
            time,
            id: likeness::plain(parts.id).ok()?,
            origin: self.origins.of(parts)?,
            endpoint: likeness::plain(parts.endpoint).ok()?,
            is_encrypted: likeness::is_encrypted(parts.tls)?,
        };
        let shared = likeness::plain(parts.shared).ok()?;
        let is_asked = self.callers.is_asked(known.class);
        if shared.is_some() && is_asked && self.is_foreign(parts, known)? {
            return None;
        }
        let part = self.part(parts, time)?;
        let is_split = is_asked && self.query.is_split_by_session;
        let ids = (part, known.class);
        let reduced = if is_split {
            self.likeness.of(parts, ids, moment.origin, Naming::Whole)?
        } else {
            self.liken(parts, known, part, moment.origin)?
        };
        let at = self.group(parts, known, reduced, (part, is_split))?;
        if let Some((_, group)) = self.groups.get_index_mut(at) {
            group
                .tally
                .note(&moment, known.session, &self.callers, &self.origins);
        }
        if is_asked {
            let session = known.session.map_or(0, |session| session + 1);
            let slot = (part, known.class, if is_split { session } else { 0 });
            self.origins.note(slot, moment.origin, time);
            if let Some(shared) = shared {
                self.shared.entry(slot).or_default().push(shared.to_owned());
            }
            self.sessions.insert((part, known.class, session));
        }
        if self.groups.len() > MOST_GROUPS {
            self.fold_groups();
            self.bound();
        }
        Some(())
    }

    /// Makes the key of a record. Of an open-ended name only what is kept of it counts.
    fn liken(
        &mut self,
        parts: &Parts<'_>,
        known: Known,
        part: u32,
        origin: From,
    ) -> Option<Reduced> {
        let ids = (part, known.class);
        let likeness = &mut self.likeness;
        let Some(name) = likeness.open_name(parts) else {
            return likeness.of(parts, ids, origin, Naming::Whole);
        };
        let reduced = likeness.of(parts, ids, origin, Naming::As(name, ""))?;
        if !self.callers.is_asked(known.class) {
            return Some(reduced);
        }
        let most = Bounds::of(self.crowded.contains(&part)).names;
        if self.names.is_too_many(likeness.key(), name, most) {
            let caller = self.callers.caller(known, false)?;
            let event = likeness.event(parts, reduced, caller)?;
            self.names.judge(likeness.key(), &event, name, self.catalog);
        }
        if self.names.is_cut(likeness.key()) {
            let shown = bounds::stable_start_of(name);
            likeness.of(parts, ids, origin, Naming::As(name, &shown))
        } else {
            likeness.of(parts, ids, origin, Naming::Whole)
        }
    }

    /// Says whether a record is the copy of a call that another account's trail holds.
    fn is_foreign(&self, parts: &Parts<'_>, known: Known) -> Option<bool> {
        let recipient = likeness::plain(parts.recipient).ok()?;
        let account = self.callers.account(known.class);
        Some(recipient.is_some_and(|recipient| Some(recipient) != account))
    }

    /// Finds the group of a record, or starts one.
    fn group(
        &mut self,
        parts: &Parts<'_>,
        known: Known,
        reduced: Reduced,
        (part, is_split): (u32, bool),
    ) -> Option<usize> {
        if !is_split {
            let found = self.groups.get_index_of(self.likeness.key());
            let at = match found {
                Some(at) => at,
                None => self.start_group(parts, known, (reduced, part), false)?,
            };
            if !self.is_session_told(at, known) {
                return Some(at);
            }
        }
        self.likeness.add_session(known.session);
        if let Some(at) = self.groups.get_index_of(self.likeness.key()) {
            return Some(at);
        }
        self.start_group(parts, known, (reduced, part), true)
    }

    /// Reads a record and starts a group with it.
    fn start_group(
        &mut self,
        parts: &Parts<'_>,
        known: Known,
        (reduced, part): (Reduced, u32),
        is_with_session: bool,
    ) -> Option<usize> {
        let caller = self.callers.caller(known, is_with_session)?;
        let event = self.likeness.event(parts, reduced, caller)?;
        let is_by_session = !is_with_session
            && event.caller.session.is_some()
            && super::runtime::is_session_told(&event, self.catalog);
        let group = Group {
            part,
            event,
            is_by_session,
            tally: Tally::default(),
        };
        let (at, _) = self.groups.insert_full(self.likeness.key().into(), group);
        Some(at)
    }

    /// Says whether a session tells something of what runs under the role, in calls of a group.
    fn is_session_told(&mut self, at: usize, known: Known) -> bool {
        let Some((_, group)) = self.groups.get_index(at).filter(|it| it.1.is_by_session) else {
            return false;
        };
        let (Some(session), Some(number)) = (&group.event.caller.session, known.session) else {
            return false;
        };
        if let Some(is_told) = self.told.get(&(at, number)) {
            return *is_told;
        }
        let mut session = session.clone();
        self.callers
            .session(number)
            .unwrap_or_default()
            .clone_into(&mut session.name);
        let sightings = super::runtime::sightings(&group.event, &session, self.catalog);
        let is_told = !sightings.is_empty();
        self.told.insert((at, number), is_told);
        is_told
    }

    /// The number of a record's part.
    fn part(&mut self, parts: &Parts<'_>, time: Timestamp) -> Option<u32> {
        if !self.is_daily {
            return Some(self.parts.of(PartKey::default()));
        }
        let day = time.as_second().div_euclid(tally::SECONDS_A_DAY);
        if let Some((known, account, part)) = &self.last_part
            && (*known, &**account) == (day, parts.recipient)
        {
            return Some(*part);
        }
        let account = likeness::plain(parts.recipient).ok()?.unwrap_or_default();
        let part = self.parts.of(PartKey {
            day: Some(day_of(time)),
            account: account.to_owned(),
        });
        self.inputs.insert((part, self.input));
        self.last_part = Some((day, parts.recipient.into(), part));
        Some(part)
    }

    /// Folds the groups into their parts.
    fn fold_groups(&mut self) {
        self.told.clear();
        for (_, group) in self.groups.drain(..) {
            // All of its sessions may have groups of their own.
            if !group.tally.is_empty()
                && let Some(key) = self.parts.get(group.part)
            {
                let Group { event, tally, .. } = group;
                let calls = tally.calls(&event, &self.callers);
                let part = self.folded.part_mut(key.clone());
                part.usage
                    .fold_calls(&event, &calls, self.query, self.catalog);
            }
        }
    }

    /// Keeps what was folded small.
    fn bound(&mut self) {
        for (key, part) in &mut self.folded.parts {
            part.usage.bound();
            if part.usage.is_crowded {
                self.crowded.insert(self.parts.of(key.clone()));
            }
        }
    }

    /// Ends with what all records came to; not [finished](Usage::finish).
    pub fn usage(self) -> Usage {
        let mut parts = self.parts().parts.into_values();
        parts.next().map(|part| part.usage).unwrap_or_default()
    }

    /// Ends with what the records of each day and account came to.
    pub fn parts(mut self) -> Daily {
        self.fold_groups();
        for (slot, origins) in self.origins.finish() {
            self.of_role(slot, |role| {
                role.networks.merge(origins.networks);
                role.agents.merge(origins.agents);
            });
        }
        for (slot, ids) in std::mem::take(&mut self.shared) {
            self.of_role(slot, |role| role.note_shared(ids));
        }
        for (part, class, session) in std::mem::take(&mut self.sessions) {
            let name = self.session_of(session).map(str::to_owned);
            let session = if self.query.is_split_by_session {
                session
            } else {
                0
            };
            if let Some(name) = name {
                self.of_role((part, class, session), |role| role.note_session(&name));
            }
        }
        self.bound();
        for (part, input) in std::mem::take(&mut self.inputs) {
            if let Some(key) = self.parts.get(part) {
                self.folded.part_mut(key.clone()).inputs.insert(input);
            }
        }
        self.folded
    }

    fn session_of(&self, number: u32) -> Option<&str> {
        self.callers.session(number.checked_sub(1)?)
    }

    /// Does something with the usage of a role.
    fn of_role(&mut self, (part, class, session): Slot, act: impl FnOnce(&mut RoleUsage)) {
        let is_split = self.query.is_split_by_session;
        let name = is_split.then(|| self.session_of(session).unwrap_or_default().to_owned());
        let role = self.callers.class(class).and_then(Caller::principal);
        if let (Some(key), Some(role)) = (self.parts.get(part), role) {
            let usage = &mut self.folded.part_mut(key.clone()).usage;
            act(usage.role_mut(role, name.as_deref()));
        }
    }
}

/// Numbers things by the order in which they came.
#[derive(Debug)]
struct Numbers<K>(Set<K>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self(Set::default())
    }
}

impl<K: Hash + Eq> Numbers<K> {
    fn of(&mut self, key: K) -> u32 {
        let (at, _) = self.0.insert_full(key);
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn get(&self, number: u32) -> Option<&K> {
        self.0.get_index(number as usize)
    }
}
