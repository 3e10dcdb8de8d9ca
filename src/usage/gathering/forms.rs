//! The forms met so far, by their keys.

use std::sync::Arc;

use super::Map;
use super::form::{self, Form};
use super::learned::{Known, Learned, MOST_FORMS};
use super::likeness::{Likeness, Reduced};
use super::origins::Origins;
use crate::catalog::Catalog;
use crate::trail::{Caller, Event, Parts};
use crate::usage::meaning::Meaning;

/// The forms met so far.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// The number of each; none where more than what is written depends on the names.
    numbers: Map<Arc<[u8]>, Option<u32>>,
    all: Vec<Arc<Form>>,
}

/// A record whose key was made last.
#[derive(Debug)]
pub(super) struct Record<'r, 'p> {
    pub(super) parts: &'r Parts<'p>,
    pub(super) reduced: &'r Reduced<'p>,
    pub(super) likeness: &'r Likeness<'r>,
    /// Anyone with the same needs, and whether what they need is asked for.
    pub(super) caller: (&'r Caller, bool),
    pub(super) origins: &'r Origins,
    pub(super) catalog: &'r Catalog,
    pub(super) learned: &'r Learned,
}

impl Record<'_, '_> {
    fn meaning(&self, event: &Event) -> Meaning {
        if self.caller.1 {
            Meaning::of(event, self.catalog)
        } else {
            Meaning::of_bystander(event, self.catalog)
        }
    }

    /// The event that it comes to, with `names` in its holes.
    fn event(&self, names: &[&str]) -> Option<Event> {
        let telling_of = |number| self.origins.telling_of(number);
        let caller = (self.caller.0.clone(), &telling_of as _);
        let likeness = self.likeness;
        likeness.event(self.parts, self.reduced, caller, names)
    }
}

impl Forms {
    pub(super) fn get(&self, number: u32) -> Option<&Form> {
        self.all.get(number as usize).map(AsRef::as_ref)
    }

    pub(super) fn is_full(&self) -> bool {
        self.all.len() > MOST_FORMS
    }

    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.all.clear();
    }

    /// The number of a record's form.
    pub(super) fn of(&mut self, record: &Record<'_, '_>) -> Option<u32> {
        match self.numbers.get(record.likeness.key()) {
            Some(Some(number)) => return Some(*number),
            Some(None) => return self.whole(record),
            None => {}
        }
        let key = record.likeness.key();
        let known = match record.learned.form(key) {
            Some(known) => known,
            None => record.learned.keep(key, Self::made(record)?.map(Arc::new)),
        };
        match self.take(known)? {
            Some(number) => Some(number),
            None => self.whole(record),
        }
    }

    /// Makes the form of a record; no form, if more than what is written depends on its names.
    fn made(record: &Record<'_, '_>) -> Option<Option<Form>> {
        let names = record.reduced.holes.names();
        let first = record.event(names)?;
        if names.is_empty() {
            let mean = |event: &Event| record.meaning(event);
            return Some(Some(Form::whole(first, &mean)));
        }
        let open = record.reduced.holes.open;
        let probed = record.event(&form::probes(names.len(), open))?;
        let mean = |event: &Event| record.meaning(event);
        Some(Form::of(&first, probed, (names, open), &mean))
    }

    /// The number of the form of a record whose names decide more than what is written.
    fn whole(&mut self, record: &Record<'_, '_>) -> Option<u32> {
        let key = record.likeness.whole_key(record.reduced);
        if let Some(number) = self.numbers.get(key.as_slice()) {
            return *number;
        }
        let known = match record.learned.form(&key) {
            Some(known) => known,
            None => {
                let event = record.event(record.reduced.holes.names())?;
                let form = Form::whole(event, &|event| record.meaning(event));
                record.learned.keep(&key, Some(Arc::new(form)))
            }
        };
        self.take(known)?
    }

    /// Takes over what is known, and gives the form's number, if it is one; nothing if there are too many.
    fn take(&mut self, (key, form): Known) -> Option<Option<u32>> {
        let number = match form {
            Some(form) => {
                let number = u32::try_from(self.all.len()).ok()?;
                self.all.push(form);
                Some(number)
            }
            None => None,
        };
        self.numbers.insert(key, number);
        Some(number)
    }
}
