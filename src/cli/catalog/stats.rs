//! What the catalog covers, by service.

use serde_json::json;

use super::Answer;
use crate::catalog::format::holes;
use crate::catalog::{Catalog, Service, Standing, Visibility};
use crate::report::{Align, columns, grouped};

/// Counts of one service, or of all.
#[derive(Default)]
struct Counts {
    operations: usize,
    mapped: usize,
    without_permission: usize,
    closed: usize,
    unmapped: usize,
    actions: usize,
    with_resources: usize,
    bound: usize,
    shown: usize,
    entries: usize,
    verified: usize,
}

impl Counts {
    fn of(service: &Service) -> Self {
        let standing = |wanted: Standing| {
            let operations = service.operations.iter();
            operations
                .filter(|name| service.standing(name) == wanted)
                .count()
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
        let of_operations = service.exceptions.values().map(|entry| entry.is_verified);
        let of_roles = service.passed_roles.iter().map(|entry| entry.is_verified);
        let of_shared = service.shared_needs.iter().map(|entry| entry.is_verified);
        let entries = of_operations.chain(of_roles).chain(of_shared);
        let known = |name: &&String| service.visibility(name) != Visibility::Unknown;
        Self {
            operations: service.operations.len(),
            mapped: standing(Standing::Mapped),
            without_permission: standing(Standing::NoPermission),
            closed: standing(Standing::Closed),
            unmapped: standing(Standing::Unmapped),
            actions: service.actions.len(),
            with_resources: scoped.clone().count(),
            bound: bound.count(),
            shown: service.operations.iter().filter(known).count(),
            entries: entries.clone().count(),
            verified: entries.filter(|is_verified| *is_verified).count(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.operations += other.operations;
        self.mapped += other.mapped;
        self.without_permission += other.without_permission;
        self.closed += other.closed;
        self.unmapped += other.unmapped;
        self.actions += other.actions;
        self.with_resources += other.with_resources;
        self.bound += other.bound;
        self.shown += other.shown;
        self.entries += other.entries;
        self.verified += other.verified;
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let numbers = [
            self.operations,
            self.mapped,
            self.without_permission,
            self.closed,
            self.unmapped,
            self.shown,
            self.actions,
            self.with_resources,
            self.bound,
            self.entries,
            self.verified,
        ];
        let numbers = numbers.into_iter().map(|number| grouped(number as u64));
        std::iter::once(name.to_owned()).chain(numbers).collect()
    }

    fn json(&self, name: &str) -> serde_json::Value {
        json!({
            "service": name,
            "operations": self.operations,
            "operations_mapped": self.mapped,
            "operations_without_permission": self.without_permission,
            "operations_of_closed_services": self.closed,
            "operations_unmapped": self.unmapped,
            "operations_with_known_visibility": self.shown,
            "actions": self.actions,
            "actions_with_resource_types": self.with_resources,
            "actions_bound": self.bound,
            "entries_by_hand": self.entries,
            "entries_seen_on_a_record": self.verified,
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
        "no permission",
        "closed",
        "unmapped",
        "visible",
        "Actions",
        "scoped",
        "bound",
        "Entries",
        "verified",
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
