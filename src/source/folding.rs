//! From events to usage, a share of the input at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Fold;
use crate::catalog::Catalog;
use crate::time::Timestamp;
use crate::trail::{Event, InputId, Parts};
use crate::usage::{Daily, Gathering, Learned, PartKey, RoleQuery, Usage};

/// Folds a share of the input on a thread of its own.
#[derive(Debug)]
pub struct Folding<'a>(Gathering<'a>);

impl<'a> Folding<'a> {
    /// Nothing is folded yet. The threads of one reading share what they learn.
    pub fn new(query: &'a RoleQuery, learned: &Arc<Learned>) -> Self {
        let learned = Arc::clone(learned);
        Self(Gathering::new(query, Catalog::bundled(), learned))
    }

    /// What came of it; not [finished](Usage::finish).
    pub fn usage(self) -> Usage {
        self.0.usage()
    }
}

impl Fold for Folding<'_> {
    fn event(&mut self, event: Event) {
        self.0.event(&event);
    }

    fn record(&mut self, parts: &Parts<'_>, time: Timestamp) -> bool {
        self.0.record(parts, time)
    }

    fn conclude(&mut self) {
        self.0.conclude();
    }
}

/// Folds a share of the input by day and account.
#[derive(Debug)]
pub struct DailyFolding<'a> {
    gathering: Gathering<'a>,
    /// For the event history, which has no files: each day of a region counts as one, and these are known already.
    known_days: Option<&'a BTreeSet<InputId>>,
}

impl<'a> DailyFolding<'a> {
    /// Nothing is folded yet. The threads of one reading share what they learn. With `known_days`, events are the event history's.
    pub fn new(
        query: &'a RoleQuery,
        known_days: Option<&'a BTreeSet<InputId>>,
        learned: &Arc<Learned>,
    ) -> Self {
        let learned = Arc::clone(learned);
        Self {
            gathering: Gathering::daily(query, Catalog::bundled(), learned),
            known_days,
        }
    }

    /// What came of it.
    pub fn daily(self) -> Daily {
        self.gathering.parts()
    }
}

impl Fold for DailyFolding<'_> {
    fn event(&mut self, event: Event) {
        if let Some(known) = self.known_days {
            let part = PartKey::of(&event);
            let input = InputId::of_text(&format!("event history {part} {}", event.region));
            if known.contains(&input) {
                return;
            }
            self.gathering.input(input);
        }
        self.gathering.event(&event);
    }

    fn record(&mut self, parts: &Parts<'_>, time: Timestamp) -> bool {
        self.known_days.is_none() && self.gathering.record(parts, time)
    }

    fn input(&mut self, id: InputId) {
        self.gathering.input(id);
    }

    fn conclude(&mut self) {
        self.gathering.conclude();
    }
}
