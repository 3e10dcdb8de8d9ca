//! What runs under a role, and what a platform calls for it: every action exists, every call is one that the catalog knows.

use std::collections::BTreeMap;

use super::{Complaints, in_folder, read};
use crate::catalog::{Catalog, OpenPart, PlatformRule, Runtime, Sign};

/// Checks `runtimes/`, `platform.json` and `open-parts.json`.
pub(super) fn check(
    files: &BTreeMap<String, String>,
    catalog: &Catalog,
    complaints: &mut Complaints,
) {
    for (name, text) in in_folder(files, "runtimes/") {
        if let Some(runtime) = read::<Runtime>(name, text, complaints) {
            check_runtime(&runtime, name, catalog, complaints);
        }
    }
    let of_file = |name| files.get(name).map(|text| (name, text.as_str()));
    if let Some((name, text)) = of_file("platform.json") {
        for rule in read::<Vec<PlatformRule>>(name, text, complaints).unwrap_or_default() {
            let place = format!("{name}: {}", rule.rule);
            check_texts(&[&rule.why, &rule.source], &place, complaints);
        }
    }
    if let Some((name, text)) = of_file("open-parts.json") {
        for part in read::<Vec<OpenPart>>(name, text, complaints).unwrap_or_default() {
            check_part(&part, name, catalog, complaints);
        }
    }
}

fn check_runtime(runtime: &Runtime, file: &str, catalog: &Catalog, complaints: &mut Complaints) {
    let own = file
        .trim_start_matches("runtimes/")
        .trim_end_matches(".json");
    if runtime.runtime != own {
        let found = &runtime.runtime;
        complaints.add(file, format!("expected the id `{own}`, found `{found}`"));
    }
    for sign in &runtime.signs {
        check_sign(sign, file, catalog, complaints);
    }
    for need in &runtime.needs {
        let place = format!("{file}: needs: {}", need.actions.join(", "));
        check_actions(&need.actions, &place, catalog, complaints);
        check_texts(&[&need.why, &need.source], &place, complaints);
        if need.resource != "*"
            && need.resource.splitn(6, ':').count() < 6
            && !need.resource.starts_with("${")
        {
            let found = &need.resource;
            complaints.add(place, format!("found `{found}`, expected an ARN or `*`"));
        }
    }
    for keep in &runtime.keeps {
        let place = format!("{file}: keeps: {}", keep.actions.join(", "));
        check_actions(&keep.actions, &place, catalog, complaints);
        check_texts(&[&keep.why, &keep.source], &place, complaints);
    }
    for other in &runtime.not_needed {
        let place = format!("{file}: not_needed: {}", other.action);
        check_actions(
            std::slice::from_ref(&other.action),
            &place,
            catalog,
            complaints,
        );
        check_texts(&[&other.why, &other.source], &place, complaints);
    }
}

fn check_sign(sign: &Sign, file: &str, catalog: &Catalog, complaints: &mut Complaints) {
    let place = format!("{file}: signs: {}", sign.sign);
    check_texts(&[&sign.source], &place, complaints);
    let Some(source) = &sign.event_source else {
        return;
    };
    let services = catalog.services_of_event_source(source);
    if services.is_empty() {
        complaints.add(&place, format!("the event source `{source}` is not known"));
    }
    for operation in &sign.operations {
        let is_known = services.iter().any(|service| {
            service.has_operation(operation)
                || service.exceptions.contains_key(operation)
                || service.actions.contains_key(operation)
        });
        if !is_known && !services.is_empty() {
            complaints.add(&place, format!("the operation `{operation}` is not known"));
        }
    }
}

fn check_part(part: &OpenPart, file: &str, catalog: &Catalog, complaints: &mut Complaints) {
    let place = format!("{file}: {}: {}", part.service, part.resource_type);
    let service = catalog.service(&part.service);
    let kind = service.and_then(|service| service.resource_types.get(&part.resource_type));
    let hole = format!("${{{}}}", part.part);
    match kind {
        None => complaints.add(place, "the resource type is not known"),
        Some(kind) if !kind.arns.iter().any(|arn| arn.contains(&hole)) => {
            complaints.add(place, format!("no ARN of it has the part `{}`", part.part));
        }
        Some(_) => {}
    }
}

fn check_actions(actions: &[String], place: &str, catalog: &Catalog, complaints: &mut Complaints) {
    for action in actions.iter().filter(|it| catalog.action(it).is_none()) {
        complaints.add(place, format!("the action `{action}` does not exist"));
    }
}

fn check_texts(texts: &[&String], place: &str, complaints: &mut Complaints) {
    if texts.iter().any(|text| text.trim().is_empty()) {
        complaints.add(place, "expected a reason, and where the fact comes from");
    }
}

#[cfg(test)]
mod tests;
