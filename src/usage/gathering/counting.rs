//! Counts a record where one like it was counted, or else by its form.

use super::callers::Known;
use super::form::Naming;
use super::forms::Record;
use super::ids::Ids;
use super::likeness::{Reduced, Whose};
use super::recall::{Digested, Split};
use super::tally::{Moment, Place};
use super::{Gathering, SEPARATOR};
use crate::trail::Parts;
use crate::usage::bounds::Bounds;
use crate::usage::runtime;

/// Whose record it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct By {
    pub(super) part: u32,
    pub(super) known: Known,
    pub(super) whose: Whose,
    /// Says whether its sessions are told apart.
    pub(super) is_split: bool,
}

impl Gathering<'_> {
    /// Counts a record under its place.
    pub(super) fn place(&mut self, parts: &Parts<'_>, by: By, moment: &Moment<'_>) -> Option<()> {
        let seeds = self.seeds.clone();
        let ids = (&seeds, by.part, by.known.class);
        let session = by.known.session_slot();
        let digested = |(digest, open)| Digested {
            digest,
            open,
            session,
        };
        let mut whole = None;
        let mut apart = None;
        if let Some(begun) = self.likeness.begin(parts, ids, by.whose, moment.origin) {
            let digest = self.likeness.whole(parts, &begun);
            whole = digest.map(|digest| digested((digest, None)));
            if let Some(whole) = &whole {
                let met = self.count_met(whole, (moment, by));
                self.likeness.note_whole(&begun, met.is_some());
                if met.is_some() {
                    return Some(());
                }
            }
            apart = self.likeness.digest(parts, begun).map(digested);
        }
        if let Some(record) = &apart
            && let Some(at) = self.count_met(record, (moment, by))
        {
            if let Some(whole) = &whole {
                self.recall.keep(whole, self.recall.split_of(record), at);
            }
            return Some(());
        }
        let (at, split) = self.find(parts, by, moment)?;
        for record in [whole, apart].iter().flatten() {
            let is_by_name = split.is_by_name && record.open.is_some();
            self.recall.keep(
                record,
                Split {
                    is_by_name,
                    ..split
                },
                at,
            );
        }
        Some(())
    }

    /// Counts a record where one with its digest was counted; says where.
    fn count_met(&mut self, record: &Digested<'_>, note: (&Moment<'_>, By)) -> Option<usize> {
        let at = self.recall.place(record)?;
        self.count_again(at, record.open, note)?;
        Some(at)
    }

    /// Counts a record where one like it was counted; `None` if there is more to do.
    fn count_again(
        &mut self,
        at: usize,
        open: Option<&str>,
        (moment, by): (&Moment<'_>, By),
    ) -> Option<()> {
        let (_, place) = self.places.get_index_mut(at)?;
        let names = place.whole_names();
        if names > Bounds::of(true).names
            && names > Bounds::of(self.crowded.contains(&(by.part, by.known.class))).names
        {
            return None;
        }
        let books = (&self.callers, &self.origins);
        self.counts += place.note((moment, open), by.known.session, books);
        Some(())
    }

    /// Counts a record by its form; says where, and what decides about that beside its digest.
    fn find(&mut self, parts: &Parts<'_>, by: By, moment: &Moment<'_>) -> Option<(usize, Split)> {
        let By {
            part,
            known,
            whose,
            is_split,
        } = by;
        let is_asked = whose.is_asked;
        let shape = self.callers.shape_of(known.class)?;
        let reduced = self.likeness.of(parts, (shape, whose), moment.origin)?;
        let (form, is_whole) = self.forms.of(&Record {
            parts,
            reduced: &reduced,
            likeness: &self.likeness,
            caller: (self.callers.shape(shape)?, is_asked),
            origins: &self.origins,
            catalog: self.catalog,
            learned: &self.learned,
        })?;
        let ids = Ids {
            part,
            class: known.class,
            form,
            session: self.session_apart(form, known, is_split)?,
        };
        let at = self.count(ids, &reduced, (moment, known), is_asked)?;
        let is_name_left = reduced.holes.open.is_some() && !is_whole;
        let naming = self.forms.get(form)?.naming;
        let split = Split {
            is_by_name: !is_name_left || matches!(naming, Naming::Closed),
            is_by_session: is_split || self.forms.signs_of(form).is_some(),
        };
        Some((at, split))
    }

    /// Counts a record under its place; says where that is.
    fn count(
        &mut self,
        ids: Ids,
        reduced: &Reduced<'_>,
        (moment, known): (&Moment<'_>, Known),
        is_asked: bool,
    ) -> Option<usize> {
        let form = self.forms.get(ids.form)?;
        let open = reduced.holes.open;
        let is_apart = !matches!(form.naming, Naming::Closed);
        self.key.clear();
        ids.write(&mut self.key);
        for told in reduced.refusal.unwrap_or_default() {
            self.key.extend(told.as_bytes());
        }
        self.key.push(SEPARATOR);
        self.key
            .extend(reduced.endpoint.unwrap_or_default().as_bytes());
        for (at, name) in reduced.holes.names().iter().enumerate() {
            self.key.push(SEPARATOR);
            if !(is_apart && Some(at) == open) {
                self.key.extend(name.as_bytes());
            }
        }
        let naming = if is_asked { form.naming } else { Naming::None };
        let is_open = matches!(naming, Naming::Open { .. });
        let found = self.places.get_index_of(self.key.as_slice());
        let at = found.unwrap_or_else(|| {
            self.counts += 1;
            let place = Place::new(is_open);
            self.places.insert_full(self.key.as_slice().into(), place).0
        });
        let (_, place) = self.places.get_index_mut(at)?;
        let name = open.and_then(|open| reduced.holes.names().get(open));
        let books = (&self.callers, &self.origins);
        let name = name.copied().filter(|_| is_open);
        self.counts += place.note((moment, name), known.session, books);
        if naming == (Naming::Open { may_be_cut: true })
            && place.whole_names() > Bounds::of(self.crowded.contains(&(ids.part, ids.class))).names
            && let Some(parents) = form.parents(reduced.holes.names())
        {
            place.cut(parents, books);
        }
        Some(at)
    }

    /// The number of the session plus one, if its calls are told apart from those of other sessions.
    fn session_apart(&mut self, form: u32, known: Known, is_split: bool) -> Option<u32> {
        let Some(session) = known.session else {
            return Some(0);
        };
        let is_apart = is_split || self.is_session_told(form, known.class, session)?;
        Some(if is_apart { session + 1 } else { 0 })
    }

    /// Says whether a session tells something of what runs under the role, in calls of a form.
    fn is_session_told(&mut self, form: u32, class: u32, number: u32) -> Option<bool> {
        let Some(signs) = self.forms.signs_of(form) else {
            return Some(false);
        };
        if let Some(is_told) = self.told.get(&(signs, class, number)) {
            return Some(*is_told);
        }
        let session = self.callers.session_of(class, Some(number))?;
        let signs_of_form = &self.forms.get(form)?.signs;
        let is_told = runtime::is_told_by(&session, signs_of_form, self.catalog);
        self.told.insert((signs, class, number), is_told);
        Some(is_told)
    }
}
