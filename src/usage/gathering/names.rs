//! Names without end while records are gathered: once a parent has more of them than are kept, only their stable starts count.
//!
//! Records that are alike but for such a name have a parent in common. Where they are more than are kept, the usage is cut
//! to patterns whatever comes later (see [`bounds`](super::super::bounds)); so from then on records may be told apart by what
//! the first cut leaves of their names. It is checked before that mapping does nothing with the name but write it.

use std::hash::BuildHasher as _;

use serde_json::Value;

use super::{Map, Set};
use crate::catalog::Catalog;
use crate::mapping::{self, Mapped, Status};
use crate::pattern::escape_literal;
use crate::trail::{Event, Outcome};
use crate::usage::bounds::parent_start;

/// Another name, to see what mapping makes of it.
const OTHER_NAME: &str = "another/name-of.its_own";

/// What is known of the names below a parent.
#[derive(Debug)]
enum Seen {
    /// Few so far, by their hashes.
    Few(Set<u64>),
    /// So many that their stable starts do.
    Cut,
    /// Told apart, however many they are.
    Whole,
}

/// The parents met, each by the key of its records without their name.
#[derive(Debug, Default)]
pub(super) struct Names(Map<Box<[u8]>, Seen>);

impl Names {
    /// Counts a name; true if it makes them more than `most`, and it has to be judged how they count.
    pub(super) fn is_too_many(&mut self, key: &[u8], name: &str, most: usize) -> bool {
        let Some(seen) = self.0.get_mut(key) else {
            self.0.insert(key.into(), Seen::Few(Set::default()));
            return self.is_too_many(key, name, most);
        };
        let Seen::Few(hashes) = seen else {
            return false;
        };
        hashes.insert(hashes.hasher().hash_one(name));
        hashes.len() > most
    }

    /// Decides how the names of a parent count that has too many.
    pub(super) fn judge(&mut self, key: &[u8], event: &Event, name: &str, catalog: &Catalog) {
        let seen = if is_only_written(event, name, catalog) {
            Seen::Cut
        } else {
            Seen::Whole
        };
        self.0.insert(key.into(), seen);
    }

    pub(super) fn is_cut(&self, key: &[u8]) -> bool {
        matches!(self.0.get(key), Some(Seen::Cut))
    }
}

/// Says whether mapping does nothing with the name but write it behind a parent.
fn is_only_written(event: &Event, name: &str, catalog: &Catalog) -> bool {
    if matches!(event.outcome, Outcome::Denied { .. }) {
        return false;
    }
    let one = mapping::map(event, catalog);
    let other = mapping::map(&renamed(event, name, OTHER_NAME), catalog);
    let written = escape_literal(name);
    let depending = one
        .accesses
        .iter()
        .filter(|access| !other.accesses.contains(access));
    let mut parents = depending.map(|access| {
        let start = parent_start(access)?;
        (access.resource.get(start..)? == written).then_some(())
    });
    let is_behind_parent =
        parents.next().is_some_and(|it| it.is_some()) && parents.all(|parent| parent.is_some());
    one.status == Status::Mapped && is_behind_parent && one == put_back(other, &written)
}

/// The same call with another name.
fn renamed(event: &Event, name: &str, other: &str) -> Event {
    let mut event = event.clone();
    for value in event.request.as_object_mut().into_iter().flatten() {
        if value.1.as_str() == Some(name) {
            *value.1 = Value::from(other);
        }
    }
    for resource in &mut event.resources {
        if let Some(arn) = &mut resource.arn
            && let Some(start) = arn.strip_suffix(name)
            && start.ends_with(['/', ':'])
        {
            *arn = format!("{start}{other}");
        }
    }
    event
}

fn put_back(mut mapped: Mapped, written: &str) -> Mapped {
    for access in &mut mapped.accesses {
        access.resource = access.resource.replace(OTHER_NAME, written);
    }
    mapped.accesses.sort();
    mapped
}
