//! Decides what to keep of the grants whose use the trail cannot show.
//!
//! What cannot be seen is never called unused. A grant that the current policy names is kept: somebody meant it. Of what only a
//! wildcard grants, data events are kept where the trail records no data event of that service at all, since then nothing is known; the rest
//! (permission-only actions, events of a type that nobody switched on beside others of the service) is reported and not kept.
//! What is kept never reaches what the current policies deny.

mod denied;

use std::collections::{BTreeMap, BTreeSet};

use super::applicability::can_apply;
use super::condition::is_wider;
use super::current::{CurrentGrant, Place, Reach};
use super::observe::{Observability, Observer};
use super::{Basis, Grant, Kept};
use crate::catalog::Visibility;
use crate::pattern::Pattern;
use crate::usage::container;

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
    /// The types of data events that a trail would have to record to show those that are kept.
    pub data_types: BTreeSet<String>,
}

/// What the user wants done with grants that cannot be seen in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HiddenChoice {
    /// Keep them, narrowed where the resources are known from elsewhere.
    #[default]
    Keep,
    /// Drop them all; each is reported.
    Drop,
    /// Keep these actions; each other one is dropped and reported.
    Only(BTreeSet<String>),
}

/// Goes through the current grants that were not seen in use. `known` are grants for other reasons (seen, or the runtime's).
pub(super) fn decide(basis: Basis<'_>, known: &[Grant], choice: &HiddenChoice) -> HiddenGrants {
    let observer = Observer::new(basis);
    let mut hidden = HiddenGrants::default();
    let used: BTreeSet<&str> = basis
        .usage
        .uses
        .keys()
        .map(|used| used.access.action.as_str())
        .collect();
    let mut granted: BTreeMap<&str, Vec<&Grant>> = BTreeMap::new();
    for grant in known {
        granted.entry(&grant.action).or_default().push(grant);
    }
    for (action, grant) in &basis.current.actions {
        let one = One {
            action,
            grant,
            is_used: used.contains(action.as_str()),
            known: granted.get(action.as_str()).map_or(&[][..], Vec::as_slice),
            observer: &observer,
            basis,
        };
        one.decide(choice, &mut hidden);
    }
    hidden
}

/// One action, and all that its fate depends on.
struct One<'a> {
    action: &'a str,
    grant: &'a CurrentGrant,
    is_used: bool,
    known: &'a [&'a Grant],
    observer: &'a Observer<'a>,
    basis: Basis<'a>,
}

impl One<'_> {
    fn decide(&self, choice: &HiddenChoice, hidden: &mut HiddenGrants) {
        let mut kept = Vec::new();
        let mut dropped = BTreeSet::new();
        for place in self.places() {
            let Some((why, data_type)) = self.why_hidden(place) else {
                continue;
            };
            let refused = self.refusal(choice, place);
            let outcome = match refused {
                Some(reason) => Err(reason),
                None => self.keep(place, &why),
            };
            match outcome {
                Ok(grants) => {
                    hidden
                        .data_types
                        .extend(data_type.filter(|_| !grants.is_empty()));
                    kept.extend(grants);
                }
                Err(reason) => {
                    dropped.insert(Dropped {
                        action: self.action.to_owned(),
                        hidden: why,
                        reason,
                    });
                }
            }
        }
        if kept.is_empty() && !self.is_used {
            hidden.dropped.extend(dropped.into_iter().next());
        }
        hidden.kept.extend(kept);
    }

    /// Where a statement names the action, only such statements count: what a wildcard adds beside it was not meant.
    fn places(&self) -> impl Iterator<Item = &Place> {
        let is_named = self.grant.is_named;
        let places = self.grant.places.iter();
        places.filter(move |place| place.is_named || !is_named)
    }

    /// Why a use there could not have been seen; none if it would have been, or was.
    fn why_hidden(&self, place: &Place) -> Option<(String, Option<String>)> {
        // Statements hold actions beside resources that they cannot apply to: nothing is granted there.
        let pattern = place.reach.pattern();
        if pattern.is_some_and(|pattern| !can_apply(self.action, pattern, self.basis.catalog)) {
            return None;
        }
        let Observability::Hidden { why, data_type } =
            self.observer.of(self.action, Some(&place.reach))
        else {
            return None;
        };
        // What was seen in use is known to be recorded, except that a trail may leave out other buckets and tables.
        let is_elsewhere =
            data_type.is_some() && place.reach.pattern().and_then(container).is_some();
        (!self.is_used || is_elsewhere).then_some((why, data_type))
    }

    /// Why a hidden grant is not kept, if it is not.
    fn refusal(&self, choice: &HiddenChoice, place: &Place) -> Option<String> {
        match choice {
            HiddenChoice::Drop => return Some("dropped with `--hidden drop`".to_owned()),
            HiddenChoice::Only(kept) if !kept.contains(self.action) => {
                return Some("you chose not to keep it".to_owned());
            }
            HiddenChoice::Only(_) => return None,
            HiddenChoice::Keep => {}
        }
        if place.is_named || self.observer.is_kept_by_runtime(self.action) == Some(true) {
            return None;
        }
        if self.grant.is_from_everything {
            return Some("granted only by a wildcard over all services".to_owned());
        }
        if self.observer.is_kept_by_runtime(self.action).is_some() {
            return Some(
                "granted only by a wildcard, and nothing shows that it is set up".to_owned(),
            );
        }
        let catalog = self.basis.catalog;
        match catalog.visibility_of_action(self.action) {
            Visibility::Unknown => {
                let is_needed = catalog.is_needed_by_an_operation(self.action);
                let unless = if is_needed {
                    ""
                } else {
                    ", and no call is known to need it"
                };
                Some(format!("granted only by a wildcard{unless}"))
            }
            Visibility::Data(kind) => self.refusal_of_data(&kind),
            Visibility::Management | Visibility::Excludable | Visibility::NeverLogged => None,
        }
    }

    fn refusal_of_data(&self, kind: &str) -> Option<String> {
        let family = |kind: &str| {
            kind.rsplit_once("::")
                .map_or(kind, |(family, _)| family)
                .to_owned()
        };
        let seen = self
            .basis
            .coverage
            .data_types_of(&self.basis.usage.role.account);
        if seen.contains(kind) {
            return Some(
                "granted only by a wildcard, and the trail records it elsewhere".to_owned(),
            );
        }
        let other = seen.into_iter().find(|seen| family(seen) == family(kind))?;
        Some(format!(
            "granted only by a wildcard, and the trail records {other} but not {kind}"
        ))
    }

    /// The grants to keep: as the policy has them, narrowed where more is known, or none where a grant of the action is
    /// already there for a better reason.
    fn keep(&self, place: &Place, why: &str) -> Result<Vec<Kept>, String> {
        let is_granted_within = self
            .known
            .iter()
            .any(|known| place.reach.covers(&Pattern::parse(&known.resource)));
        let is_wide = place.reach.pattern().and_then(container).is_none();
        let is_granted_whole = self.known.iter().any(|known| {
            let own = place.reach.pattern().map(Pattern::parse);
            own.is_some_and(|own| Pattern::parse(&known.resource).covers(&own))
                && is_wider(&known.conditions, &place.conditions)
        });
        if is_granted_whole || (is_granted_within && is_wide) {
            return Ok(Vec::new());
        }
        let kept = |resource: String| Kept {
            action: self.action.to_owned(),
            resource,
            conditions: place.conditions.clone(),
            reason: why.to_owned(),
        };
        let whole = match &place.reach {
            Reach::Pattern(pattern) => vec![kept(pattern.clone())],
            Reach::AllBut(_) => {
                let narrowed = self
                    .narrowed(place)
                    .into_iter()
                    .map(kept)
                    .collect::<Vec<_>>();
                if narrowed.is_empty() {
                    return Err("granted on all but some resources, which a suggestion does not write, and no resource is known".to_owned());
                }
                narrowed
            }
        };
        let denying = &self.basis.current.denying;
        let mut left = Vec::new();
        for grant in whole {
            match denied::restrict(grant, denying) {
                denied::Restricted::Free(grant) => left.push(grant),
                denied::Restricted::Touched => {
                    let parts = self.narrowed(place).into_iter().map(kept);
                    let free = parts.filter_map(|part| match denied::restrict(part, denying) {
                        denied::Restricted::Free(part) => Some(part),
                        denied::Restricted::Touched => None,
                    });
                    left.extend(free);
                }
            }
        }
        if left.is_empty() {
            return Err("the current policies deny it in part or in whole, and no resource is known for which they do not".to_owned());
        }
        Ok(left)
    }

    /// The resources inside a place that the role used or that its policies name, as the action takes them.
    fn narrowed(&self, place: &Place) -> Vec<String> {
        let Some((service, _, fact)) = self.basis.catalog.action(self.action) else {
            return Vec::new();
        };
        let prefix = &service.prefix;
        let is_object = fact.resource_types.iter().any(|kind| kind == "object");
        let mut narrowed = Vec::new();
        for known in self.observer.known() {
            if known.split(':').nth(2) != Some(prefix) {
                continue;
            }
            let text = if prefix == "s3" && is_object {
                format!("{known}/*")
            } else {
                known.clone()
            };
            if place.reach.covers(&Pattern::parse(&text)) {
                narrowed.push(text);
            }
        }
        narrowed
    }
}
