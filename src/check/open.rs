//! What could not be read of a subject: it is told, so that nobody takes it for checked.

use std::collections::BTreeMap;

use super::held::Held;
use super::{place_in, rules};
use crate::finding::Finding;
use crate::policy::{Document, Effect, Statement};
use crate::template::{Guard, Kind, Unresolved};

/// Says whether all of it is known.
pub(super) fn is_whole(held: &Held<'_>) -> bool {
    held.subject.unresolved.is_empty() && held.unknown.is_empty()
}

/// Tells what could not be read.
pub(super) fn unresolved(held: &Held<'_>) -> Vec<Finding> {
    let subject = held.subject;
    let guards = [
        (&subject.guards.trust, "the trust policy: "),
        (&subject.guards.boundary, "the permissions boundary: "),
    ];
    let of_guards = guards.iter().flat_map(|(guard, prefix)| {
        let notes = guard.iter().flat_map(|guard| guard.unresolved.iter());
        notes.map(move |one| (one, *prefix))
    });
    let own = subject.unresolved.iter().map(|one| (one, ""));
    let told = own
        .chain(of_guards)
        .filter(|(one, _)| one.kind != Kind::Open);
    let told = told.map(|(one, prefix)| {
        let what = format!("{prefix}{}", one.what);
        Finding::not_checked(rules::UNREADABLE, place_in(&one.place, subject), what)
    });
    let unknown = held.unknown.iter().map(|(name, place)| {
        let what = format!(
            "the document of `{name}` is neither in the file nor known as an AWS managed policy"
        );
        Finding::not_checked(rules::UNREADABLE, place.clone(), what)
    });
    told.chain(unknown).collect()
}

/// What is not known of one side, and is not known of the other in the same way.
pub(super) fn differs(new: &Held<'_>, old: &Held<'_>) -> Option<String> {
    if new.unknown.keys().ne(old.unknown.keys()) {
        let has = |held: &Held<'_>, name: &String| held.unknown.contains_key(name);
        let mut names = new.unknown.keys().chain(old.unknown.keys());
        let name = names.find(|name| !(has(new, name) && has(old, name)));
        return name.map(|name| format!("the document of `{name}` is not known"));
    }
    notes_differ(&new.subject.unresolved, &old.subject.unresolved)
}

/// Why two things cannot be compared, of which parts are not known.
pub(super) fn notes_differ(new: &[Unresolved], old: &[Unresolved]) -> Option<String> {
    let (mine, theirs) = (counted(new), counted(old));
    let mut all = new.iter().chain(old).filter(|one| one.kind != Kind::Open);
    let first = all.find(|one| {
        let key = (one.kind, one.what.as_str());
        mine.get(&key) != theirs.get(&key)
    })?;
    Some(format!("{}: {}", first.place, first.what))
}

fn counted(notes: &[Unresolved]) -> BTreeMap<(Kind, &str), usize> {
    let mut counted = BTreeMap::new();
    for one in notes.iter().filter(|one| one.kind != Kind::Open) {
        *counted.entry((one.kind, one.what.as_str())).or_insert(0) += 1;
    }
    counted
}

/// What is not known of either in the same way, if there is something.
pub(super) fn common(held: &Held<'_>) -> Option<String> {
    let unknown = held.unknown.keys().next();
    let unknown = unknown.map(|name| format!("`{name}` allowed it already"));
    unknown.or_else(|| {
        let mut notes = held.subject.unresolved.iter();
        let first = notes.find(|one| one.kind != Kind::Open)?;
        Some(format!(
            "what is not known decides otherwise ({}: {})",
            first.place, first.what
        ))
    })
}

/// Says whether both sides deny the same, so that what both have beside it adds the same to both.
pub(super) fn denies_alike(new: &[&Document], old: &[&Document]) -> bool {
    fn denials<'d>(documents: &[&'d Document]) -> Vec<&'d Statement> {
        let statements = documents.iter().flat_map(|one| &one.statements);
        statements
            .filter(|one| one.effect == Effect::Deny)
            .collect()
    }
    let (mine, theirs) = (denials(new), denials(old));
    mine.iter().all(|one| theirs.contains(one)) && theirs.iter().all(|one| mine.contains(one))
}

/// Says whether a trust policy or boundary is the same in all that is known and in what is not.
pub(super) fn is_same(new: &Guard, old: &Guard) -> bool {
    use crate::template::Content as C;
    let is_same_content = match (&new.content, &old.content) {
        (Some(C::Document(new, _)), Some(C::Document(old, _))) => new == old,
        (Some(C::Managed(new)), Some(C::Managed(old))) => new == old,
        (None, None) => true,
        _ => false,
    };
    is_same_content && notes_differ(&new.unresolved, &old.unresolved).is_none()
}
