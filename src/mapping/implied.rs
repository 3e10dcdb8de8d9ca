//! Checks hidden inside a call, with evidence in its record: a role that is handed over, a call that a service forwarded.

use std::collections::BTreeMap;

use crate::arn::{Arn, is_account};
use crate::catalog::{Catalog, PassedRole, Service};
use crate::pattern::escape_literal;

use super::call::Call;
use super::operation::Found;
use super::{Access, Mapped, Reason, Scope, Status, path};

const PASS_ROLE: &str = "iam:PassRole";
const PASSED_TO: &str = "iam:PassedToService";

/// Adds `iam:PassRole` for every role whose ARN the request hands over.
pub(super) fn add_passed_roles(
    call: &Call<'_>,
    operation: &Found<'_>,
    catalog: &Catalog,
    mapped: &mut Mapped,
) {
    if mapped.status != Status::Mapped || catalog.action(PASS_ROLE).is_none() {
        return;
    }
    let passed = operation.service.passed_roles.iter();
    for passed in passed.filter(|it| it.operations.contains(&operation.name)) {
        for place in &passed.parameters {
            add_passed_role(call, place, passed, mapped);
        }
    }
}

fn add_passed_role(call: &Call<'_>, place: &str, passed: &PassedRole, mapped: &mut Mapped) {
    if let Some(unseen) = &passed.unseen {
        if path::is_present(call, place) {
            let note = format!("{}: {unseen}", path::shown(place));
            mapped.notes.push(note);
        }
        return;
    }
    for found in path::find(call, place) {
        if is_role(&found.raw) {
            let mut conditions = BTreeMap::new();
            if !passed.to.is_empty() {
                conditions.insert(PASSED_TO.to_owned(), passed.to.clone());
            }
            mapped.accesses.push(Access {
                action: PASS_ROLE.into(),
                resource: (&*escape_literal(&found.raw)).into(),
                scope: Scope::Exact,
                reason: Reason::Implied,
                conditions: conditions.into(),
                rule: path::shown(place).into(),
            });
        } else {
            mapped.notes.push(format!(
                "{} is no role's ARN: `{PASS_ROLE}` may be needed on a role that the record does not name",
                path::shown(place)
            ));
        }
    }
    mapped.notes.dedup();
}

/// Says what the call may have needed without its record showing whether it did.
pub(super) fn note_unseen(operation: &Found<'_>, mapped: &mut Mapped) {
    if mapped.status != Status::Mapped {
        return;
    }
    for unseen in operation.service.unseen_needs_of(&operation.name) {
        let actions: Vec<String> = unseen.actions.iter().map(|it| format!("`{it}`")).collect();
        let note = format!("{} may be needed, {}", actions.join(", "), unseen.when);
        mapped.notes.push(note);
    }
}

/// Says whether `text` is the ARN of a role.
fn is_role(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        let name = arn.resource.strip_prefix("role/");
        arn.service == "iam"
            && arn.region.is_empty()
            && is_account(arn.account)
            && name.is_some_and(|name| !name.is_empty())
    })
}

/// Adds the condition that tells the service which forwarded the call, if one did and the condition knows it.
pub(super) fn add_forwarded(
    call: &Call<'_>,
    service: &Service,
    action: &str,
    conditions: &mut BTreeMap<String, Vec<String>>,
) {
    let Some(forwarded) = &service.forwarded else {
        return;
    };
    if forwarded.except_actions.iter().any(|name| name == action) {
        return;
    }
    let event = call.event;
    let senders = [
        event.caller.invoked_by.as_deref(),
        event.source_address.as_deref(),
    ];
    let is_internal = senders
        .iter()
        .flatten()
        .any(|it| it.eq_ignore_ascii_case("AWS Internal"));
    let named = senders
        .iter()
        .flatten()
        .find_map(|sender| service_of_host(sender));
    let name = named.or_else(|| {
        let mut evidence = forwarded.evidence.iter();
        let shown = evidence.find(|(place, _)| path::is_present(call, place));
        shown.map(|(_, name)| name.as_str()).filter(|_| is_internal)
    });
    let known = name.and_then(|name| forwarded.services.iter().find(|known| *known == name));
    if let (Some(name), Some(region), "aws" | "aws-us-gov") = (known, call.region, call.partition) {
        let value = format!("{name}.{region}.amazonaws.com");
        conditions.insert(forwarded.condition_key.clone(), vec![value]);
    }
}

/// `s3` of `s3.amazonaws.com` and `logs` of `logs.eu-west-1.amazonaws.com`.
fn service_of_host(host: &str) -> Option<&str> {
    let labels = host.strip_suffix(".amazonaws.com")?;
    labels.split('.').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arns_of_roles_are_roles() {
        for role in [
            "arn:aws:iam::111122223333:role/a",
            "arn:aws-cn:iam::111122223333:role/service-role/a",
        ] {
            assert!(is_role(role), "{role}");
        }
        for text in [
            "a",
            "role/a",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:user/a",
            "arn:aws:iam::1111:role/a",
            "arn:aws:iam::*:role/a",
            "arn:aws:sts::111122223333:assumed-role/a/b",
        ] {
            assert!(!is_role(text), "{text}");
        }
    }

    #[test]
    fn hosts_tell_services() {
        assert_eq!(service_of_host("s3.amazonaws.com"), Some("s3"));
        assert_eq!(
            service_of_host("logs.eu-west-1.amazonaws.com"),
            Some("logs")
        );
        assert_eq!(service_of_host("AWS Internal"), None);
        assert_eq!(service_of_host("192.0.2.1"), None);
    }
}
