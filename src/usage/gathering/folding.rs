//! Folds what was counted of records that are alike into the usage of their roles.

use std::borrow::Cow;

use super::ids::Ids;
use super::tally::Place;
use super::{Gathering, LOOK_COUNTS, MOST_COUNTS, Map, SEPARATOR};
use crate::usage::calls::Calls;
use crate::usage::daily::Daily;
use crate::usage::evidence::Evidence;
use crate::usage::meaning::Alike;

/// Calls that coverage takes together: their part, their form, and what data events were about.
type Sight = (u32, u32, Option<String>);

impl Gathering<'_> {
    /// Folds the places into their parts.
    pub(super) fn fold_places(&mut self, folded: &mut Daily) {
        let mut sights: Map<Sight, Evidence> = Map::default();
        self.recall.clear();
        let mut places = std::mem::take(&mut self.places);
        // Those of one role come together, so that what is known of it is near.
        places.sort_unstable_keys();
        for (key, place) in places.drain(..) {
            self.fold_place(folded, (&key, place), &mut sights);
        }
        self.places = places;
        for ((part, form, about), evidence) in sights {
            let calls = Calls {
                evidence,
                ..Calls::default()
            };
            if let (Some(key), Some(form)) = (self.parts.get(part), self.forms.get(form)) {
                let coverage = &mut folded.part_mut(key.clone()).usage.coverage;
                coverage.note(&form.event, about.as_deref(), &calls, self.catalog);
            }
        }
        self.counts = 0;
        self.next_look = LOOK_COUNTS;
        if self.forms.is_full() {
            self.forms.forget();
        }
        if self.told.len() > MOST_COUNTS {
            self.told.clear();
        }
    }

    fn fold_place(
        &self,
        folded: &mut Daily,
        (key, place): (&[u8], Place),
        sights: &mut Map<Sight, Evidence>,
    ) -> Option<()> {
        let ids = Ids::read(key)?;
        let form = self.forms.get(ids.form)?;
        let texts = std::str::from_utf8(key.get(Ids::BYTES..)?).ok()?;
        let mut texts = texts.split(char::from(SEPARATOR));
        let (refusal, endpoint) = (texts.next()?, texts.next()?);
        let names: Vec<&str> = texts.collect();
        let books = (&self.callers, &self.origins);
        let (calls, named, cut) = place.finish((form, &names), books);
        let session = self
            .callers
            .session_of(ids.class, ids.session.checked_sub(1));
        let needs = form.needs(&names);
        let about = form.place(&names);
        let mut event = Cow::Borrowed(&form.event);
        if !endpoint.is_empty() {
            event.to_mut().vpc_endpoint = Some(endpoint.to_owned());
        }
        let alike = Alike {
            event: &event,
            meaning: &form.meaning,
            calls: &calls,
            principal: self.callers.class(ids.class)?.principal(),
            session: session.as_ref(),
            // Where a session tells something, its calls are told apart.
            is_session_told: ids.session > 0,
            signs: Some(&form.signs),
            place: about.as_deref(),
            message: Some(refusal),
            needs: &needs,
            named: &named,
            cut: &cut,
        };
        let part = folded.part_mut(self.parts.get(ids.part)?.clone());
        part.usage.fold_covered(&alike, self.query, self.catalog);
        let sight = sights.entry((ids.part, ids.form, about)).or_default();
        sight.add_counts(&calls.evidence);
        Some(())
    }
}
