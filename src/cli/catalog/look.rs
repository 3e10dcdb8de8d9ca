//! Look-ups by name: services, actions, resource types, managed policies.

use serde_json::{Value, json};

use super::words::{listed, pairs, shown, table};
use super::{Answer, unknown};
use crate::catalog::{
    Action, Catalog, ManagedPolicy, Service, managed_policy, managed_policy_names,
};
use crate::cli::{Exit, Failure};

/// All services.
pub(super) fn services(catalog: &Catalog) -> Answer {
    let services: Vec<&Service> = catalog
        .prefixes()
        .filter_map(|prefix| catalog.service(prefix))
        .collect();
    let json = services.iter().map(|service| {
        json!({
            "prefix": service.prefix,
            "name": service.name,
            "actions": service.actions.len(),
            "operations": service.operations.len(),
        })
    });
    let rows = services.iter().map(|service| {
        vec![
            service.prefix.clone(),
            service.actions.len().to_string(),
            service.operations.len().to_string(),
            service.name.clone(),
        ]
    });
    Answer {
        json: json!({ "services": json.collect::<Vec<_>>() }),
        lines: table(
            &["Prefix", "Actions", "Operations", "Service"],
            rows.collect(),
        ),
    }
}

/// A service, an action, a pattern of actions, or an AWS managed policy.
pub(super) fn name(catalog: &Catalog, name: &str) -> Result<Answer, Failure> {
    if let Some(found) = catalog.service(name) {
        return Ok(service(found));
    }
    if let Some((owner, known, found)) = catalog.action(name) {
        return Ok(action(catalog, owner, known, found));
    }
    if let Some(policy) = managed_policy(name) {
        return policy_answer(&policy);
    }
    if name.contains(['*', '?']) {
        let found = catalog.expand(name);
        if !found.is_empty() {
            return Ok(Answer {
                json: json!({ "actions": found }),
                lines: found,
            });
        }
    }
    Err(nothing(catalog, name))
}

/// What is said of a name that is none.
fn nothing(catalog: &Catalog, name: &str) -> Failure {
    if name.starts_with("arn:") {
        return unknown(
            "AWS managed policy",
            name,
            managed_policy_names().iter().map(String::as_str),
        );
    }
    let Some((prefix, action)) = name.split_once(':') else {
        let policies = managed_policy_names();
        let prefixes: Vec<&str> = catalog.prefixes().collect();
        let known = policies.iter().map(String::as_str).chain(prefixes);
        return unknown("service or AWS managed policy", name, known);
    };
    match catalog.service(prefix) {
        None => unknown("service", prefix, catalog.prefixes()),
        Some(service) => {
            let near = service.actions.keys().map(String::as_str);
            unknown(&format!("action of `{}`", service.prefix), action, near)
        }
    }
}

fn service(service: &Service) -> Answer {
    let seen = |action: &str| {
        Catalog::bundled().visibility_of_action(&format!("{}:{action}", service.prefix))
    };
    let mut lines = vec![
        format!("{}: {}", service.prefix, service.name),
        String::new(),
    ];
    lines.extend(pairs(&[("Recorded as", service.event_sources.join(", "))]));
    lines.push(String::new());
    let types = service
        .resource_types
        .iter()
        .map(|(name, kind)| vec![name.clone(), kind.arns.join(" or ")]);
    lines.extend(table(&["Resource type", "ARN"], types.collect()));
    lines.push(String::new());
    let actions = service.actions.iter().map(|(name, action)| {
        let types = listed(&action.resource_types, "*");
        vec![
            name.clone(),
            action.access_level.clone(),
            shown(&seen(name)),
            types,
        ]
    });
    lines.extend(table(
        &["Action", "Level", "CloudTrail shows", "Resource types"],
        actions.collect(),
    ));
    let json = json!({
        "prefix": service.prefix,
        "name": service.name,
        "event_sources": service.event_sources,
        "resource_types": service.resource_types.iter().map(|(name, kind)| json!({ "name": name, "arns": kind.arns })).collect::<Vec<_>>(),
        "actions": service.actions.iter().map(|(name, action)| action_json(service, name, action)).collect::<Vec<_>>(),
        "operations": service.operations,
    });
    Answer { json, lines }
}

fn action_json(service: &Service, name: &str, action: &Action) -> Value {
    let full = format!("{}:{name}", service.prefix);
    let classes = Catalog::bundled().visibilities_of_action(&full);
    json!({
        "action": full,
        "access_level": action.access_level,
        "resource_types": action.resource_types,
        "required_types": action.required_types,
        "condition_keys": action.condition_keys,
        "needed_by": service.operations_needing(name),
        "visibility": classes.iter().map(shown).collect::<Vec<_>>(),
    })
}

fn action(catalog: &Catalog, service: &Service, name: &str, action: &Action) -> Answer {
    let full = format!("{}:{name}", service.prefix);
    let classes: Vec<String> = catalog
        .visibilities_of_action(&full)
        .iter()
        .map(shown)
        .collect();
    let needing: Vec<String> = service
        .operations_needing(name)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut lines = vec![full, String::new()];
    lines.extend(pairs(&[
        ("Level", action.access_level.clone()),
        (
            "Condition keys",
            listed(&action.condition_keys, "only the global ones"),
        ),
        ("Needed by", listed(&needing, "no operation that is known")),
        ("CloudTrail shows", classes.join(", or ")),
    ]));
    lines.push(String::new());
    if action.resource_types.is_empty() {
        lines.push("IAM takes only `*` as its resource.".to_owned());
    } else {
        let rows = action.resource_types.iter().map(|kind| {
            let arns = service
                .resource_types
                .get(kind)
                .map(|kind| kind.arns.join(" or "));
            let required = if action.required_types.contains(kind) {
                "required"
            } else {
                ""
            };
            vec![kind.clone(), required.to_owned(), arns.unwrap_or_default()]
        });
        lines.extend(table(&["Resource type", "", "ARN"], rows.collect()));
    }
    Answer {
        json: action_json(service, name, action),
        lines,
    }
}

/// One resource type of a service, and the actions that take it.
pub(super) fn resource_type(
    catalog: &Catalog,
    prefix: &str,
    kind: &str,
) -> Result<Answer, Failure> {
    let service = catalog
        .service(prefix)
        .ok_or_else(|| unknown("service", prefix, catalog.prefixes()))?;
    let found = service
        .resource_types
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind));
    let Some((name, facts)) = found else {
        let known = service.resource_types.keys().map(String::as_str);
        return Err(unknown(
            &format!("resource type of `{}`", service.prefix),
            kind,
            known,
        ));
    };
    let taking = service
        .actions
        .iter()
        .filter(|(_, action)| action.resource_types.contains(name));
    let taking: Vec<String> = taking
        .map(|(action, _)| format!("{}:{action}", service.prefix))
        .collect();
    let mut lines = vec![format!("{} {name}", service.prefix), String::new()];
    lines.extend(facts.arns.iter().cloned());
    lines.push(String::new());
    lines.extend(taking.iter().cloned());
    let json =
        json!({ "service": service.prefix, "name": name, "arns": facts.arns, "actions": taking });
    Ok(Answer { json, lines })
}

fn policy_answer(policy: &ManagedPolicy) -> Result<Answer, Failure> {
    let document: Value = serde_json::from_str(&policy.document)
        .map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", policy.name)))?;
    let mut lines = vec![policy.name.clone(), String::new()];
    lines.extend(pairs(&[
        ("ARN", policy.arn.clone()),
        ("Version", policy.version.clone()),
        ("Updated", policy.updated.clone()),
    ]));
    lines.push(String::new());
    lines.extend(format!("{document:#}").lines().map(str::to_owned));
    let json = json!({
        "name": policy.name,
        "arn": policy.arn,
        "version": policy.version,
        "updated": policy.updated,
        "document": document,
    });
    Ok(Answer { json, lines })
}
