//! From events to usage, a part of the input at a time.

use std::collections::BTreeSet;

use super::Fold;
use crate::catalog::Catalog;
use crate::trail::{Event, InputId};
use crate::usage::{Daily, PartKey, RoleQuery, Usage};

/// Folds a part of the input on a thread of its own.
#[derive(Debug)]
pub struct Folding<'a> {
    /// What came of it so far.
    pub usage: Usage,
    query: &'a RoleQuery,
}

impl<'a> Folding<'a> {
    /// Nothing is folded yet.
    pub fn new(query: &'a RoleQuery) -> Self {
        Self {
            usage: Usage::default(),
            query,
        }
    }
}

impl Fold for Folding<'_> {
    fn event(&mut self, event: Event) {
        self.usage.fold(&event, self.query, Catalog::bundled());
    }
}

/// Folds a part of the input by day and account.
#[derive(Debug)]
pub struct DailyFolding<'a> {
    /// What came of it so far.
    pub daily: Daily,
    input: InputId,
    query: &'a RoleQuery,
    /// For the event history, which has no files: each day of a region counts as one, and these are known already.
    known_days: Option<&'a BTreeSet<InputId>>,
}

impl<'a> DailyFolding<'a> {
    /// Nothing is folded yet. With `known_days`, events are the event history's.
    pub fn new(query: &'a RoleQuery, known_days: Option<&'a BTreeSet<InputId>>) -> Self {
        Self {
            daily: Daily::default(),
            input: InputId::default(),
            query,
            known_days,
        }
    }
}

impl Fold for DailyFolding<'_> {
    fn event(&mut self, event: Event) {
        let mut input = self.input;
        if let Some(known) = self.known_days {
            let part = PartKey::of(&event);
            input = InputId::of_text(&format!("event history {part} {}", event.region));
            if known.contains(&input) {
                return;
            }
        }
        let catalog = Catalog::bundled();
        self.daily.fold(&event, input, self.query, catalog);
    }

    fn input(&mut self, id: InputId) {
        self.input = id;
    }
}
