//! Which records tell something of what runs under a role, as conditions.
//!
//! The signs are the catalog's. A condition here may hold of more records than the sign does, which makes more rows; what the
//! sign really tells is found when the rows are read.

use super::Request;
use super::tree::{
    Expr, all, any, contains, either, equal, filled, is_there, matches, name, text, then,
};
use crate::catalog::{Catalog, Sign, SignPlace};

/// Says whether a role or a user called.
pub(super) fn role_told() -> Expr {
    let caller = |kind: &str| equal(filled(name("caller")), text(kind));
    any([
        caller("AssumedRole"),
        caller("Role"),
        caller("IAMUser"),
        caller("FederatedUser"),
        equal(filled(name("issuer")), text("Role")),
        contains(filled(name("caller_arn")), text(":assumed-role/")),
    ])
}

/// Says whether a call sets something up, or a service takes a role up.
pub(super) fn configuring(request: &Request<'_>) -> Expr {
    let runtimes = request.catalog.runtimes().iter();
    let signs = runtimes.flat_map(|runtime| &runtime.signs);
    let configuring = signs.filter(|sign| sign.place == SignPlace::Configuration);
    let mut conditions: Vec<Expr> = configuring.map(of_operation).collect();
    let mut assuming = vec![
        equal(filled(name("source")), text("sts.amazonaws.com")),
        equal(filled(name("name")), text("AssumeRole")),
        equal(filled(name("caller")), text("AWSService")),
    ];
    if let Some(role) = &request.query.name {
        assuming.push(contains(filled(name("request")), text(role.as_str())));
    }
    conditions.push(all(assuming));
    any(conditions)
}

/// Says whether a call is of a sign's operations, with any version behind their names.
fn of_operation(sign: &Sign) -> Expr {
    let source = sign.event_source.as_deref();
    let source = source.map(|source| equal(filled(name("source")), text(source)));
    let names = sign.operations.join("|");
    let names = (!names.is_empty()).then(|| {
        matches(
            filled(name("name")),
            format!("^(?:{names})(?:[0-9]{{8}}(?:v.)?)?$"),
        )
    });
    all(source.into_iter().chain(names).collect::<Vec<_>>())
}

/// Says whether the session's name may tell something.
pub(super) fn of_session(catalog: &Catalog) -> Expr {
    let of_sign = |sign: &Sign| {
        let agent = sign.user_agent_contains.as_deref();
        let agent = agent.map(|part| contains(filled(name("agent")), text(part)));
        let provider = sign.federated_provider_contains.as_deref();
        let provider = provider.map(|part| contains(filled(name("provider")), text(part)));
        let delivery = sign
            .is_delivered_to_instance
            .then(|| is_there(name("delivery")));
        let parts = [agent, provider, delivery].into_iter().flatten();
        all(std::iter::once(of_operation(sign))
            .chain(parts)
            .collect::<Vec<_>>())
    };
    let conditions = catalog.runtimes().iter().flat_map(|runtime| {
        let signs = runtime.signs.iter();
        let of_calls = signs.filter(|sign| sign.place == SignPlace::RoleCall);
        // Where units have no name, and the sign is not told by it, nothing depends on the session.
        let named = of_calls.filter(|sign| runtime.unit.is_some() || sign.session_like.is_some());
        named.map(of_sign).collect::<Vec<_>>()
    });
    any(conditions.collect::<Vec<_>>())
}

/// The parts of a client's name that rules look for, or all of it where one may look at all; null if there is none.
pub(super) fn telling(catalog: &Catalog) -> Expr {
    let signs = catalog.runtimes().iter().flat_map(|runtime| &runtime.signs);
    let signs = signs.filter_map(|sign| {
        let mut captured = sign.captures.values().flatten();
        let is_whole = captured.any(|place| place.starts_with("@event.userAgent"));
        Some((sign.user_agent_contains.as_deref()?, is_whole))
    });
    let rules = catalog.platform_rules().iter();
    let rules = rules.filter_map(|rule| Some((rule.user_agent_contains.as_deref()?, false)));
    let mut needles: Vec<(&str, bool)> = signs.chain(rules).collect();
    needles.sort_unstable();
    needles.dedup();
    let holds = |part: &str| contains(filled(name("agent")), text(part));
    let whole = needles.iter().filter(|(_, is_whole)| *is_whole);
    let whole: Vec<Expr> = whole.map(|(part, _)| holds(part)).collect();
    let mut parts: Vec<&str> = needles.iter().map(|(part, _)| *part).collect();
    parts.dedup();
    let found = parts
        .iter()
        .map(|part| either(holds(part), text(format!("{part} ")), text("")));
    let found = then(found.collect::<Vec<_>>());
    let is_any = any(parts.iter().map(|part| holds(part)).collect::<Vec<_>>());
    Expr::Case(vec![(any(whole), name("agent")), (is_any, found)], None)
}
