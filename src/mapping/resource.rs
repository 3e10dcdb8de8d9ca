//! Which resources the needs of an operation are about.
//!
//! Best first: what the need's own bindings find, what AWS wrote into `resources[]`, what the service's bindings find in the
//! parameters, an ARN of a fitting type anywhere in them. A resource type without which the action cannot be called is
//! granted even when nothing names it, by its pattern; one that is only possible is granted when the record names it.

use std::collections::BTreeMap;

use crate::catalog::{Action, Catalog, Need, NeedReason};

use super::call::Call;
use super::evidence::{Evidence, Sources, gather};
use super::operation::Found;
use super::rows::Kind;
use super::target::Target;
use super::{Access, Mapped, Reason, Scope, Status, implied, path, when};

/// Maps all needs of an operation that hold of the call.
pub(super) fn accesses(call: &Call<'_>, operation: &Found<'_>, catalog: &Catalog) -> Mapped {
    let mut mapped = Mapped::without_access(Status::Mapped);
    let extra = operation.service.extra_needs.iter();
    let needs = operation.needs.iter().map(AsRef::as_ref).chain(extra);
    for need in needs.filter(|need| when::holds(call, need.when.as_ref())) {
        add_need(call, operation, need, catalog, &mut mapped);
    }
    if mapped.accesses.is_empty() {
        let reason = format!(
            "the record does not show which action `{}` needed",
            operation.name
        );
        mapped.status = Status::Unmapped(reason);
    }
    mapped
}

fn add_need(
    call: &Call<'_>,
    operation: &Found<'_>,
    need: &Need,
    catalog: &Catalog,
    mapped: &mut Mapped,
) {
    let Some((service, name, action)) = catalog.action(&need.action) else {
        let note = format!("`{}` is not in the catalog", need.action);
        mapped.notes.push(note);
        return;
    };
    let is_own = service.prefix == operation.service.prefix;
    let wanted = Wanted {
        need,
        name,
        action,
        kinds: kinds(call, need, action, service),
        sources: Sources::new(call, need, is_own.then_some(service)),
    };
    let mut conditions = BTreeMap::new();
    for (key, values) in &need.conditions {
        let filled = values
            .iter()
            .map(|it| it.replace("${operation}", &operation.name));
        conditions.insert(key.clone(), filled.collect());
    }
    implied::add_forwarded(call, service, name, &mut conditions);
    let reason = match need.reason {
        NeedReason::Operation => Reason::Operation,
        NeedReason::Implied => Reason::Implied,
    };
    for target in wanted.targets(call, &mut mapped.notes) {
        mapped.accesses.push(Access {
            action: format!("{}:{name}", service.prefix).into(),
            resource: target.resource.into(),
            scope: target.scope,
            reason,
            conditions: conditions.clone().into(),
            rule: target.rule.into(),
        });
    }
}

/// The resource types that a need is about.
fn kinds<'a>(
    call: &Call<'_>,
    need: &'a Need,
    action: &'a Action,
    service: &'a crate::catalog::Service,
) -> Vec<Kind<'a>> {
    let named = need
        .resource_types_from
        .iter()
        .flat_map(|place| path::find(call, place));
    let named: Vec<String> = named.filter_map(|found| found.text).collect();
    let is_wanted = |name: &str| {
        let is_listed = |list: &[String]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
        let is_open = need.resource_types.is_empty() && need.resource_types_from.is_empty();
        is_open || is_listed(&need.resource_types) || is_listed(&named)
    };
    let of_action = action.resource_types.iter();
    of_action
        .filter(|name| is_wanted(name))
        .filter_map(|name| kind(service, name))
        .collect()
}

/// A resource type by its name. The published tables do not always keep its case.
fn kind<'a>(service: &'a crate::catalog::Service, name: &str) -> Option<Kind<'a>> {
    let exact = service.resource_types.get_key_value(name);
    let found = exact.or_else(|| {
        let mut types = service.resource_types.iter();
        types.find(|(known, _)| known.eq_ignore_ascii_case(name))
    });
    found.map(|(name, facts)| Kind {
        name,
        facts,
        service,
    })
}

/// A need, with what is known of its action.
struct Wanted<'a> {
    need: &'a Need,
    name: &'a str,
    action: &'a Action,
    kinds: Vec<Kind<'a>>,
    sources: Sources<'a>,
}

impl Wanted<'_> {
    fn targets(&self, call: &Call<'_>, notes: &mut Vec<String>) -> Vec<Target> {
        if self.action.resource_types.is_empty() {
            return vec![Target {
                resource: "*".to_owned(),
                scope: Scope::Any,
                rule: "the action has no resource types".to_owned(),
            }];
        }
        let evidence: Vec<(Evidence, bool)> = self
            .kinds
            .iter()
            .map(|kind| {
                let is_required = self.is_required(kind.name);
                let evidence = gather(call, *kind, self.need, self.name, &self.sources);
                (evidence, is_required)
            })
            .collect();
        for doubt in evidence.iter().filter_map(|(it, _)| it.doubt) {
            if !notes.iter().any(|note| note == doubt) {
                notes.push(doubt.to_owned());
            }
        }
        let has_named = evidence.iter().any(|(it, _)| it.is_named);
        let mut targets = Vec::new();
        for (evidence, is_required) in &evidence {
            let is_alternative = has_named && evidence.is_named_otherwise;
            if evidence.is_named || (*is_required && !is_alternative) {
                targets.extend(evidence.targets.iter().cloned());
            }
        }
        if !has_named && targets.is_empty() {
            let parts = evidence.iter().filter(|(it, _)| it.is_part);
            targets.extend(parts.flat_map(|(it, _)| it.targets.iter().cloned()));
        }
        if targets.is_empty() {
            targets.push(self.anything());
        }
        targets
    }

    fn is_required(&self, kind: &str) -> bool {
        let required = &self.action.required_types;
        self.kinds.len() == 1 && !self.need.resource_types.is_empty()
            || required
                .iter()
                .any(|known| known.eq_ignore_ascii_case(kind))
            || !self.need.resource_types_from.is_empty()
    }

    fn anything(&self) -> Target {
        let names: Vec<&str> = self.kinds.iter().map(|kind| kind.name).collect();
        let rule = if names.is_empty() {
            "the record names no resource type that the action accepts".to_owned()
        } else {
            format!("the record names none of: {}", names.join(", "))
        };
        Target {
            resource: "*".to_owned(),
            scope: Scope::Unscoped,
            rule,
        }
    }
}
