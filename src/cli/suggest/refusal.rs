//! When there is nothing to suggest: who was meant, what was seen instead, and why no policy is written.

use std::collections::BTreeMap;

use crate::cli::principal::root;
use crate::cli::{Exit, Failure};
use crate::nearest::nearest;
use crate::report::{PolicyEntry, grouped, plural};
use crate::time::{Window, day_of};
use crate::usage::{Denial, DeniedCall, PrincipalKind, RoleQuery, RoleUsage, Usage};

/// Finds the one role or user that was asked for.
pub(in crate::cli) fn choose<'a>(
    usage: &'a Usage,
    query: &RoleQuery,
    window: Window,
) -> Result<&'a RoleUsage, Failure> {
    let word = query.kind.as_str();
    let mut found = usage.roles.values().filter(|role| role.events > 0);
    match (found.next(), found.next()) {
        (Some(role), None) => Ok(role),
        (None, _) => Err(no_event(usage, query, window)),
        (Some(_), Some(_)) => {
            let mut failure = Failure::new(
                Exit::Failed,
                format!(
                    "`{}` is the name of several {word}s in this trail",
                    query.shown()
                ),
            );
            for role in usage.roles.values() {
                failure = failure.detail(format!(
                    "{}  {} events",
                    role.role.arn,
                    grouped(role.events)
                ));
            }
            let first = usage.roles.keys().next().map_or("", String::as_str);
            Err(failure.hint(format!("name one by its ARN: `--{word} {first}`")))
        }
    }
}

/// No event by the one asked for: what was there instead, and the nearest name.
fn no_event(usage: &Usage, query: &RoleQuery, window: Window) -> Failure {
    let (seen, others, other) = match query.kind {
        PrincipalKind::Role => (&usage.roles_seen, &usage.users_seen, PrincipalKind::User),
        PrincipalKind::User => (&usage.users_seen, &usage.roles_seen, PrincipalKind::Role),
    };
    let word = query.kind.as_str();
    if query.kind == PrincipalKind::User && query.name.as_deref() == Some("root") {
        return root("root");
    }
    let wanted = query.shown();
    let name = query.name.as_deref().unwrap_or_default();
    let span = match (window.since.or(usage.coverage.first), usage.coverage.last) {
        (Some(since), Some(until)) => format!(" between {} and {}", day_of(since), day_of(until)),
        _ => String::new(),
    };
    let mut most: Vec<(&String, &u64)> = seen.iter().collect();
    most.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let name_of = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
    let names: Vec<String> = most.iter().map(|(arn, _)| name_of(arn)).collect();
    let shown: Vec<String> = names
        .iter()
        .take(3)
        .map(|name| format!("`{name}`"))
        .collect();
    let mut failure = Failure::new(Exit::NoEvent, format!("no event by `{wanted}`{span}"));
    let seen = if shown.is_empty() {
        format!("none is by a {word}")
    } else {
        format!("the {word}s seen most are {}", shown.join(", "))
    };
    failure = failure.detail(format!(
        "{} events were read; {seen}",
        grouped(usage.coverage.events)
    ));
    if others.keys().any(|arn| name_of(arn) == name) {
        let other = other.as_str();
        return failure.hint(format!(
            "there is a {other} of this name: `--{other} {name}`"
        ));
    }
    let like = nearest(name, names.iter().map(String::as_str), 1);
    match like.first() {
        Some(like) if *like != name => failure.hint(format!("did you mean `{like}`?")),
        Some(_) => failure.hint(format!(
            "a {word} of this name was seen, but with another ARN; try its bare name"
        )),
        None => failure,
    }
}

/// A policy that IAM would not take is no result.
pub(super) fn refuse_oversized(policies: &[PolicyEntry]) -> Result<(), Failure> {
    let Some(policy) = policies
        .iter()
        .find(|policy| policy.characters > policy.quota)
    else {
        return Ok(());
    };
    let size = format!(
        "{} of {} characters",
        grouped(policy.characters as u64),
        grouped(policy.quota as u64)
    );
    Err(Failure::new(
        Exit::Failed,
        format!(
            "`{}` takes {size}, and its one statement cannot be split further",
            policy.name
        ),
    )
    .hint("a shorter pattern may do: `--name-pattern` with the ARNs' common start and a `*`"))
}

/// AWS alone writes the policy of a service-linked role.
pub(super) fn service_linked(role: &RoleUsage) -> Failure {
    let name = &role.role.name;
    Failure::new(
        Exit::Failed,
        format!("`{name}` is a service-linked role: its policy is AWS's own and cannot be changed"),
    )
    .detail("only the service that it is linked to can use it")
}

/// A role that was allowed nothing gets no policy.
pub(super) fn nothing_allowed(role: &RoleUsage) -> Failure {
    let denied: u64 = role.denied.values().map(|evidence| evidence.count).sum();
    let mut failure = Failure::new(
        Exit::NoEvent,
        format!("no call by `{}` was allowed and needs a permission: there is nothing to make a policy of", role.role.name),
    )
    .detail(format!("{} events by the role were read, {} of them denied", grouped(role.events), grouped(denied)));
    // One line for what was missing, however many sessions met with it.
    let mut missing: BTreeMap<String, (&DeniedCall, u64)> = BTreeMap::new();
    for (call, evidence) in &role.denied {
        let denial = Denial::read(&call.message);
        let key = denial.map_or_else(|| format!("{call:?}"), |denial| format!("{denial:?}"));
        missing.entry(key).or_insert((call, 0)).1 += evidence.count;
    }
    for (call, count) in missing.values().take(5) {
        let calls = plural(
            usize::try_from(*count).unwrap_or(usize::MAX),
            "call",
            "calls",
        );
        failure = failure.detail(format!(
            "denied {}: {} ({calls})",
            call.operation.name, call.message
        ));
    }
    for (used, evidence) in role.uses.iter().take(5) {
        failure = failure.detail(format!(
            "failed before permissions were looked at: {} ({} calls)",
            used.operation.name,
            grouped(evidence.count)
        ));
    }
    for (operation, reason) in role.unmapped.keys().take(5) {
        failure = failure.detail(format!("unmapped {}: {reason}", operation.name));
    }
    failure
}
