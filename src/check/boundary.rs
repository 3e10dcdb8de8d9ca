//! Permissions boundaries: whether a change takes one away, puts another in its place, or lets it allow more.

use std::borrow::Cow;

use super::held::published;
use super::rules::{BOUNDARY_EXCHANGED, BOUNDARY_REMOVED, BOUNDARY_WIDENED};
use super::{open, place_in, shown};
use crate::finding::{Finding, Rule};
use crate::policy::Document;
use crate::policy::prove::{Containment, Options};
use crate::template::{Content, Guard, Kind, Subject, contained_open};

/// The rules that ask what a change does to a boundary.
pub(super) const RULES: [Rule; 3] = [BOUNDARY_EXCHANGED, BOUNDARY_REMOVED, BOUNDARY_WIDENED];

/// Finds what a change lets past the boundary.
pub fn loosened(new: &Subject, old: &Subject, options: &Options<'_>) -> Option<Finding> {
    let before = old.guards.boundary.as_ref()?;
    let Some(now) = &new.guards.boundary else {
        let what = match name(before) {
            Some(name) => format!("the boundary `{name}` is gone"),
            None => "the boundary is gone".to_owned(),
        };
        let place = place_in(&new.place, new);
        return Some(Finding::failed(BOUNDARY_REMOVED, place, what));
    };
    let place = place_in(&now.place, new);
    if open::is_same(now, before) {
        return None;
    }
    if let Some(reason) = unsure(now).or_else(|| unsure(before)) {
        let what = format!("the boundary is not compared with what was there before: {reason}");
        return Some(Finding::not_checked(BOUNDARY_WIDENED, place, what));
    }
    let (Some(document), Some(old_document)) = (document(now), document(before)) else {
        let named =
            |guard| name(guard).map_or("a policy of the file".to_owned(), |one| format!("`{one}`"));
        let what = format!(
            "the boundary is {} now and was {}, and what they allow is not known",
            named(now),
            named(before)
        );
        return Some(Finding::failed(BOUNDARY_EXCHANGED, place, what));
    };
    let unresolved = [&now.unresolved[..], &before.unresolved].concat();
    match contained_open(&[&document], &[&old_document], &unresolved, options) {
        Containment::Contained => None,
        Containment::NotContained(requests) => {
            let what = format!(
                "the boundary allows now and did not before: {}",
                shown(&requests)
            );
            Some(Finding::failed(BOUNDARY_WIDENED, place, what))
        }
        Containment::Unknown(reason) => {
            let what = format!("the boundary is not compared with what was there before: {reason}");
            Some(Finding::not_checked(BOUNDARY_WIDENED, place, what))
        }
    }
}

fn name(guard: &Guard) -> Option<&str> {
    match &guard.content {
        Some(Content::Managed(name)) => Some(name),
        _ => None,
    }
}

/// Why nothing can be proved of a boundary.
fn unsure(guard: &Guard) -> Option<String> {
    let mut notes = guard.unresolved.iter();
    let note = notes.find(|one| one.kind != Kind::Open);
    let note = note.map(|one| format!("{}: {}", one.place, one.what));
    note.or_else(|| {
        guard
            .content
            .is_none()
            .then(|| "it is not known".to_owned())
    })
}

fn document(guard: &Guard) -> Option<Cow<'_, Document>> {
    match guard.content.as_ref()? {
        Content::Document(document, _) => Some(Cow::Borrowed(document)),
        Content::Managed(name) => Some(Cow::Owned(published(name)?.1)),
    }
}
