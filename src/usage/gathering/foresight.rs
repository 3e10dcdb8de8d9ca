//! Cuts names before they are folded, where it is certain that they will be cut.
//!
//! A million names would be written out as a million uses only to be cut to a few patterns at once.

use super::callers::Callers;
use super::form::{Form, Naming};
use super::ids::Ids;
use super::origins::Origins;
use super::tally::Place;
use super::{Gathering, Map, SEPARATOR};
use crate::trail::Caller;
use crate::usage::bounds::{Bounds, MOST_USES, MOST_USES_OF_ROLE};

impl Gathering<'_> {
    /// Cuts names that would be cut once they are folded: where one share of the input alone has too many, all of it has.
    pub(super) fn foresee(&mut self) {
        // Sessions of one role that are kept apart may differ in this.
        if self.query.is_split_by_session {
            return;
        }
        let mut most: Map<u32, Map<&str, usize>> = Map::default();
        for (key, place) in &self.places {
            let Some(ids) = Ids::read(key).filter(|_| place.whole_names() > 0) else {
                continue;
            };
            let uses_names = self.forms.get(ids.form).is_some_and(Form::uses_names);
            let caller = self.callers.class(ids.class);
            if let Some(role) = caller.and_then(Caller::principal)
                && uses_names
                && Callers::is_asked(ids.class)
            {
                // Two places may have the same names.
                let known = most.entry(ids.part).or_default();
                let names = known.entry(role.arn.as_str()).or_default();
                *names = place.whole_names().max(*names);
            }
        }
        for (part, roles) in most {
            if roles.values().sum::<usize>() <= MOST_USES {
                continue;
            }
            let crowding = roles
                .iter()
                .filter(|(_, names)| **names > MOST_USES_OF_ROLE);
            let arns = crowding.map(|(arn, _)| *arn).collect();
            for class in self.callers.classes_of(&arns) {
                self.crowded.insert((part, class));
            }
        }
        self.counts = 0;
        let books = (&self.callers, &self.origins);
        for (key, place) in &mut self.places {
            if let Some(ids) = Ids::read(key)
                && self.crowded.contains(&(ids.part, ids.class))
                && let Some(form) = self.forms.get(ids.form)
            {
                cut_if_many((key, place), form, books);
            }
            self.counts += 1 + place.names();
        }
    }
}

/// Cuts the names of a place of a role of which only few are kept.
fn cut_if_many((key, place): (&[u8], &mut Place), form: &Form, books: (&Callers, &Origins)) {
    let may_be_cut = form.naming == Naming::Open { may_be_cut: true };
    if !may_be_cut || place.whole_names() <= Bounds::of(true).names {
        return;
    }
    let texts = key.get(Ids::BYTES..).map(std::str::from_utf8);
    let Some(Ok(texts)) = texts else { return };
    let names: Vec<&str> = texts.split(char::from(SEPARATOR)).skip(2).collect();
    if let Some(parents) = form.parents(&names) {
        place.cut(parents, books);
    }
}
