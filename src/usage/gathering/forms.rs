//! The forms met so far, by their keys.

use std::sync::Arc;

use super::form::{self, Form};
use super::learned::{Known, Learned, Learnt, MOST_FORMS};
use super::likeness::{Likeness, Reduced};
use super::origins::Origins;
use super::{Map, Numbers};
use crate::catalog::Catalog;
use crate::trail::{Caller, Event, Parts};
use crate::usage::meaning::{Core, Meaning};

/// The forms met so far.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// The number of each; none where more than what is written depends on the names.
    numbers: Map<Arc<[u8]>, Option<u32>>,
    all: Vec<Met>,
    /// Signs that forms have together. There are few, so their numbers stay.
    signs: Numbers<Box<[u16]>>,
}

/// A form that was met.
#[derive(Debug)]
struct Met {
    form: Arc<Form>,
    /// The number of its signs.
    signs: u32,
    /// How often it was asked for of late.
    asked: u32,
}

/// A record whose key was made last.
#[derive(Debug)]
pub(super) struct Record<'r, 'p> {
    pub(super) parts: &'r Parts<'p>,
    pub(super) reduced: &'r Reduced<'p>,
    pub(super) likeness: &'r Likeness<'r>,
    /// Anyone with the same needs, and whether what they need is asked for.
    pub(super) caller: (&'r Arc<Caller>, bool),
    pub(super) origins: &'r Origins,
    pub(super) catalog: &'r Catalog,
    pub(super) learned: &'r Learned,
}

impl Record<'_, '_> {
    fn meaning(&self, core: &Core, event: &Event) -> Meaning {
        if self.caller.1 {
            Meaning::with(core.clone(), event, self.catalog)
        } else {
            Meaning::with_bystander(core.clone(), event, self.catalog)
        }
    }

    fn core(&self, event: &Event) -> Core {
        if self.caller.1 {
            Core::of(event, self.catalog)
        } else {
            Core::of_bystander(event)
        }
    }

    /// What mapping finds of the event that it comes to with its own names.
    fn whole_core(&self, event: &Event) -> Arc<Core> {
        let key = self.likeness.core_key(self.reduced, true);
        if let Some(Some(core)) = self.learned.core(&key) {
            return core;
        }
        let core = Arc::new(self.core(event));
        self.learned.keep_core(key, Some(Arc::clone(&core)));
        core
    }

    /// What mapping finds of the event with probes in the stead of names; `None` if more depends on the names than what is written
    /// of them.
    fn probed_core(&self, first: &Event, probed: &Event) -> Option<Arc<Core>> {
        let key = self.likeness.core_key(self.reduced, false);
        if let Some(known) = self.learned.core(&key) {
            return known;
        }
        let holes = (self.reduced.holes.names(), self.reduced.holes.open);
        let core = self.core(probed);
        let is_core = Form::is_core(&core, holes, &self.core(first));
        let core = is_core.then(|| Arc::new(core));
        self.learned.keep_core(key, core.clone());
        core
    }

    /// The event that it comes to, with `names` in its holes.
    fn event(&self, names: &[&str]) -> Option<Event> {
        let telling_of = |number| self.origins.telling_of(number);
        let caller = (self.caller.0, &telling_of as _);
        let likeness = self.likeness;
        likeness.event(self.parts, self.reduced, caller, names)
    }
}

impl Forms {
    pub(super) fn get(&self, number: u32) -> Option<&Form> {
        self.all.get(number as usize).map(|met| met.form.as_ref())
    }

    /// The number of the signs of runtimes that a form has, the same for all with the same signs; `None` if it has none.
    pub(super) fn signs_of(&self, number: u32) -> Option<u32> {
        let met = self.all.get(number as usize)?;
        (!met.form.signs.is_empty()).then_some(met.signs)
    }

    pub(super) fn is_full(&self) -> bool {
        self.all.len() > MOST_FORMS
    }

    /// Says whether there are far more than are kept.
    pub(super) fn is_overfull(&self) -> bool {
        self.all.len() > 2 * MOST_FORMS
    }

    /// Forgets all but those that were asked for most of late; the numbers of these change.
    pub(super) fn forget(&mut self) {
        let mut least = 2;
        let is_many = |least| {
            let asked = self.all.iter().filter(|met| met.asked >= least);
            asked.count() > MOST_FORMS / 2
        };
        while is_many(least) {
            least *= 2;
        }
        let mut numbers: Vec<Option<u32>> = Vec::with_capacity(self.all.len());
        for met in std::mem::take(&mut self.all) {
            let number = u32::try_from(self.all.len()).ok();
            numbers.push(number.filter(|_| met.asked >= least));
            if met.asked >= least {
                self.all.push(Met { asked: 0, ..met });
            }
        }
        self.numbers.retain(|_, number| {
            let kept = number.and_then(|number| *numbers.get(number as usize)?);
            *number = kept;
            kept.is_some()
        });
    }

    /// The number of a record's form, and whether it is of these names alone.
    pub(super) fn of(&mut self, record: &Record<'_, '_>) -> Option<(u32, bool)> {
        match self.numbers.get(record.likeness.key()) {
            Some(Some(number)) => {
                let number = *number;
                self.ask(number);
                return Some((number, false));
            }
            Some(None) => return Some((self.whole(record)?, true)),
            None => {}
        }
        let key = record.likeness.key();
        let known = if let Some(known) = record.learned.form(key) {
            known
        } else {
            record.learned.keep(key, Self::learn(record)?)
        };
        match self.take(known) {
            Some(number) => Some((number, false)),
            None => Some((self.whole(record)?, true)),
        }
    }

    fn ask(&mut self, number: u32) {
        if let Some(met) = self.all.get_mut(number as usize) {
            met.asked = met.asked.saturating_add(1);
        }
    }

    /// Reads and maps a record with its own names, and with others in their stead; `None` if it cannot be read.
    fn learn(record: &Record<'_, '_>) -> Option<Learnt> {
        let mean = |core: &Core, event: &Event| record.meaning(core, event);
        let names = record.reduced.holes.names();
        let first = record.event(names)?;
        let form = if names.is_empty() {
            let core = record.whole_core(&first);
            Some(Form::whole(first, &core, &mean))
        } else {
            let open = record.reduced.holes.open;
            let probed = record.event(&form::probes(names.len(), open))?;
            let core = record.probed_core(&first, &probed);
            core.and_then(|core| Form::of(&first, probed, (names, open), (&core, &mean)))
        };
        let learnt = |form| Learnt::Form(record.learned.shared(form));
        Some(form.map_or(Learnt::ByName, learnt))
    }

    /// The number of the form of a record whose names decide more than what is written.
    fn whole(&mut self, record: &Record<'_, '_>) -> Option<u32> {
        let key = record.likeness.whole_key(record.reduced);
        if let Some(number) = self.numbers.get(key.as_slice()) {
            let number = (*number)?;
            self.ask(number);
            return Some(number);
        }
        let known = if let Some(known) = record.learned.form(&key) {
            known
        } else {
            let event = record.event(record.reduced.holes.names())?;
            let core = record.whole_core(&event);
            let form = Form::whole(event, &core, &|core, event| record.meaning(core, event));
            let form = Learnt::Form(record.learned.shared(form));
            record.learned.keep(&key, form)
        };
        self.take(known)
    }

    /// Takes over what is known of a key; the number of the form, if it has one.
    fn take(&mut self, (key, learnt): Known) -> Option<u32> {
        let number = match learnt {
            Learnt::Form(form) => {
                let number = u32::try_from(self.all.len()).ok()?;
                let signs = self.signs.of(form.signs.clone());
                self.all.push(Met {
                    form,
                    signs,
                    asked: 1,
                });
                Some(number)
            }
            Learnt::ByName => None,
        };
        self.numbers.insert(key, number);
        number
    }
}
