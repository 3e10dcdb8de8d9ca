//! Whether a use that was not seen would have shown: by what CloudTrail records, what this input holds, and what runs under
//! the role.

use std::collections::{BTreeMap, BTreeSet};

use super::current::Reach;
use super::{Basis, runtime};
use crate::catalog::{RuntimeKeep, Visibility};
use crate::mapping::unseen_actions;
use crate::usage::{Question, Showing, container};

/// What can be said of an action whose use was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observability {
    /// A use would have shown.
    Shown {
        /// On so many days.
        days: usize,
        /// Because of this.
        because: String,
    },
    /// A use could not have shown.
    Hidden {
        /// The reason.
        why: String,
        /// The type of data events that a trail would have to record to show it.
        data_type: Option<String>,
    },
}

/// Answers for one role.
#[derive(Debug)]
pub struct Observer<'a> {
    basis: Basis<'a>,
    /// Buckets, tables … that the role used or that its policies name.
    known: BTreeSet<String>,
    keeps: BTreeMap<&'a str, (&'a RuntimeKeep, bool)>,
    /// Actions that calls of the role may have needed without the record showing it, and one such call.
    unseen: BTreeMap<&'a str, &'a str>,
}

impl<'a> Observer<'a> {
    /// Prepares the answers.
    pub fn new(basis: Basis<'a>) -> Self {
        let uses = basis.usage.uses.keys();
        let used = uses.filter_map(|used| container(&used.access.resource));
        let places = basis
            .current
            .actions
            .values()
            .flat_map(|grant| &grant.places);
        let patterns: BTreeSet<&str> = places.filter_map(|place| place.reach.pattern()).collect();
        let named = patterns.into_iter().filter_map(container);
        Self {
            basis,
            known: used.chain(named).collect(),
            keeps: runtime::keeps(basis),
            unseen: unseen(basis),
        }
    }

    /// Says whether a use of `action` on the resources of `reach` would have shown.
    pub fn of(&self, action: &str, reach: Option<&Reach>) -> Observability {
        let Basis {
            catalog, coverage, ..
        } = self.basis;
        let hidden = |why: &str, data_type| Observability::Hidden {
            why: why.to_owned(),
            data_type,
        };
        let Some((service, name, fact)) = catalog.action(action) else {
            return hidden("it is not in the catalog", None);
        };
        if let Some((keep, _)) = self.keeps.get(action) {
            return hidden(&keep.why, None);
        }
        if let Some(call) = self.unseen.get(action) {
            let why =
                format!("`{call}`, which was called, may need it without the record showing it");
            return hidden(&why, None);
        }
        let operations = service.operations_needing(name);
        let question = Question {
            event_sources: &service.event_sources,
            operations: &operations,
            is_read: matches!(fact.access_level.as_str(), "Read" | "List"),
            account: &self.basis.usage.role.account,
            resource: reach.and_then(Reach::pattern),
        };
        let mut shown: Option<(usize, String)> = None;
        for visibility in self.classes(action, &service.prefix) {
            match coverage.showing(&visibility, &question, &self.known) {
                Showing::Shown { days, because } => {
                    if shown.as_ref().is_none_or(|(fewest, _)| days < *fewest) {
                        shown = Some((days, because));
                    }
                }
                Showing::Hidden(why) => {
                    return Observability::Hidden {
                        why,
                        data_type: match visibility {
                            Visibility::Data(kind) => Some(kind),
                            _ => None,
                        },
                    };
                }
            }
        }
        match shown {
            Some((days, because)) => Observability::Shown { days, because },
            None => hidden("no call is known to need it", None),
        }
    }

    /// What CloudTrail shows of the action's uses: one class for each kind of operation behind it.
    ///
    /// Data events about another service's resources (directory buckets are those of `s3express`) are no uses of the action on
    /// this service's, if it has such.
    fn classes(&self, action: &str, prefix: &str) -> Vec<Visibility> {
        let catalog = self.basis.catalog;
        let mut classes = catalog.visibilities_of_action(action);
        let family = |class: &Visibility| match class {
            Visibility::Data(kind) => kind.split("::").nth(1).map(str::to_ascii_lowercase),
            _ => None,
        };
        if classes
            .iter()
            .any(|class| family(class).as_deref() == Some(prefix))
        {
            classes.retain(|class| {
                family(class)
                    .is_none_or(|other| other == prefix || catalog.service(&other).is_none())
            });
        }
        classes
    }

    /// The one command that makes a trail record a type of data events.
    pub fn remedy(&self, data_type: &str) -> String {
        let Basis {
            coverage, usage, ..
        } = self.basis;
        let kinds = BTreeSet::from([data_type.to_owned()]);
        coverage.remedy(&kinds, &usage.role.account)
    }

    /// Says of an action whether what runs under the role is seen to be set up so that it uses it.
    pub(super) fn is_kept_by_runtime(&self, action: &str) -> Option<bool> {
        self.keeps.get(action).map(|(_, is_set_up)| *is_set_up)
    }

    /// Buckets, tables … that the role used or that its policies name, and of whose calls the input shows nothing.
    pub(super) fn known(&self) -> &BTreeSet<String> {
        &self.known
    }
}

/// The actions that the calls of the role may have needed without the record showing it: action -> one such call.
fn unseen(basis: Basis<'_>) -> BTreeMap<&str, &str> {
    let uses = basis.usage.uses.keys();
    let operations: BTreeSet<(&str, &str)> = uses
        .map(|used| (used.operation.source.as_str(), used.operation.name.as_str()))
        .collect();
    let actions = operations.into_iter().flat_map(|(source, name)| {
        let actions = unseen_actions(source, name, basis.catalog);
        actions.map(move |action| (action, name))
    });
    actions.collect()
}
