//! Counts of records that are alike: small, and cheap to add to.

use jiff::civil::Date;

use super::callers::Callers;
use super::origins::{From, Origins};
use crate::time::{Timestamp, day_of};
use crate::trail::{Event, Outcome};
use crate::usage::calls::Calls;
use crate::usage::circumstances::Values;
use crate::usage::evidence::{EXAMPLES, EventRef, Evidence};
use crate::usage::origin::{Origin, Spans};

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

/// What is counted of records that are alike.
#[derive(Debug, Default)]
pub(super) struct Tally {
    count: u64,
    span: Option<(Timestamp, Timestamp)>,
    /// Days since the epoch, each with its calls, in the order met.
    days: Vec<(i64, u64)>,
    /// The earliest events.
    examples: Vec<EventRef>,
    origin: Option<Origin>,
    /// The sessions that are first by name.
    sessions: Vec<u32>,
    last_session: Option<u32>,
    endpoints: Values,
    addresses: Values,
    encryption: Values,
}

impl Tally {
    pub(super) fn note(
        &mut self,
        moment: &Moment<'_>,
        session: Option<u32>,
        callers: &Callers,
        origins: &Origins,
    ) {
        let time = moment.time;
        self.count += 1;
        self.span = Some(self.span.map_or((time, time), |(first, last)| {
            (first.min(time), last.max(time))
        }));
        let day = time.as_second().div_euclid(SECONDS_A_DAY);
        match self.days.iter_mut().rev().find(|(known, _)| *known == day) {
            Some((_, count)) => *count += 1,
            None => self.days.push((day, 1)),
        }
        self.note_example(moment, origins);
        if session != self.last_session
            && let Some(session) = session
        {
            self.last_session = Some(session);
            self.note_session(session, callers);
        }
        self.endpoints.note_one(moment.endpoint);
        let address = origins
            .public(moment.origin)
            .filter(|_| moment.endpoint.is_none());
        self.addresses.note_one(address);
        self.encryption
            .note_one(moment.is_encrypted.then_some("true"));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn note_example(&mut self, moment: &Moment<'_>, origins: &Origins) {
        let Some(id) = moment.id else {
            return;
        };
        let key = (Some(moment.time), id);
        let found = self
            .examples
            .binary_search_by(|known| (known.time, known.id.as_str()).cmp(&key));
        match found {
            Ok(0) => {
                let origin = origins.origin(moment.origin);
                self.origin = [self.origin.take(), Some(origin)]
                    .into_iter()
                    .flatten()
                    .min();
            }
            Ok(_) | Err(EXAMPLES..) => {}
            Err(at) => {
                if at == 0 {
                    self.origin = Some(origins.origin(moment.origin));
                }
                let time = Some(moment.time);
                self.examples.insert(
                    at,
                    EventRef {
                        time,
                        id: id.to_owned(),
                    },
                );
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

    /// Writes the counts out.
    pub(super) fn calls(self, event: &Event, callers: &Callers) -> Calls {
        let is_failed = matches!(event.outcome, Outcome::Failed { .. });
        let is_unproven = is_failed && !event.outcome.proves_authorization();
        let of_count = |is_so: bool| if is_so { self.count } else { 0 };
        let (first, last) = self.span.unzip();
        let names = self
            .sessions
            .iter()
            .filter_map(|session| callers.session(*session));
        let first_example = self.examples.first().cloned();
        Calls {
            evidence: Evidence {
                count: self.count,
                failed: of_count(is_failed),
                unproven: of_count(is_unproven),
                first_seen: first,
                last_seen: last,
                days: self
                    .days
                    .iter()
                    .filter_map(|(day, count)| Some((date(*day)?, *count)))
                    .collect(),
                sessions: names.map(str::to_owned).collect(),
                first_origin: first_example.zip(self.origin),
                examples: self.examples.into_iter().collect(),
            },
            networks: Spans::default(),
            agents: Spans::default(),
            endpoints: self.endpoints,
            addresses: self.addresses,
            encryption: self.encryption,
        }
    }
}

fn date(day: i64) -> Option<Date> {
    let midnight = Timestamp::from_second(day * SECONDS_A_DAY).ok()?;
    Some(day_of(midnight))
}
