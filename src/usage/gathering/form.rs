//! What records of one form come to: found once, with the names left as holes, and filled in for each.
//!
//! A form is trusted only if filling the names of its first record in gives what reading that record gives. Names that are
//! holes are so plain that mapping can do nothing with them but write them, so what holds of the first holds of all.

use std::borrow::Cow;

use serde_json::Value;

use super::shared_names::SharedNames;
use crate::catalog::Catalog;
use crate::mapping::{Access, Status};
use crate::pattern::escape_literal;
use crate::trail::{Event, EventKind, Outcome};
use crate::usage::LISTINGS;
use crate::usage::bounds::{Parent, parent_start};
use crate::usage::meaning::{Core, Meaning, Needed};
use crate::usage::runtime;

/// What stands in an open-ended hole while a form is made.
const OPEN_PROBE: &str = "another/name-of.its_own";

/// What stands in any other hole.
const PROBES: [&str; super::likeness::MOST_HOLES] = [
    "polgen-probe-a",
    "polgen-probe-b",
    "polgen-probe-c",
    "polgen-probe-d",
    "polgen-probe-e",
    "polgen-probe-f",
];

/// Finds what an event tells that is mapped already.
pub(super) type Mean<'m> = dyn Fn(&Core, &Event) -> Meaning + 'm;

/// What records of one form have in common.
#[derive(Debug)]
pub(super) struct Form {
    /// With probes in the holes.
    pub(super) event: Event,
    /// Which hole is open-ended.
    open: Option<usize>,
    pub(super) meaning: Meaning,
    needs: Vec<Template>,
    place: Option<Text>,
    pub(super) naming: Naming,
    /// The signs of runtimes that only the session has to bear out.
    pub(super) signs: Box<[u16]>,
}

/// How the open-ended name of a form counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// There is none, or nothing depends on it.
    None,
    /// Like any other name.
    Closed,
    /// By itself: it ends the resources that it stands in. Says whether it may be cut.
    Open { may_be_cut: bool },
}

/// What was needed, with holes in its resource.
#[derive(Debug)]
struct Template {
    needed: Needed,
    resource: Text,
    is_named: bool,
}

/// A text with holes.
#[derive(Debug)]
struct Text(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Hole(usize),
}

/// The names that stand in the holes while a form is made.
pub(super) fn probes(count: usize, open: Option<usize>) -> Vec<&'static str> {
    let mut probes: Vec<&str> = PROBES.into_iter().take(count).collect();
    if let Some(probe) = open.and_then(|at| probes.get_mut(at)) {
        *probe = OPEN_PROBE;
    }
    probes
}

impl Form {
    /// A form without holes.
    pub(super) fn whole(event: Event, core: &Core, mean: &Mean<'_>) -> Self {
        let meaning = mean(core, &event);
        Self::made(event, meaning, (&[], None))
    }

    /// Makes a form of its first record: as it is, with its names, and with probes in their stead, whose core is given. `None` if
    /// more depends on the names than what is written of them.
    pub(super) fn of(
        first: &Event,
        probed: Event,
        (names, open): (&[&str], Option<usize>),
        (core, mean): (&Core, &Mean<'_>),
    ) -> Option<Self> {
        let probes = probes(names.len(), open);
        let meaning = mean(core, &probed);
        let form = Self::made(probed, meaning, (&probes, open));
        let wanted = mean(core, first);
        let known = &form.meaning;
        let is_same = known.rule.map(|rule| &rule.rule) == wanted.rule.map(|rule| &rule.rule)
            && known.assumed == wanted.assumed
            && known.configured == wanted.configured;
        is_same.then_some(form)
    }

    /// Says whether the core of the record with these names is that of the record with probes, but for what is written of them.
    pub(super) fn is_core(
        probed: &Core,
        (names, open): (&[&str], Option<usize>),
        own: &Core,
    ) -> bool {
        let probes = probes(names.len(), open);
        let fill = |needed: &Needed| {
            let resource = Text::of(&needed.access.resource, &probes);
            let mut needed = needed.clone();
            needed.access.resource = resource.fill(names, escape_literal).into();
            needed
        };
        let mut needs: Vec<Needed> = probed.needs.iter().map(fill).collect();
        needs.sort_by(|one, other| one.access.cmp(&other.access));
        let place = probed.place.as_ref();
        let place = place.map(|place| Text::of(place, &probes).fill(names, Cow::Borrowed));
        probed.status == own.status
            && probed.notes == own.notes
            && place == own.place
            && needs == own.needs
    }

    fn made(event: Event, meaning: Meaning, (probes, open): (&[&str], Option<usize>)) -> Self {
        let template = |needed: &Needed| {
            let resource = Text::of(&needed.access.resource, probes);
            Template {
                is_named: open.is_some_and(|open| resource.holds(open)),
                resource,
                needed: needed.clone(),
            }
        };
        let needs: Vec<Template> = meaning.needs.iter().map(template).collect();
        let place = meaning.place.as_ref().map(|place| Text::of(place, probes));
        let signs = if meaning.is_by_session {
            runtime::seen_signs(&event, Catalog::bundled())
        } else {
            Box::default()
        };
        let mut form = Self {
            naming: Naming::None,
            signs,
            open,
            event,
            meaning,
            needs,
            place,
        };
        form.naming = open.map_or(Naming::None, |open| form.naming_of(open));
        form.forget();
        form
    }

    /// Lets go of what is asked for no more.
    fn forget(&mut self) {
        let is_listing = |need: &Needed| LISTINGS.contains(&need.access.action.as_str());
        if !self.meaning.is_by_session && !self.meaning.needs.iter().any(is_listing) {
            self.event.request = Value::Null;
            self.event.response = Value::Null;
        }
        self.event.additional = Value::Null;
        self.event.resources = Vec::new();
        self.meaning.needs = Vec::new();
    }

    /// Takes the names that it has in common with other forms from those that are kept.
    pub(super) fn share(&mut self, names: &mut SharedNames) {
        names.share_operation(&mut self.meaning.operation);
        for need in &mut self.needs {
            names.share(&mut need.needed.access.action);
            names.share(&mut need.needed.access.rule);
        }
    }

    fn naming_of(&self, open: usize) -> Naming {
        if self.place.as_ref().is_some_and(|place| place.holds(open)) {
            return Naming::Closed;
        }
        let mut named = self.needs.iter().filter(|need| need.is_named).peekable();
        if named.peek().is_none() {
            return Naming::None;
        }
        if named.all(|need| need.resource.ends_in(open)) {
            let is_denied = matches!(self.event.outcome, Outcome::Denied { .. });
            Naming::Open {
                may_be_cut: !is_denied,
            }
        } else {
            Naming::Closed
        }
    }

    /// Says whether there is surely a use by itself for each open-ended name.
    pub(super) fn uses_names(&self) -> bool {
        self.naming == Naming::Open { may_be_cut: true }
            && self.meaning.status == Status::Mapped
            && self.meaning.rule.is_none()
            && self.event.kind == EventKind::ApiCall
    }

    /// What all records needed that have these names in their holes.
    pub(super) fn needs(&self, names: &[&str]) -> Vec<Needed> {
        let needs = self.needs.iter().filter(|need| !self.is_apart(need));
        unique(needs.map(|need| need.fill(names)).collect())
    }

    /// The names in the holes, with another open-ended one.
    pub(super) fn renamed<'n>(&self, names: &[&'n str], name: &'n str) -> Vec<&'n str> {
        let mut names = names.to_vec();
        if let Some(slot) = self.open.and_then(|open| names.get_mut(open)) {
            *slot = name;
        }
        names
    }

    /// What the records needed beside that have this open-ended name, or the pattern that stands for many.
    pub(super) fn named_needs(&self, names: &[&str], pattern: Option<&str>) -> Vec<Needed> {
        let needs = self.needs.iter().filter(|need| self.is_apart(need));
        let fill = |need: &Template| {
            let mut needed = need.fill(names);
            if let Some(pattern) = pattern {
                needed.access.resource = (need.resource.fill_but_last(names) + pattern).into();
            }
            needed
        };
        unique(needs.map(fill).collect())
    }

    fn is_apart(&self, need: &Template) -> bool {
        need.is_named && matches!(self.naming, Naming::Open { .. })
    }

    /// What a data event was about.
    pub(super) fn place(&self, names: &[&str]) -> Option<String> {
        let place = self.place.as_ref()?;
        Some(place.fill(names, Cow::Borrowed))
    }

    /// What the open-ended names in these holes stand below; `None` if not all of it is known as a parent.
    pub(super) fn parents(&self, names: &[&str]) -> Option<Vec<Parent>> {
        let named = self.named_needs(names, None);
        let of_access = |access: &Access| {
            let start = parent_start(access)?;
            let template = self
                .needs
                .iter()
                .find(|need| need.is_named && need.needed.access.action == access.action)?;
            let fixed = template.resource.fill_but_last(names);
            (fixed.len() == start).then(|| Parent {
                action: access.action.to_string(),
                resource: fixed,
            })
        };
        named.iter().map(|need| of_access(&need.access)).collect()
    }
}

/// Of names that are the same, what they come to is the same.
fn unique(mut needs: Vec<Needed>) -> Vec<Needed> {
    if needs.len() > 1 {
        needs.sort_by(|one, other| one.access.cmp(&other.access));
        needs.dedup_by(|one, other| one.access == other.access);
    }
    needs
}

impl Template {
    fn fill(&self, names: &[&str]) -> Needed {
        let mut needed = self.needed.clone();
        needed.access.resource = self.resource.fill(names, escape_literal).into();
        needed
    }
}

impl Text {
    fn of(text: &str, probes: &[&str]) -> Self {
        let mut pieces = vec![Piece::Fixed(text.to_owned())];
        for (hole, probe) in probes.iter().enumerate() {
            let mut split = Vec::new();
            for piece in pieces {
                let Piece::Fixed(text) = piece else {
                    split.push(piece);
                    continue;
                };
                for (at, part) in text.split(probe).enumerate() {
                    if at > 0 {
                        split.push(Piece::Hole(hole));
                    }
                    if !part.is_empty() {
                        split.push(Piece::Fixed(part.to_owned()));
                    }
                }
            }
            pieces = split;
        }
        Self(pieces)
    }

    fn holds(&self, hole: usize) -> bool {
        self.0.contains(&Piece::Hole(hole))
    }

    /// Says whether the hole is the last piece and no other, and whether what it stands in is cut off before it.
    fn ends_in(&self, hole: usize) -> bool {
        let Some((last, before)) = self.0.split_last() else {
            return false;
        };
        let is_cut_before = before.iter().any(|piece| match piece {
            Piece::Fixed(text) => text.contains('/'),
            Piece::Hole(_) => false,
        });
        *last == Piece::Hole(hole) && !before.contains(&Piece::Hole(hole)) && is_cut_before
    }

    fn fill<'n>(&self, names: &[&'n str], write: impl Fn(&'n str) -> Cow<'n, str>) -> String {
        let mut text = String::with_capacity(96);
        for piece in &self.0 {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Hole(hole) => {
                    text.push_str(&write(names.get(*hole).copied().unwrap_or_default()));
                }
            }
        }
        text
    }

    fn fill_but_last(&self, names: &[&str]) -> String {
        let mut text = self.fill(names, escape_literal);
        if let Some(Piece::Hole(hole)) = self.0.last() {
            let name = names.get(*hole).copied().unwrap_or_default();
            text.truncate(text.len() - escape_literal(name).len());
        }
        text
    }
}
