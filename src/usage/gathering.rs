//! Folds records without reading each: of those that are of one form only the first is read and mapped.
//!
//! A record's *form* is what decides what its call needed, but for the names in it: the caller but for its name and session, the
//! operation, the region, how it ended, and those parameters that matter to the operation. What records of one form differ in are
//! names (of the role, the bucket, the object), time, session, origin and parameters that decide nothing; they are counted in a
//! [`Place`]. Whether a record is read depends on those before it, what comes of it does not: a record is only ever read in the
//! reduced form that its key is made of. What is odd in any way is left to the reader, which reads it as a whole. A fault inside
//! of a parameter that decides nothing is not looked for: the call was made, and it counts.

mod callers;
mod counting;
mod folding;
mod foresight;
mod form;
mod forms;
mod ids;
mod learned;
mod likeness;
mod numbers;
mod origins;
mod recall;
mod shared_names;
mod tally;

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::daily::{Daily, PartKey};
use super::role::RoleUsage;
use super::shared_ids::SharedIds;
use super::{RoleQuery, Usage};
use crate::catalog::Catalog;
use crate::digest::Seeds;
use crate::time::{Timestamp, day_of};
use crate::trail::{Caller, Event, InputId, Parts};
use callers::{Callers, Known};
use counting::By;
use forms::Forms;
pub use learned::Learned;
pub use likeness::matters;
use likeness::{Likeness, Whose};
use numbers::Numbers;
use origins::Origins;
use recall::Recall;
use tally::{Moment, Place};

/// Keys that come by the million: a fast hash, and the order of insertion.
type Map<K, V> = IndexMap<K, V, foldhash::fast::RandomState>;
type Set<K> = IndexSet<K, foldhash::fast::RandomState>;

/// How many places, and names below them, are kept before they are folded away.
const MOST_COUNTS: usize = 16 * 1024;

/// After how many more it is looked at whether names can be cut before they are folded.
const LOOK_COUNTS: usize = 6 * 1024;

/// Stands between names in the key of a place; no name holds it.
const SEPARATOR: u8 = 1;

/// Records on their way to a usage.
#[derive(Debug)]
pub struct Gathering<'q> {
    /// What was folded of events that were read; one part holds all, unless days and accounts are kept apart.
    folded: Daily,
    is_daily: bool,
    parts: Numbers<PartKey>,
    /// Classes of which only few names are kept, by part.
    crowded: Set<(u32, u32)>,
    /// The part of all that is not kept apart.
    whole_part: Option<u32>,
    /// The day, the text of the account, and their part.
    last_part: Option<(i64, Box<[u8]>, u32)>,
    input: InputId,
    inputs: Set<(u32, InputId)>,
    query: &'q RoleQuery,
    catalog: &'q Catalog,
    learned: Arc<Learned>,
    callers: Callers,
    origins: Origins,
    likeness: Likeness<'q>,
    forms: Forms,
    recall: Recall,
    seeds: Seeds,
    places: Map<Box<[u8]>, Place>,
    /// The key made last of a place.
    key: Vec<u8>,
    /// Places and names below them.
    counts: usize,
    /// Events that were read and are not settled.
    read: usize,
    /// At how many of them they are looked at next.
    next_look: usize,
    /// Whether sessions tell something, by the number of the signs, the class and the session's number.
    told: Map<(u32, u32, u32), bool>,
    /// Shared ids of calls that the roles' own accounts recorded.
    shared: Map<Slot, SharedIds>,
    sessions: Set<Slot>,
}

/// A part, a class of callers in it, and a session's number plus one where sessions are told apart.
type Slot = (u32, u32, u32);

impl<'q> Gathering<'q> {
    /// Starts with nothing.
    ///
    /// Threads that read shares of one trail do best to learn together.
    pub fn new(query: &'q RoleQuery, catalog: &'q Catalog, learned: Arc<Learned>) -> Self {
        Self {
            folded: Daily::default(),
            is_daily: false,
            parts: Numbers::default(),
            crowded: Set::default(),
            whole_part: None,
            last_part: None,
            input: InputId::default(),
            inputs: Set::default(),
            query,
            catalog,
            callers: Callers::new(catalog, Arc::clone(&learned)),
            origins: Origins::new(catalog, Arc::clone(&learned)),
            likeness: Likeness::new(catalog, Arc::clone(&learned)),
            learned,
            forms: Forms::default(),
            recall: Recall::default(),
            seeds: Seeds::default(),
            places: Map::default(),
            key: Vec::new(),
            counts: 0,
            read: 0,
            next_look: LOOK_COUNTS,
            told: Map::default(),
            shared: Map::default(),
            sessions: Set::default(),
        }
    }

    /// Starts with nothing, and keeps days and accounts apart.
    pub fn daily(query: &'q RoleQuery, catalog: &'q Catalog, learned: Arc<Learned>) -> Self {
        Self {
            is_daily: true,
            ..Self::new(query, catalog, learned)
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
        self.read += 1;
        if self.read > MOST_COUNTS {
            self.settle_if_free();
        }
    }

    /// Takes a record unread; false if it has to be read.
    pub fn record(&mut self, parts: &Parts<'_>, time: Timestamp) -> bool {
        // Exclusions ask for an event's session, time and address, and are rare.
        self.query.exclusions.is_empty() && self.take(parts, time).is_some()
    }

    fn take(&mut self, parts: &Parts<'_>, time: Timestamp) -> Option<()> {
        if self.callers.is_full() {
            self.settle();
        }
        let known = self.callers.get(parts.identity, self.query)?;
        let is_detailed = !self.query.is_counted_only;
        let moment = Moment {
            time,
            is_detailed,
            id: likeness::plain(parts.id).ok()?,
            origin: self.origins.of(parts, is_detailed)?,
            endpoint: likeness::plain(parts.endpoint).ok()?,
            is_encrypted: likeness::is_encrypted(parts.tls)?,
        };
        let shared = likeness::plain(parts.shared).ok()?;
        let is_asked = Callers::is_asked(known.class);
        if shared.is_some() && is_asked && self.is_foreign(parts, known)? {
            return None;
        }
        let part = self.part(parts, time)?;
        let is_split = is_asked && self.query.is_split_by_session;
        let by = By {
            part,
            known,
            whose: Whose {
                is_service: self.callers.is_service(known.class)?,
                is_asked,
            },
            is_split,
        };
        self.place(parts, by, &moment)?;
        if is_asked {
            let session = known.session_slot();
            let slot = (part, known.class, if is_split { session } else { 0 });
            if is_detailed {
                self.origins.note(slot, moment.origin, time);
                self.sessions.insert((part, known.class, session));
            }
            if let Some(shared) = shared {
                self.shared.entry(slot).or_default().insert(shared);
            }
        }
        if self.counts > self.next_look {
            self.foresee();
            self.next_look = self.counts + LOOK_COUNTS.max(self.counts / 2);
        }
        if self.counts > MOST_COUNTS || self.forms.is_full() {
            self.settle_if_free();
        }
        Some(())
    }

    /// Says whether a record is the copy of a call that another account's trail holds.
    fn is_foreign(&self, parts: &Parts<'_>, known: Known) -> Option<bool> {
        let recipient = likeness::plain(parts.recipient).ok()?;
        let account = self.callers.account(known.class);
        Some(recipient.is_some_and(|recipient| Some(recipient) != account))
    }

    /// The number of a record's part.
    fn part(&mut self, parts: &Parts<'_>, time: Timestamp) -> Option<u32> {
        if !self.is_daily {
            let parts = &mut self.parts;
            let number = self
                .whole_part
                .get_or_insert_with(|| parts.of(PartKey::default()));
            return Some(*number);
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

    /// Keeps what was folded small.
    fn bound(&mut self, folded: &mut Daily) {
        for (key, part) in &mut folded.parts {
            part.usage.bound();
            // Sessions of one role that are kept apart may differ in this.
            if self.query.is_split_by_session {
                continue;
            }
            let number = self.parts.of(key.clone());
            for class in self.callers.classes_of(&part.usage.crowding().collect()) {
                self.crowded.insert((number, class));
            }
        }
    }

    /// Ends the reading, before the shares of all threads are put together one after the other: folds what waits, and lets go of
    /// what only served to read more.
    pub fn conclude(&mut self) {
        self.settle();
        self.forms = Forms::default();
        self.recall = Recall::default();
        self.places = Map::default();
        self.told = Map::default();
        self.callers.forget_texts();
        self.learned.forget();
    }

    fn settle(&mut self) {
        let learned = Arc::clone(&self.learned);
        self.settle_into(&mut learned.folded());
    }

    /// Folds what waits, unless another thread is at it and there is room for more.
    fn settle_if_free(&mut self) {
        let learned = Arc::clone(&self.learned);
        if let Some(mut folded) = learned.folded_if_free() {
            self.settle_into(&mut folded);
        } else if self.counts.max(self.read) > 2 * MOST_COUNTS || self.forms.is_overfull() {
            self.settle();
        }
    }

    fn settle_into(&mut self, folded: &mut Daily) {
        self.fold_places(folded);
        folded.add(std::mem::take(&mut self.folded));
        self.read = 0;
        self.bound(folded);
        if self.callers.is_full() {
            self.callers.forget_passing();
            self.told.clear();
        }
    }

    /// Ends with what all records came to; not [finished](Usage::finish).
    pub fn usage(self) -> Usage {
        let mut parts = self.parts().parts.into_values();
        parts.next().map(|part| part.usage).unwrap_or_default()
    }

    /// Ends with what the records of each day and account came to: this thread's, and others' that nobody took yet.
    pub fn parts(mut self) -> Daily {
        let learned = Arc::clone(&self.learned);
        let mut folded = learned.folded();
        self.fold_places(&mut folded);
        self.folded.add(std::mem::take(&mut *folded));
        drop(folded);
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
        for (part, input) in std::mem::take(&mut self.inputs) {
            if let Some(key) = self.parts.get(part) {
                self.folded.part_mut(key.clone()).inputs.insert(input);
            }
        }
        let mut folded = self.folded;
        for part in folded.parts.values_mut() {
            part.usage.bound();
        }
        folded
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
