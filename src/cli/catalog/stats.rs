//! What the catalog covers, by service.

use serde_json::json;

use super::Answer;
use crate::catalog::format::holes;
use crate::catalog::{Catalog, Operation, Service, Visibility};
use crate::report::{Align, columns, grouped};

/// Counts of one service, or of all.
#[derive(Default)]
struct Counts {
    operations: usize,
    mapped: usize,
    explained: usize,
    actions: usize,
    with_resources: usize,
    bound: usize,
    shown: usize,
}

impl Counts {
    fn of(service: &Service) -> Self {
        let is_mapped = |name: &&String| {
            let entry = service.exceptions.get(*name);
            let says = |entry: &Operation| !entry.needs.is_empty() || entry.no_permission.is_some();
            entry.is_some_and(says)
                || (service.action(name).is_some()
                    && entry.is_none_or(|entry| entry.unmapped.is_none()))
        };
        let is_explained = |name: &&String| {
            let entry = service.exceptions.get(*name);
            entry.is_some_and(|entry| entry.unmapped.is_some())
        };
        let scoped = service
            .actions
            .values()
            .filter(|action| !action.resource_types.is_empty());
        let bound = scoped.clone().filter(|action| {
            action
                .resource_types
                .iter()
                .any(|kind| is_bound(service, kind))
        });
        let known = |name: &&String| service.visibility(name) != Visibility::Unknown;
        Self {
            operations: service.operations.len(),
            mapped: service.operations.iter().filter(is_mapped).count(),
            explained: service.operations.iter().filter(is_explained).count(),
            actions: service.actions.len(),
            with_resources: scoped.clone().count(),
            bound: bound.count(),
            shown: service.operations.iter().filter(known).count(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.operations += other.operations;
        self.mapped += other.mapped;
        self.explained += other.explained;
        self.actions += other.actions;
        self.with_resources += other.with_resources;
        self.bound += other.bound;
        self.shown += other.shown;
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let numbers = [
            self.operations,
            self.mapped,
            self.explained,
            self.shown,
            self.actions,
            self.with_resources,
            self.bound,
        ];
        let numbers = numbers.into_iter().map(|number| grouped(number as u64));
        std::iter::once(name.to_owned()).chain(numbers).collect()
    }

    fn json(&self, name: &str) -> serde_json::Value {
        json!({
            "service": name,
            "operations": self.operations,
            "operations_mapped": self.mapped,
            "operations_unmapped_with_reason": self.explained,
            "operations_with_known_visibility": self.shown,
            "actions": self.actions,
            "actions_with_resource_types": self.with_resources,
            "actions_bound": self.bound,
        })
    }
}

/// Says whether some request can name a resource of this type: by its whole ARN, or by all the parts of one format.
fn is_bound(service: &Service, kind: &str) -> bool {
    let all = || {
        service
            .bindings_by_operation
            .values()
            .chain([&service.bindings])
    };
    let has = |key: &str| all().any(|bindings| bindings.contains_key(key));
    let Some(facts) = service.resource_types.get(kind) else {
        return false;
    };
    let templates = facts.templates.iter().map(|template| template.arn.as_str());
    let mut formats = facts.arns.iter().map(String::as_str).chain(templates);
    has(&format!("@{kind}"))
        || has("@*")
        || formats
            .any(|format| holes(format).all(|hole| has(hole) || has(&format!("{kind}.{hole}"))))
}

/// Counts all services.
pub(super) fn stats(catalog: &Catalog) -> Answer {
    let header = [
        "Service",
        "Operations",
        "mapped",
        "unmapped, why",
        "visible",
        "Actions",
        "scoped",
        "bound",
    ];
    let mut rows: Vec<Vec<String>> = vec![header.iter().map(|&cell| cell.to_owned()).collect()];
    let mut json = Vec::new();
    let mut total = Counts::default();
    for service in catalog
        .prefixes()
        .filter_map(|prefix| catalog.service(prefix))
    {
        let counts = Counts::of(service);
        rows.push(counts.cells(&service.prefix));
        json.push(counts.json(&service.prefix));
        total.add(&counts);
    }
    rows.push(total.cells("all"));
    let mut align = vec![Align::Right; header.len()];
    align.splice(..1, [Align::Left]);
    Answer {
        json: json!({ "services": json, "total": total.json("all") }),
        lines: columns(&rows, &align),
    }
}
