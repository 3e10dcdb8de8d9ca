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
mod origins;
mod tally;

use std::hash::Hash;

use indexmap::{IndexMap, IndexSet};

use super::daily::{Daily, PartKey};
use super::role::RoleUsage;
use super::{RoleQuery, Usage};
use crate::catalog::Catalog;
use crate::time::{Timestamp, day_of};
use crate::trail::{Caller, Event, InputId, Parts};
use callers::{Callers, Known};
use likeness::{Likeness, Reduced};
use origins::Origins;
use tally::{Moment, Tally};

/// Keys that come by the million: a fast hash, and the order of insertion.
type Map<K, V> = IndexMap<K, V, foldhash::fast::RandomState>;
type Set<K> = IndexSet<K, foldhash::fast::RandomState>;

/// How many groups are kept before they are folded away.
const MOST_GROUPS: usize = 16 * 1024;
/// How many accesses a role may have before it is looked at whether there are too many names among them.
const MOST_USES: usize = 4 * 1024;

/// Records on their way to a usage.
#[derive(Debug)]
pub struct Gathering<'q> {
    /// What was folded so far; one part holds all, unless days and accounts are kept apart.
    folded: Daily,
    is_daily: bool,
    parts: Numbers<PartKey>,
    /// The day, the text of the account, and their part.
    last_part: Option<(i64, Box<[u8]>, u32)>,
    input: InputId,
    inputs: Set<(u32, InputId)>,
    query: &'q RoleQuery,
    catalog: &'q Catalog,
    callers: Callers,
    origins: Origins,
    likeness: Likeness<'q>,
    groups: Map<Box<[u8]>, Group>,
    shared: Map<Slot, Vec<String>>,
    sessions: Set<Slot>,
}

/// A part, a class of callers in it, and a session's number plus one where sessions are told apart.
type Slot = (u32, u32, u32);

/// Records of one likeness.
#[derive(Debug)]
enum Group {
    /// Folded together.
    Calls(Box<Alike>),
    /// Their sessions matter too: each has a group of its own.
    BySession,
}

/// What records of one likeness have in common, and what is counted of them.
#[derive(Debug)]
struct Alike {
    part: u32,
    event: Event,
    tally: Tally,
}

impl Group {
    fn of(part: u32, event: Event) -> Self {
        Self::Calls(Box::new(Alike {
            part,
            event,
            tally: Tally::default(),
        }))
    }
}

impl<'q> Gathering<'q> {
    /// Starts with nothing.
    pub fn new(query: &'q RoleQuery, catalog: &'q Catalog) -> Self {
        Self {
            folded: Daily::default(),
            is_daily: false,
            parts: Numbers::default(),
            last_part: None,
            input: InputId::default(),
            inputs: Set::default(),
            query,
            catalog,
            callers: Callers::default(),
            origins: Origins::new(catalog),
            likeness: Likeness::new(catalog),
            groups: Map::default(),
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
        let reduced = self
            .likeness
            .of(parts, (part, known.class), moment.origin)?;
        let is_split = is_asked && self.query.is_split_by_session;
        let at = self.group(parts, known, &reduced, (part, is_split))?;
        if let Some((_, Group::Calls(alike))) = self.groups.get_index_mut(at) {
            alike
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
            self.bound(MOST_USES);
        }
        Some(())
    }

    /// Says whether a record is the copy of a call that another account's trail holds.
    fn is_foreign(&self, parts: &Parts<'_>, known: Known) -> Option<bool> {
        let recipient = likeness::plain(parts.recipient).ok()?;
        let account = self.callers.account(known.class);
        Some(recipient.is_some_and(|recipient| Some(recipient) != account))
    }

    /// Finds the group of a record, or reads it and starts one.
    fn group(
        &mut self,
        parts: &Parts<'_>,
        known: Known,
        reduced: &Reduced,
        (part, is_split): (u32, bool),
    ) -> Option<usize> {
        if !is_split {
            match self.groups.get_full(self.likeness.key()) {
                Some((at, _, Group::Calls(..))) => return Some(at),
                Some((_, _, Group::BySession)) => {}
                None => {
                    let caller = self.callers.caller(known, false)?;
                    let event = self.likeness.event(parts, reduced, caller)?;
                    let is_by_session = event.caller.session.is_some()
                        && super::runtime::is_session_told(&event, self.catalog);
                    let group = if is_by_session {
                        Group::BySession
                    } else {
                        Group::of(part, event)
                    };
                    let (at, _) = self.groups.insert_full(self.likeness.key().into(), group);
                    if !is_by_session {
                        return Some(at);
                    }
                }
            }
        }
        self.likeness.add_session(known.session);
        if let Some((at, _, _)) = self.groups.get_full(self.likeness.key()) {
            return Some(at);
        }
        let event = self
            .likeness
            .event(parts, reduced, self.callers.caller(known, true)?)?;
        let group = Group::of(part, event);
        let (at, _) = self.groups.insert_full(self.likeness.key().into(), group);
        Some(at)
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
        for (_, group) in self.groups.drain(..) {
            if let Group::Calls(alike) = group
                && let Some(key) = self.parts.get(alike.part)
            {
                let Alike { event, tally, .. } = *alike;
                let calls = tally.calls(&event, &self.callers);
                let part = self.folded.part_mut(key.clone());
                part.usage
                    .fold_calls(&event, &calls, self.query, self.catalog);
            }
        }
    }

    /// Keeps what was folded small.
    fn bound(&mut self, above: usize) {
        for part in self.folded.parts.values_mut() {
            part.usage.bound(above);
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
        self.bound(0);
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
