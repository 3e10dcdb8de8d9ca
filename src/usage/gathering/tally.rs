//! Counts of records that are alike: small, and cheap to add to.
//!
//! A tally has what stands behind an access; what circumstances the calls were made in is kept of a whole [`Place`].

use jiff::civil::Date;
use thin_vec::ThinVec;

use super::Map;
use super::callers::Callers;
use super::form::Form;
use super::origins::{From, Origins, Short};
use crate::time::{Timestamp, day_of};
use crate::trail::Outcome;
use crate::usage::bounds::{self, Parent};
use crate::usage::calls::Calls;
use crate::usage::circumstances::Values;
use crate::usage::event_id::EventId;
use crate::usage::evidence::{EXAMPLES, EventRef, Evidence};
use crate::usage::meaning::Named;
use crate::usage::origin::Spans;

/// When and whence one call was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub(super) time: Timestamp,
    /// Says whether more than counts and times is kept.
    pub(super) is_detailed: bool,
    /// `eventID`.
    pub(super) id: Option<&'a str>,
    pub(super) origin: From,
    /// `vpcEndpointId`.
    pub(super) endpoint: Option<&'a str>,
    /// Says whether it was encrypted on its way.
    pub(super) is_encrypted: bool,
}

pub(super) const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// What is counted of records that are alike but for an open-ended name.
#[derive(Debug)]
pub(super) struct Place {
    names: Names,
    /// Where more than counts is kept.
    circumstances: Option<Box<Circumstances>>,
}

/// In which circumstances calls were made.
#[derive(Debug, Default)]
struct Circumstances {
    endpoints: Values,
    addresses: Values,
    encryption: Values,
}

/// The open-ended names.
#[derive(Debug)]
enum Names {
    /// There are none.
    None(Tally),
    /// As they are.
    Whole(Map<Box<str>, Tally>),
    /// By what the first cut leaves of them.
    Cut(Map<Box<str>, Tally>, Vec<Parent>),
}

impl Circumstances {
    fn note(&mut self, moment: &Moment<'_>) {
        self.endpoints.note_one(moment.endpoint);
        let public = moment.origin.public();
        match public.filter(|_| moment.endpoint.is_none()) {
            // There is no end of addresses, and writing one takes long.
            Some(_) if self.addresses.is_many => {}
            Some(address) => self.addresses.note_one(Some(&address.to_string())),
            None => self.addresses.note_one(None),
        }
        self.encryption
            .note_one(moment.is_encrypted.then_some("true"));
    }
}

impl Place {
    pub(super) fn new(is_open: bool) -> Self {
        Self {
            names: if is_open {
                Names::Whole(Map::default())
            } else {
                Names::None(Tally::default())
            },
            circumstances: None,
        }
    }

    /// Counts a call; says how many names there are more.
    pub(super) fn note(
        &mut self,
        (moment, name): (&Moment<'_>, Option<&str>),
        session: Option<u32>,
        (callers, origins): (&Callers, &Origins),
    ) -> usize {
        if moment.is_detailed {
            let circumstances = self.circumstances.get_or_insert_default();
            circumstances.note(moment);
        }
        let name = name.unwrap_or_default();
        let (tally, more) = match &mut self.names {
            Names::None(tally) => (tally, 0),
            Names::Whole(all) => tally_of(all, name),
            Names::Cut(all, _) => tally_of(all, &bounds::stable_start_of(name)),
        };
        tally.note(moment, session, (callers, origins));
        more
    }

    /// How many names there are, whole or cut.
    pub(super) fn names(&self) -> usize {
        match &self.names {
            Names::Whole(all) | Names::Cut(all, _) => all.len(),
            Names::None(_) => 0,
        }
    }

    /// How many names there are that are whole.
    pub(super) fn whole_names(&self) -> usize {
        match &self.names {
            Names::Whole(all) => all.len(),
            Names::None(_) | Names::Cut(..) => 0,
        }
    }

    /// Cuts the names to their stable starts.
    pub(super) fn cut(&mut self, parents: Vec<Parent>, books: (&Callers, &Origins)) {
        if let Names::Whole(all) = &mut self.names {
            let mut cut: Map<Box<str>, Tally> = Map::default();
            for (name, tally) in all.drain(..) {
                let (mine, _) = tally_of(&mut cut, &bounds::stable_start_of(&name));
                mine.add(&tally, books);
            }
            self.names = Names::Cut(cut, parents);
        }
    }

    /// Writes out what was counted: of all calls together, by name, and where names are cut.
    pub(super) fn finish(
        self,
        (form, names): (&Form, &[&str]),
        (callers, origins): (&Callers, &Origins),
    ) -> (Calls, Vec<Named>, Vec<Parent>) {
        let is_failed = matches!(form.event.outcome, Outcome::Failed { .. });
        let is_unproven = is_failed && !form.event.outcome.proves_authorization();
        let written = |tally: Tally| tally.evidence((is_failed, is_unproven), (callers, origins));
        let mut total = Tally::default();
        let mut named = Vec::new();
        let mut cut = Vec::new();
        let mut add = |name: &str, tally: Tally, is_cut: bool| {
            total.add(&tally, (callers, origins));
            let evidence = written(tally);
            let names = form.renamed(names, name);
            let needs = form.named_needs(&names, is_cut.then_some(name));
            named.push(Named { needs, evidence });
        };
        match self.names {
            Names::None(tally) => total = tally,
            Names::Whole(all) => all.into_iter().for_each(|(name, it)| add(&name, it, false)),
            Names::Cut(all, parents) => {
                all.into_iter().for_each(|(name, it)| add(&name, it, true));
                cut = parents;
            }
        }
        let circumstances = *self.circumstances.unwrap_or_default();
        let calls = Calls {
            evidence: written(total),
            networks: Spans::default(),
            agents: Spans::default(),
            endpoints: circumstances.endpoints,
            addresses: circumstances.addresses,
            encryption: circumstances.encryption,
        };
        (calls, named, cut)
    }
}

fn tally_of<'m>(all: &'m mut Map<Box<str>, Tally>, name: &str) -> (&'m mut Tally, usize) {
    let (at, more) = match all.get_index_of(name) {
        Some(at) => (at, 0),
        None => (all.insert_full(name.into(), Tally::default()).0, 1),
    };
    (&mut all[at], more)
}

/// One of the earliest events.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Example {
    time: Timestamp,
    id: EventId,
    origin: Short,
}

/// What is counted of records that are alike. There may be one for each of a million names, most of them of one record.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    /// The day met first, in days since the epoch, and its calls.
    day: (i64, u64),
    /// The other days, in the order met.
    days: ThinVec<(i64, u64)>,
    /// Where more than counts is kept.
    details: Option<Box<Details>>,
}

/// Which calls were counted.
#[derive(Debug, Default)]
struct Details {
    /// The earliest events.
    examples: Vec<Example>,
    /// The sessions that are first by name.
    sessions: Sessions,
    last_session: Option<u32>,
}

impl Details {
    fn note(
        &mut self,
        moment: &Moment<'_>,
        session: Option<u32>,
        (callers, origins): (&Callers, &Origins),
    ) {
        let time = moment.time;
        if let Some(id) = moment.id {
            let is_late = self.examples.len() == EXAMPLES
                && self.examples.last().is_some_and(|it| it.time < time);
            if !is_late {
                let origin = moment.origin.short();
                let id = EventId::of(id);
                self.note_example(&Example { time, id, origin }, origins);
            }
        }
        if session != self.last_session
            && let Some(session) = session
        {
            self.last_session = Some(session);
            self.sessions.note(session, callers);
        }
    }

    fn note_example(&mut self, example: &Example, origins: &Origins) {
        let found = self
            .examples
            .binary_search_by(|known| (known.time, &known.id).cmp(&(example.time, &example.id)));
        match found {
            Ok(at) => {
                // One event may be recorded twice.
                if let Some(known) = self.examples.get_mut(at)
                    && origins.origin(example.origin) < origins.origin(known.origin)
                {
                    known.origin = example.origin;
                }
            }
            Err(EXAMPLES..) => {}
            Err(at) => {
                self.examples.reserve_exact(1);
                self.examples.insert(at, example.clone());
                self.examples.truncate(EXAMPLES);
            }
        }
    }

    fn add(&mut self, other: &Self, (callers, origins): (&Callers, &Origins)) {
        for example in &other.examples {
            self.note_example(example, origins);
        }
        for session in other.sessions.all() {
            self.sessions.note(*session, callers);
        }
    }
}

impl Tally {
    fn note(
        &mut self,
        moment: &Moment<'_>,
        session: Option<u32>,
        (callers, origins): (&Callers, &Origins),
    ) {
        let time = moment.time;
        self.add_count(1, (time, time));
        self.add_day(time.as_second().div_euclid(SECONDS_A_DAY), 1);
        if moment.is_detailed {
            let details = self.details.get_or_insert_default();
            details.note(moment, session, (callers, origins));
        }
    }

    fn add_count(&mut self, count: u64, (first, last): (Timestamp, Timestamp)) {
        if self.count == 0 {
            (self.first, self.last) = (first, last);
        }
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.count += count;
    }

    fn add_day(&mut self, day: i64, calls: u64) {
        if self.day.1 == 0 {
            self.day = (day, 0);
        }
        if self.day.0 == day {
            self.day.1 += calls;
            return;
        }
        match self.days.iter_mut().rev().find(|(known, _)| *known == day) {
            Some((_, count)) => *count += calls,
            None => self.days.push((day, calls)),
        }
    }

    /// Adds what was counted under another name.
    fn add(&mut self, other: &Self, books: (&Callers, &Origins)) {
        if other.count == 0 {
            return;
        }
        self.add_count(other.count, (other.first, other.last));
        for (day, calls) in std::iter::once(&other.day).chain(&other.days) {
            self.add_day(*day, *calls);
        }
        if let Some(details) = &other.details {
            let mine = self.details.get_or_insert_default();
            mine.add(details, books);
        }
    }

    /// Writes the counts out.
    fn evidence(
        self,
        (is_failed, is_unproven): (bool, bool),
        (callers, origins): (&Callers, &Origins),
    ) -> Evidence {
        let of_count = |is_so: bool| if is_so { self.count } else { 0 };
        let span = (self.count > 0).then_some((self.first, self.last));
        let (first, last) = span.unzip();
        let details = *self.details.unwrap_or_default();
        let sessions = details.sessions;
        let names = sessions
            .all()
            .iter()
            .filter_map(|session| callers.session(*session));
        let reference = |example: &Example| EventRef {
            time: Some(example.time),
            id: example.id.text(),
        };
        let first_example = details.examples.first();
        let days = std::iter::once(&self.day).chain(&self.days);
        Evidence {
            count: self.count,
            failed: of_count(is_failed),
            unproven: of_count(is_unproven),
            first_seen: first,
            last_seen: last,
            days: days
                .filter(|(_, count)| *count > 0)
                .filter_map(|(day, count)| Some((date(*day)?, *count)))
                .collect(),
            sessions: names.map(str::to_owned).collect(),
            first_origin: first_example
                .map(|it| Box::new((reference(it), origins.origin(it.origin)))),
            examples: details.examples.iter().map(reference).collect(),
        }
    }
}

/// The few sessions that are first by name.
#[derive(Debug, Default)]
struct Sessions {
    numbers: [u32; EXAMPLES],
    count: u8,
}

impl Sessions {
    fn all(&self) -> &[u32] {
        let count = usize::from(self.count);
        self.numbers.get(..count).unwrap_or_default()
    }

    fn note(&mut self, session: u32, callers: &Callers) {
        if self.all().contains(&session) {
            return;
        }
        let name = |number: &u32| callers.session(*number);
        let of_session = name(&session);
        let at = self.all().partition_point(|known| name(known) < of_session);
        let behind = self.numbers.get_mut(at..).unwrap_or_default();
        if let Some(last) = behind.last_mut() {
            *last = session;
            behind.rotate_right(1);
            self.count =
                u8::try_from((usize::from(self.count) + 1).min(EXAMPLES)).unwrap_or_default();
        }
    }
}

fn date(day: i64) -> Option<Date> {
    let midnight = Timestamp::from_second(day * SECONDS_A_DAY).ok()?;
    Some(day_of(midnight))
}
