//! Which members of a record's parameters the query keeps, told by the catalog.
//!
//! The catalog knows nine thousand operations, more than a query may hold. So what calls on a service may need is kept of all its
//! operations together, and only those that are called by the million have a list of their own. Keeping more than
//! matters makes more rows, and never another result.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Visibility};
use crate::mapping::{Matters, Members};
use crate::usage::matters;

/// Stands for all members, or all services.
pub(super) const ALL: &str = "*";

/// What is kept of the calls of one operation, or of all of one event source.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kept {
    request: BTreeSet<String>,
    /// Of these only what is there, and not with which texts.
    shown: BTreeSet<String>,
    response: BTreeSet<String>,
    additional: BTreeSet<String>,
    /// The services whose ARNs are kept wherever they stand; none if those of all are.
    services: Option<BTreeSet<String>>,
}

impl Kept {
    fn nothing() -> Self {
        Self {
            services: Some(BTreeSet::new()),
            ..Self::default()
        }
    }

    fn of(matters: &Matters) -> Self {
        let names = |members: &Members| {
            let all = members.is_all.then(|| ALL.to_owned());
            members.names.iter().cloned().chain(all).collect()
        };
        let request: BTreeSet<String> = names(&matters.request);
        let is_shown = |name: &String| matters.is_only_shown(name.as_bytes());
        let (shown, request) = request.into_iter().partition(is_shown);
        Self {
            request,
            shown,
            response: names(&matters.response),
            additional: names(&matters.additional),
            services: matters.arn_services().cloned(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.request.extend(other.request.iter().cloned());
        self.shown.extend(other.shown.iter().cloned());
        self.response.extend(other.response.iter().cloned());
        self.additional.extend(other.additional.iter().cloned());
        match (&mut self.services, &other.services) {
            (Some(mine), Some(others)) => mine.extend(others.iter().cloned()),
            (mine, _) => *mine = None,
        }
    }

    /// The columns, in the order of [`COLUMNS`].
    pub(super) fn texts(&self) -> Vec<String> {
        let shown: BTreeSet<String> = self.shown.difference(&self.request).cloned().collect();
        vec![
            listed(&self.request),
            listed(&shown),
            listed(&self.response),
            listed(&self.additional),
            self.arns(),
        ]
    }

    /// The services, as a part of a regular expression.
    fn arns(&self) -> String {
        match &self.services {
            None => ALL.to_owned(),
            Some(services) => {
                let services: Vec<&str> = services.iter().map(String::as_str).collect();
                services.join("|")
            }
        }
    }

    /// The same without what is kept of all calls anyway.
    fn beyond(&self, all: &Self) -> Self {
        let less = |mine: &BTreeSet<String>, all: &BTreeSet<String>| {
            mine.difference(all).cloned().collect()
        };
        Self {
            request: less(&self.request, &all.request),
            shown: less(&self.shown, &all.shown),
            response: less(&self.response, &all.response),
            additional: less(&self.additional, &all.additional),
            services: self.services.clone(),
        }
    }
}

/// What is kept of each operation: the members of the request, those that are only shown, those of the answer, those of
/// `additionalEventData`, and the ARNs.
pub(super) const COLUMNS: [&str; 5] = ["kept", "shown", "answer", "beside", "arns"];

/// Names with a space around each; nothing for none.
pub(super) fn listed(names: &BTreeSet<String>) -> String {
    if names.contains(ALL) {
        return ALL.to_owned();
    }
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!(" {} ", names.join(" "))
}

/// What is kept of all calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LookedAt {
    /// By event source.
    pub(super) sources: BTreeMap<String, Kept>,
    /// By event source, where it is less, with the names of the operations of which it is kept.
    pub(super) operations: BTreeMap<(String, Kept), BTreeSet<String>>,
    /// Of calls on what the catalog does not know.
    pub(super) others: Kept,
}

impl LookedAt {
    /// Asks the catalog.
    pub(super) fn in_catalog(catalog: &Catalog) -> Self {
        let others = Kept::of(&matters("", "", false, catalog));
        let mut found = Self {
            sources: BTreeMap::new(),
            operations: BTreeMap::new(),
            others,
        };
        for service in catalog
            .prefixes()
            .filter_map(|prefix| catalog.service(prefix))
        {
            let entries = service.exceptions.keys();
            let operations = service.operations.iter().chain(entries);
            let names: BTreeSet<&String> = operations.chain(service.actions.keys()).collect();
            for source in &service.event_sources {
                for name in &names {
                    found.add(source, name, &service.visibility(name), catalog);
                }
            }
        }
        let Self {
            sources,
            operations,
            others,
        } = &mut found;
        operations.retain(|(source, kept), _| sources.get(source) != Some(kept));
        let all = std::mem::take(operations).into_iter();
        let lessened = all.map(|((source, kept), names)| ((source, kept.beyond(others)), names));
        *operations = lessened.collect();
        for kept in sources.values_mut() {
            *kept = kept.beyond(others);
        }
        found
    }

    fn add(&mut self, source: &str, name: &str, visibility: &Visibility, catalog: &Catalog) {
        let is_by_service = name == "AssumeRole";
        let kept = Kept::of(&matters(source, name, is_by_service, catalog));
        let all = self.sources.entry(source.to_owned());
        all.or_insert_with(Kept::nothing).add(&kept);
        if matches!(visibility, Visibility::Data(_) | Visibility::Excludable) {
            let names = self.operations.entry((source.to_owned(), kept));
            names.or_default().insert(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_into_a_query() {
        let found = LookedAt::in_catalog(Catalog::bundled());
        let bytes = |kept: &Kept| kept.texts().iter().map(String::len).sum::<usize>() + 30;
        let of_source = |(source, kept): (&String, &Kept)| source.len() + bytes(kept);
        let sources: usize = found.sources.iter().map(of_source).sum();
        let operations: usize = found
            .operations
            .iter()
            .map(|((source, kept), names)| source.len() + bytes(kept) + listed(names).len())
            .sum();
        // Athena takes 262,144 bytes.
        assert!(sources + operations < 200_000, "{sources} {operations}");
        let is_object = |(source, _): &(String, Kept), names: &BTreeSet<String>| {
            source == "s3.amazonaws.com" && names.contains("GetObject")
        };
        let mut all = found.operations.iter();
        let ((_, object), _) = all.find(|(key, names)| is_object(key, names)).unwrap();
        assert!(object.request.contains("key") && !object.request.contains("host"));
        assert!(found.others.request.contains("bucketname"));
    }
}
