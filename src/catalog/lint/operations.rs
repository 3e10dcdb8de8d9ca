//! The hand-written facts about operations: each has a source, and every action it names exists.

use std::collections::BTreeMap;

use super::paths::{Known, check_bindings};
use super::{Checked, Complaints, in_folder, read};
use crate::catalog::{Catalog, Need, Operation, Service, Visibility, VisibilityFact};

/// Checks the operations of one service.
pub(super) fn check(checked: &Checked<'_>, catalog: &Catalog, complaints: &mut Complaints) {
    let service = &checked.service;
    let known = Known::of_all(checked);
    for (name, entry) in &service.exceptions {
        let place = format!("{}: exceptions: {name}", checked.file);
        check_entry(entry, &place, complaints);

        for need in entry.needs.iter().chain(&entry.also) {
            check_need(need, service, catalog, (&known, &place), complaints);
        }
    }
    for need in &service.extra_needs {
        let place = format!("{}: extra_needs", checked.file);
        check_need(need, service, catalog, (&known, &place), complaints);
    }
    check_shared(checked, catalog, &known, complaints);
    check_unseen(checked, catalog, complaints);
    for passed in &service.passed_roles {
        let place = format!("{}: passed_roles", checked.file);
        for operation in passed
            .operations
            .iter()
            .filter(|name| !is_operation(service, name))
        {
            complaints.add(&place, format!("the operation `{operation}` is not known"));
        }
        for path in &passed.parameters {
            known.check(path, &place, complaints);
        }
    }
    if checked.above.contains_key("bindings") && !checked.above.contains_key("bindings_source") {
        complaints.add(
            &checked.file,
            "bindings without `bindings_source`, expected where they come from",
        );
    }
}

/// Checks what operations may need without the record showing it.
fn check_unseen(checked: &Checked<'_>, catalog: &Catalog, complaints: &mut Complaints) {
    let service = &checked.service;
    for unseen in &service.unseen_needs {
        let place = format!(
            "{}: unseen_needs: {}",
            checked.file,
            unseen.operations.join(", ")
        );
        for operation in unseen
            .operations
            .iter()
            .filter(|name| !is_operation(service, name))
        {
            complaints.add(&place, format!("the operation `{operation}` is not known"));
        }
        for action in &unseen.actions {
            let own = action.strip_prefix(&format!("{}:", service.prefix));
            let exists = own.map_or_else(
                || catalog.action(action).is_some(),
                |own| service.actions.contains_key(own),
            );
            if !exists {
                complaints.add(&place, format!("the action `{action}` does not exist"));
            }
        }
        if unseen.when.trim().is_empty() || unseen.source.trim().is_empty() {
            complaints.add(
                &place,
                "expected when it is needed, and where the fact comes from",
            );
        }
    }
}

/// Checks the needs that several operations share: each operation is known, and takes what the need says of it.
fn check_shared(
    checked: &Checked<'_>,
    catalog: &Catalog,
    known: &Known,
    complaints: &mut Complaints,
) {
    let service = &checked.service;
    for shared in &service.shared_needs {
        let place = format!("{}: shared_needs: {}", checked.file, shared.need.action);
        if shared.source.trim().is_empty() {
            complaints.add(&place, "no source, expected where the fact comes from");
        }
        check_need(&shared.need, service, catalog, (known, &place), complaints);
        for operation in shared.operations.keys() {
            if !is_operation(service, operation) {
                complaints.add(&place, format!("the operation `{operation}` is not known"));
            }
            let known = Known::of(checked, operation);
            let place = format!("{place}: {operation}");
            for need in service.shared_needs_of(operation) {
                if need.action == shared.need.action && need.when == shared.need.when {
                    check_need(&need, service, catalog, (&known, &place), complaints);
                }
            }
        }
    }
}

fn check_entry(entry: &Operation, place: &str, complaints: &mut Complaints) {
    if entry
        .source
        .as_deref()
        .unwrap_or_default()
        .trim()
        .is_empty()
    {
        complaints.add(place, "no source, expected where the fact comes from");
    }
    let says_nothing = entry.needs.is_empty()
        && entry.also.is_empty()
        && entry.no_permission.is_none()
        && entry.unmapped.is_none()
        && entry.closed.is_none();
    if says_nothing && entry.visibility.is_none() {
        complaints.add(
            place,
            "the entry says nothing, expected needs, a reason for having none, or a visibility",
        );
    }
    if entry.no_permission.is_some() && !entry.needs.is_empty() {
        complaints.add(
            place,
            "found needs beside `no_permission`, expected one of them",
        );
    }
}

fn check_need(
    need: &Need,
    service: &Service,
    catalog: &Catalog,
    (known, place): (&Known, &str),
    complaints: &mut Complaints,
) {
    if let Some(when) = &need.when {
        known.check_when(when, place, complaints);
    }
    let (prefix, name) = need.action.split_once(':').unwrap_or_default();
    let owner = if prefix == service.prefix {
        Some(service)
    } else {
        catalog.service(prefix)
    };
    let Some((owner, action)) = owner.and_then(|owner| Some((owner, owner.actions.get(name)?)))
    else {
        complaints.add(
            place,
            format!("the action `{}` does not exist", need.action),
        );
        return;
    };
    let templates: Vec<&str> = need
        .templates
        .values()
        .flatten()
        .map(|template| template.arn.as_str())
        .collect();
    check_bindings(
        &need.bindings,
        (owner, &templates),
        known,
        place,
        complaints,
    );
    for kind in need.resource_types.iter().chain(need.templates.keys()) {
        if !action.resource_types.contains(kind) {
            complaints.add(
                place,
                format!("`{}` takes no resource of the type `{kind}`", need.action),
            );
        }
    }
}

fn is_operation(service: &Service, name: &str) -> bool {
    service.has_operation(name)
        || service.exceptions.contains_key(name)
        || service.actions.contains_key(name)
}

/// Checks `visibility.json` against the services and the types of data events.
pub(super) fn check_visibility(
    files: &BTreeMap<String, String>,
    types: Option<&Vec<String>>,
    complaints: &mut Complaints,
) {
    let file = "visibility.json";
    let Some(text) = files.get(file) else { return };
    let Some(facts) = read::<BTreeMap<String, Vec<VisibilityFact>>>(file, text, complaints) else {
        return;
    };
    let services: Vec<Service> = in_folder(files, "services/")
        .filter_map(|(_, text)| serde_json::from_str(text).ok())
        .collect();
    for (prefix, facts) in &facts {
        let service = services.iter().find(|service| service.prefix == *prefix);
        for fact in facts {
            let names = fact.operations.iter().filter(|name| *name != "*");
            for name in
                names.filter(|name| service.is_none_or(|service| !is_operation(service, name)))
            {
                complaints.add(
                    format!("{file}: {prefix}"),
                    format!("`{name}` is neither an operation nor an action"),
                );
            }
            if let (Visibility::Data(kind), Some(types)) = (&fact.visibility, types)
                && !types.contains(kind)
            {
                complaints.add(
                    format!("{file}: {prefix}"),
                    format!("`{kind}` is no type of data events"),
                );
            }
        }
    }
}
