//! Counts of records that are alike: small, and cheap to add to.
//!
//! A tally has what stands behind an access; what circumstances the calls were made in is kept of a whole [`Place`].

use jiff::civil::Date;

use super::Map;
use super::callers::Callers;
use super::form::Form;
use super::origins::{From, Origins};
use crate::time::{Timestamp, day_of};
use crate::trail::Outcome;
use crate::usage::bounds::{self, Parent};
use crate::usage::calls::Calls;
use crate::usage::circumstances::Values;
use crate::usage::evidence::{EXAMPLES, EventRef, Evidence};
use crate::usage::meaning::Named;
use crate::usage::origin::Spans;

/// When and whence one call was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub(super) time: Timestamp,
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

impl Place {
    pub(super) fn new(is_open: bool) -> Self {
        Self {
            names: if is_open {
                Names::Whole(Map::default())
            } else {
                Names::None(Tally::default())
            },
            endpoints: Values::default(),
            addresses: Values::default(),
            encryption: Values::default(),
        }
    }

    /// Counts a call; says how many names there are more.
    pub(super) fn note(
        &mut self,
        (moment, name): (&Moment<'_>, Option<&str>),
        session: Option<u32>,
        (callers, origins): (&Callers, &Origins),
    ) -> usize {
        self.endpoints.note_one(moment.endpoint);
        let address = origins
            .public(moment.origin)
            .filter(|_| moment.endpoint.is_none());
        self.addresses.note_one(address);
        self.encryption
            .note_one(moment.is_encrypted.then_some("true"));
        let name = name.unwrap_or_default();
        let (tally, more) = match &mut self.names {
            Names::None(tally) => (tally, 0),
            Names::Whole(all) => tally_of(all, name),
            Names::Cut(all, _) => tally_of(all, &bounds::stable_start_of(name)),
        };
        tally.note(moment, session, (callers, origins));
        more
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
                mine.add(tally, books);
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
        let mut total = Evidence::default();
        let mut named = Vec::new();
        let mut cut = Vec::new();
        let mut add = |name: &str, tally: Tally, is_cut: bool| {
            let evidence = written(tally);
            total.add(&evidence);
            let names = form.renamed(names, name);
            let needs = form.named_needs(&names, is_cut.then_some(name));
            named.push(Named { needs, evidence });
        };
        match self.names {
            Names::None(tally) => total = written(tally),
            Names::Whole(all) => all.into_iter().for_each(|(name, it)| add(&name, it, false)),
            Names::Cut(all, parents) => {
                all.into_iter().for_each(|(name, it)| add(&name, it, true));
                cut = parents;
            }
        }
        let calls = Calls {
            evidence: total,
            networks: Spans::default(),
            agents: Spans::default(),
            endpoints: self.endpoints,
            addresses: self.addresses,
            encryption: self.encryption,
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
    id: Box<str>,
    origin: From,
}

/// What is counted of records that are alike.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    span: Option<(Timestamp, Timestamp)>,
    /// Days since the epoch, each with its calls, in the order met.
    days: Vec<(i64, u64)>,
    /// The earliest events.
    examples: Vec<Example>,
    /// The sessions that are first by name.
    sessions: Vec<u32>,
    last_session: Option<u32>,
}

impl Tally {
    fn note(
        &mut self,
        moment: &Moment<'_>,
        session: Option<u32>,
        (callers, origins): (&Callers, &Origins),
    ) {
        let time = moment.time;
        self.count += 1;
        self.widen(Some((time, time)));
        self.add_day(time.as_second().div_euclid(SECONDS_A_DAY), 1);
        if let Some(id) = moment.id {
            self.note_example((time, id), moment.origin, origins);
        }
        if session != self.last_session
            && let Some(session) = session
        {
            self.last_session = Some(session);
            self.note_session(session, callers);
        }
    }

    fn widen(&mut self, span: Option<(Timestamp, Timestamp)>) {
        self.span = match (self.span, span) {
            (Some((first, last)), Some((other_first, other_last))) => {
                Some((first.min(other_first), last.max(other_last)))
            }
            (one, other) => one.or(other),
        };
    }

    fn add_day(&mut self, day: i64, calls: u64) {
        match self.days.iter_mut().rev().find(|(known, _)| *known == day) {
            Some((_, count)) => *count += calls,
            None => self.days.push((day, calls)),
        }
    }

    fn note_example(&mut self, (time, id): (Timestamp, &str), origin: From, origins: &Origins) {
        let found = self
            .examples
            .binary_search_by(|known| (known.time, &*known.id).cmp(&(time, id)));
        match found {
            Ok(at) => {
                // One event may be recorded twice.
                if let Some(known) = self.examples.get_mut(at)
                    && origins.origin(origin) < origins.origin(known.origin)
                {
                    known.origin = origin;
                }
            }
            Err(EXAMPLES..) => {}
            Err(at) => {
                let id = id.into();
                self.examples.insert(at, Example { time, id, origin });
                self.examples.truncate(EXAMPLES);
            }
        }
    }

    fn note_session(&mut self, session: u32, callers: &Callers) {
        if self.sessions.contains(&session) {
            return;
        }
        self.sessions.push(session);
        self.sessions
            .sort_unstable_by_key(|known| callers.session(*known));
        self.sessions.truncate(EXAMPLES);
    }

    /// Adds what was counted under another name.
    fn add(&mut self, other: Self, (callers, origins): (&Callers, &Origins)) {
        self.count += other.count;
        self.widen(other.span);
        for (day, calls) in other.days {
            self.add_day(day, calls);
        }
        for example in other.examples {
            self.note_example((example.time, &example.id), example.origin, origins);
        }
        for session in other.sessions {
            self.note_session(session, callers);
        }
    }

    /// Writes the counts out.
    fn evidence(
        self,
        (is_failed, is_unproven): (bool, bool),
        (callers, origins): (&Callers, &Origins),
    ) -> Evidence {
        let of_count = |is_so: bool| if is_so { self.count } else { 0 };
        let (first, last) = self.span.unzip();
        let names = self
            .sessions
            .iter()
            .filter_map(|session| callers.session(*session));
        let reference = |example: &Example| EventRef {
            time: Some(example.time),
            id: example.id.to_string(),
        };
        let first_example = self.examples.first();
        let days = self.days.iter();
        Evidence {
            count: self.count,
            failed: of_count(is_failed),
            unproven: of_count(is_unproven),
            first_seen: first,
            last_seen: last,
            days: days
                .filter_map(|(day, count)| Some((date(*day)?, *count)))
                .collect(),
            sessions: names.map(str::to_owned).collect(),
            first_origin: first_example.map(|it| (reference(it), origins.origin(it.origin))),
            examples: self.examples.iter().map(reference).collect(),
        }
    }
}

fn date(day: i64) -> Option<Date> {
    let midnight = Timestamp::from_second(day * SECONDS_A_DAY).ok()?;
    Some(day_of(midnight))
}
