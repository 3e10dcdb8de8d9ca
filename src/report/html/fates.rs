//! What becomes of each action: a row for each that stays or was tried, and one for all of a service that were never used.

use std::collections::BTreeMap;

use super::picture::LEVELS;
use super::{count, day};
use crate::catalog::Catalog;
use crate::diff::{ActionFate, Fate};
use crate::report::{EvidenceEntry, Report, grouped, plural};
use crate::time::Timestamp;

/// What becomes of an action, as the screen's signs tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Kept,
    Narrowed,
    Added,
    KeptHidden,
    RemovedHidden,
    DeniedOnly,
    Removed,
}

impl Standing {
    pub(super) const ALL: [Self; 7] = [
        Self::Kept,
        Self::Narrowed,
        Self::Added,
        Self::KeptHidden,
        Self::RemovedHidden,
        Self::DeniedOnly,
        Self::Removed,
    ];

    pub(super) fn of(fate: &ActionFate) -> Self {
        match (fate.fate, fate.is_granted) {
            (Fate::NotObservable, false) => Self::RemovedHidden,
            (Fate::DeniedOnly, false) => Self::DeniedOnly,
            (_, false) => Self::Removed,
            (Fate::Used, true) => Self::Kept,
            (Fate::Narrowed, true) => Self::Narrowed,
            (Fate::Added, true) => Self::Added,
            (Fate::NotObservable | Fate::DeniedOnly | Fate::Unused, true) => Self::KeptHidden,
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Kept => "=",
            Self::Narrowed => "~",
            Self::Added => "+",
            Self::KeptHidden => "?",
            Self::RemovedHidden => "!",
            Self::DeniedOnly => "x",
            Self::Removed => "−",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Narrowed => "narrowed",
            Self::Added => "added",
            Self::KeptHidden => "kept, use is hidden",
            Self::RemovedHidden => "removed, use is hidden",
            Self::DeniedOnly => "removed, only ever denied",
            Self::Removed => "removed, never used",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Narrowed => "narrowed",
            Self::Added => "added",
            Self::KeptHidden => "kept-hidden",
            Self::RemovedHidden => "removed-hidden",
            Self::DeniedOnly => "denied-only",
            Self::Removed => "removed",
        }
    }
}

/// The table.
#[derive(Debug)]
pub(super) struct FateTable<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// What occurs, and how often, in actions.
    pub(super) counts: Vec<(Standing, usize)>,
    pub(super) actions: usize,
}

/// An action, or several alike.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) standing: Standing,
    pub(super) service: &'a str,
    /// The action, or the title of several.
    pub(super) title: String,
    /// The actions without their service, if they are several.
    pub(super) names: Vec<&'a str>,
    pub(super) level: &'static str,
    pub(super) uses: String,
    pub(super) seen: String,
    pub(super) from: &'a [String],
    pub(super) to: Vec<&'a str>,
    pub(super) policies: &'a [String],
    pub(super) reason: Option<&'a str>,
}

impl<'a> FateTable<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let Some(fates) = &report.fates else {
            return Self::granted(report);
        };
        let mut counts = Vec::new();
        for standing in Standing::ALL {
            let of = fates
                .actions
                .iter()
                .filter(|fate| Standing::of(fate) == standing);
            let number = of.count();
            if number > 0 {
                counts.push((standing, number));
            }
        }
        let (alike, single): (Vec<&ActionFate>, Vec<&ActionFate>) =
            fates.actions.iter().partition(|fate| is_one_of_many(fate));
        let mut rows: Vec<Row<'a>> = single.into_iter().map(row).collect();
        let mut groups: BTreeMap<Alike<'_>, Vec<&ActionFate>> = BTreeMap::new();
        for fate in alike {
            let key = (
                Standing::of(fate),
                service_of(&fate.action),
                fate.reason.as_deref(),
                &fate.from[..],
                &fate.policies[..],
            );
            groups.entry(key).or_default().push(fate);
        }
        rows.extend(groups.into_values().filter_map(|group| together(&group)));
        rows.sort_by_key(|row| row.standing);
        Self {
            rows,
            counts,
            actions: fates.actions.len(),
        }
    }

    /// The table without current policies: what is granted.
    fn granted(report: &'a Report) -> Self {
        let mut by_action: BTreeMap<&str, Vec<&EvidenceEntry>> = BTreeMap::new();
        for entry in &report.evidence {
            by_action.entry(&entry.action).or_default().push(entry);
        }
        let actions = by_action.len();
        let row = |(action, entries): (&'a str, Vec<&'a EvidenceEntry>)| {
            let uses: u64 = entries.iter().map(|entry| entry.count).sum();
            let last = entries.iter().filter_map(|entry| entry.last_seen.as_ref());
            Row {
                standing: Standing::Added,
                service: service_of(action),
                title: action.to_owned(),
                names: Vec::new(),
                level: level_of(action),
                uses: if uses > 0 {
                    grouped(uses)
                } else {
                    "–".to_owned()
                },
                seen: last
                    .max()
                    .map_or_else(|| "hidden".to_owned(), |last| day(Some(last))),
                from: &[],
                to: entries
                    .iter()
                    .map(|entry| entry.resource.as_str())
                    .collect(),
                policies: &[],
                reason: None,
            }
        };
        Self {
            rows: by_action.into_iter().map(row).collect(),
            counts: vec![(Standing::Added, actions)],
            actions,
        }
    }
}

/// What actions of one row have in common: standing, service, reason, resources and policies.
type Alike<'a> = (
    Standing,
    &'a str,
    Option<&'a str>,
    &'a [String],
    &'a [String],
);

/// Says whether nothing is to be said of an action but that it was not seen.
fn is_one_of_many(fate: &ActionFate) -> bool {
    match Standing::of(fate) {
        Standing::RemovedHidden => true,
        Standing::Removed => fate.last_seen.is_none(),
        _ => false,
    }
}

fn service_of(action: &str) -> &str {
    action
        .split_once(':')
        .map_or(action, |(service, _)| service)
}

fn level_of(action: &str) -> &'static str {
    let known = Catalog::bundled().action(action);
    known
        .and_then(|(_, _, facts)| LEVELS.iter().find(|level| **level == facts.access_level))
        .copied()
        .unwrap_or_default()
}

fn row(fate: &ActionFate) -> Row<'_> {
    let is_hidden = fate.fate == Fate::NotObservable;
    Row {
        standing: Standing::of(fate),
        service: service_of(&fate.action),
        title: fate.action.clone(),
        names: Vec::new(),
        level: level_of(&fate.action),
        uses: if is_hidden {
            "–".to_owned()
        } else {
            grouped(fate.uses)
        },
        seen: seen(fate, fate.last_seen.as_ref(), is_hidden),
        from: &fate.from,
        to: fate.to.iter().map(String::as_str).collect(),
        policies: &fate.policies,
        reason: fate.reason.as_deref(),
    }
}

fn seen(fate: &ActionFate, last: Option<&Timestamp>, is_hidden: bool) -> String {
    match last {
        Some(_) if fate.uses > 0 && fate.failed == fate.uses => format!("{}, failed", day(last)),
        Some(_) if fate.uses > 0 => day(last),
        Some(_) => format!("{}, denied", day(last)),
        None if is_hidden => "hidden".to_owned(),
        None if fate.fate == Fate::Added => "–".to_owned(),
        None => "never".to_owned(),
    }
}

/// One row for several actions; they have all but their names in common.
fn together<'a>(group: &[&'a ActionFate]) -> Option<Row<'a>> {
    let first = row(group.first()?);
    if group.len() == 1 {
        return Some(first);
    }
    let name = |fate: &&'a ActionFate| {
        let action = fate.action.as_str();
        action.split_once(':').map_or(action, |(_, name)| name)
    };
    let mut levels: Vec<&str> = group.iter().map(|fate| level_of(&fate.action)).collect();
    levels.sort_unstable();
    levels.dedup();
    Some(Row {
        title: format!(
            "{} of {}",
            plural(group.len(), "action", "actions"),
            first.service
        ),
        names: group.iter().map(name).collect(),
        level: if levels.len() == 1 {
            first.level
        } else {
            "several"
        },
        ..first
    })
}

impl Row<'_> {
    /// Says whether the resources are the same as before, or nothing is known of before.
    pub(super) fn is_same(&self) -> bool {
        self.from.is_empty()
            || self
                .from
                .iter()
                .map(String::as_str)
                .eq(self.to.iter().copied())
    }

    /// How many actions it stands for.
    pub(super) fn number(&self) -> String {
        count(self.names.len().max(1))
    }
}
