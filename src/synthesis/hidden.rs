//! Decides what to keep of the grants whose use the trail cannot show.
//!
//! What cannot be seen is never called unused. A grant that the current policy names is kept: somebody meant it. Of what only a
//! wildcard grants, data events are kept where the trail records no data event of that service at all, since then nothing is known; the rest
//! (permission-only actions, events of a type that nobody switched on beside others of the service) is reported and not kept.

use std::collections::BTreeSet;

use super::current::{CurrentGrant, Observability, observability};
use super::{Basis, Grant, Kept};
use crate::catalog::Visibility;
use crate::pattern::Pattern;

/// A grant that the trail cannot show and that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dropped {
    /// The full action.
    pub action: String,
    /// Why its use cannot be seen.
    pub hidden: String,
    /// Why it is not kept all the same.
    pub reason: String,
}

/// What becomes of the grants that cannot be seen in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiddenGrants {
    /// Kept, on the narrowest resources known.
    pub kept: Vec<Kept>,
    /// Not kept, and said so.
    pub dropped: Vec<Dropped>,
}

/// What the user wants done with grants that cannot be seen in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenChoice {
    /// Keep them, narrowed where the resources are known from elsewhere.
    #[default]
    Keep,
    /// Drop them all; each is reported.
    Drop,
}

/// Goes through the current grants that were not seen in use. `known` are grants for other reasons (seen, or the runtime's).
pub(super) fn decide(basis: Basis<'_>, known: &[Grant], choice: HiddenChoice) -> HiddenGrants {
    let used: BTreeSet<&str> = basis
        .usage
        .uses
        .keys()
        .map(|used| used.access.action.as_str())
        .collect();
    let mut hidden = HiddenGrants::default();
    for (action, grant) in &basis.current.actions {
        if used.contains(action.as_str()) {
            continue;
        }
        let Observability::Hidden(why) = observability(
            action,
            &basis.usage.role.account,
            basis.coverage,
            basis.catalog,
        ) else {
            continue;
        };
        match refusal(action, grant, basis, choice) {
            Some(reason) => hidden.dropped.push(Dropped {
                action: action.clone(),
                hidden: why,
                reason,
            }),
            None => hidden.kept.extend(kept(action, grant, known, &why)),
        }
    }
    hidden
}

/// Why a hidden grant is not kept, if it is not.
fn refusal(
    action: &str,
    grant: &CurrentGrant,
    basis: Basis<'_>,
    choice: HiddenChoice,
) -> Option<String> {
    if choice == HiddenChoice::Drop {
        return Some("dropped with `--hidden drop`".to_owned());
    }
    if grant.places.is_empty() && grant.is_negated {
        return Some(
            "granted on all but some resources, which a suggestion does not write".to_owned(),
        );
    }
    if grant.is_named {
        return None;
    }
    if grant.is_from_everything {
        return Some("granted only by a wildcard over all services".to_owned());
    }
    match basis.catalog.visibility_of_action(action) {
        Visibility::Unknown => {
            let is_needed = basis.catalog.is_needed_by_an_operation(action);
            let unless = if is_needed {
                ""
            } else {
                ", and no call is known to need it"
            };
            Some(format!("granted only by a wildcard{unless}"))
        }
        Visibility::Data(kind) => {
            let family = kind
                .rsplit_once("::")
                .map_or(kind.as_str(), |(family, _)| family);
            let is_family = |seen: &str| {
                seen.rsplit_once("::")
                    .is_some_and(|(other, _)| other == family)
            };
            let seen = basis.coverage.data_types_of(&basis.usage.role.account);
            let other = seen.into_iter().find(|seen| is_family(seen))?;
            Some(format!(
                "granted only by a wildcard, and the trail records {other} but not {kind}"
            ))
        }
        Visibility::Management | Visibility::Excludable | Visibility::NeverLogged => None,
    }
}

/// The grants to keep: as the policy has them, or none where a grant of the action is already there for a better reason.
///
/// Where a statement names the action, only such statements count: what a wildcard adds beside it was not meant.
fn kept(action: &str, grant: &CurrentGrant, known: &[Grant], why: &str) -> Vec<Kept> {
    let is_granted_within = |resource: &String| {
        let wide = Pattern::parse(resource);
        known
            .iter()
            .any(|known| known.action == action && wide.covers(&Pattern::parse(&known.resource)))
    };
    let places = grant
        .places
        .iter()
        .filter(|place| place.is_named || !grant.is_named);
    places
        .filter(|place| !is_granted_within(&place.resource))
        .map(|place| Kept {
            action: action.to_owned(),
            resource: place.resource.clone(),
            conditions: place.conditions.clone(),
            reason: why.to_owned(),
        })
        .collect()
}
