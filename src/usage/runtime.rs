//! Signs of what runs under a role: a Lambda function, say, and its name.
//!
//! The signs are data (`action-catalog/runtimes/*.json`). They stand in the role's own calls, in a service's `AssumeRole` call, or
//! in the calls that set a unit up. A session's name is evidence only together with one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Runtime, Sign, SignPlace};
use crate::mapping::{self, Matters};
use crate::pattern::Pattern;
use crate::trail::{Event, Outcome, RoleName, Session};

/// How many values of one placeholder are taken from one event.
const VALUES: usize = 32;

/// One sign of one unit (a function) of a runtime, in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuntimeSighting {
    /// The runtime's id, e.g. `lambda`.
    pub runtime: String,
    /// The unit's name, e.g. the function's; empty where units have no name or it is not told.
    pub unit: String,
    /// The region of the event; empty if it was no event that told.
    pub region: String,
    /// Which sign it was.
    pub sign: String,
    /// What the sign tells beside, e.g. `log_group`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captures: BTreeMap<String, BTreeSet<String>>,
}

impl RuntimeSighting {
    /// The sign that the user gives.
    pub const GIVEN: &'static str = "given on the command line";
    /// The sign that the unit's own configuration gives, asked of AWS.
    pub const CONFIGURED: &'static str = "configuration";
    /// The sign that the role's trust policy gives.
    pub const TRUSTED: &'static str = "trust policy";

    /// Says whether no other role shows this sign.
    pub fn is_sure(&self, catalog: &Catalog) -> bool {
        let sign = self.sign_of(catalog);
        sign.is_none_or(|sign| !sign.is_weak)
    }

    /// Says whether the sign tells the unit's region for certain.
    pub fn is_region_certain(&self, catalog: &Catalog) -> bool {
        let is_told = [Self::GIVEN, Self::CONFIGURED].contains(&self.sign.as_str())
            && !self.region.is_empty();
        is_told
            || self
                .sign_of(catalog)
                .is_some_and(|sign| sign.is_region_certain)
    }

    fn sign_of(&self, catalog: &Catalog) -> Option<&'static Sign> {
        let mut runtimes = catalog.runtimes().iter();
        let runtime = runtimes.find(|runtime| runtime.runtime == self.runtime)?;
        runtime.signs.iter().find(|sign| sign.sign == self.sign)
    }
}

/// Lists what `event`, made in `session`, tells of the runtime. `seen` are the [signs](seen_signs) that it shows, where they are known.
pub(super) fn sightings(
    event: &Event,
    session: &Session,
    seen: Option<&[u16]>,
    catalog: &Catalog,
) -> Vec<RuntimeSighting> {
    let mut found = Vec::new();
    for (number, (runtime, sign)) in (0..).zip(signs(catalog, SignPlace::RoleCall)) {
        let is_sign_seen = seen.map_or_else(|| is_seen(sign, event), |seen| seen.contains(&number));
        if is_sign_seen && is_session(sign, session) {
            found.extend(sighting(runtime, sign, &session.name, event));
        }
    }
    found
}

/// Numbers the signs that stand in the role's own calls and that an event shows, but for what the session has to tell.
pub(super) fn seen_signs(event: &Event, catalog: &Catalog) -> Box<[u16]> {
    let all = (0..).zip(signs(catalog, SignPlace::RoleCall));
    let seen = all.filter(|(_, (_, sign))| is_seen(sign, event));
    seen.map(|(number, _)| number).collect()
}

/// Says whether a session bears one of the signs with these numbers out, so that there are [`sightings`].
pub(super) fn is_told_by(session: &Session, numbers: &[u16], catalog: &Catalog) -> bool {
    let mut all = (0..).zip(signs(catalog, SignPlace::RoleCall));
    all.any(|(number, (runtime, sign)): (u16, _)| {
        numbers.contains(&number) && is_session(sign, session) && is_unit(runtime, &session.name)
    })
}

/// Reads the role and the sign from a service's own `AssumeRole` call, which belongs to the trust policy and not to the role.
pub(super) fn assumed_by_service(
    event: &Event,
    catalog: &Catalog,
) -> Option<(RoleName, RuntimeSighting)> {
    if event.name != "AssumeRole" || event.source != "sts.amazonaws.com" {
        return None;
    }
    let principal = event
        .caller
        .invoked_by
        .as_deref()
        .filter(|_| event.caller.kind == "AWSService")?;
    let role = mapping::texts(event, "roleArn");
    let role = RoleName::from_role_arn(role.first()?)?;
    let session = mapping::texts(event, "roleSessionName");
    let (runtime, sign) = signs(catalog, SignPlace::AssumeRole)
        .find(|(_, sign)| sign.assumed_by.as_deref() == Some(principal))?;
    Some((role, sighting(runtime, sign, session.first()?, event)?))
}

/// Says whether the session's name tells something of the runtime in such calls.
pub(super) fn is_session_told(event: &Event, catalog: &Catalog) -> bool {
    signs(catalog, SignPlace::RoleCall).any(|(_, sign)| is_seen(sign, event))
}

/// Adds what signs look at in calls of an operation, made by a service itself or by others.
pub(super) fn add_matters(
    (source, name): (&str, &str),
    is_by_service: bool,
    catalog: &Catalog,
    matters: &mut Matters,
) {
    if is_by_service && name == "AssumeRole" {
        matters.add("roleArn");
        matters.add("roleSessionName");
    }
    let signs = catalog.runtimes().iter().flat_map(|runtime| &runtime.signs);
    for sign in signs.filter(|sign| is_of_operation(sign, source, name)) {
        if let Some(when) = &sign.when {
            matters.add_condition(when);
        }
        let captured = sign.captures.values().flatten();
        for place in captured.chain(&sign.unit_at).chain(&sign.role_at) {
            matters.add(place);
        }
    }
}

/// What a call that sets units up tells.
#[derive(Debug, PartialEq)]
pub(super) struct Configured {
    /// The role that the call names; none if it names only the unit.
    pub(super) role: Option<RoleName>,
    pub(super) sighting: RuntimeSighting,
}

/// Reads what a call of any principal tells of the units that it sets up.
pub(super) fn configured(event: &Event, catalog: &Catalog) -> Vec<Configured> {
    if event.outcome != Outcome::Allowed {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (runtime, sign) in signs(catalog, SignPlace::Configuration) {
        if !is_seen(sign, event) {
            continue;
        }
        let units = first_values(event, &sign.unit_at);
        let unit = units.first().map_or("", String::as_str);
        let Some(sighting) = sighting(runtime, sign, unit, event) else {
            continue;
        };
        let mut roles = sign
            .role_at
            .iter()
            .flat_map(|path| mapping::texts(event, path));
        let roles: BTreeSet<String> = roles.by_ref().collect();
        if sign.role_at.is_empty() {
            found.push(Configured {
                role: None,
                sighting,
            });
        } else {
            let named = roles.iter().filter_map(|arn| RoleName::from_role_arn(arn));
            found.extend(named.map(|role| Configured {
                role: Some(role),
                sighting: sighting.clone(),
            }));
        }
    }
    found
}

fn signs(
    catalog: &Catalog,
    place: SignPlace,
) -> impl Iterator<Item = (&'static Runtime, &'static Sign)> {
    let runtimes = catalog.runtimes().iter();
    let all = runtimes.flat_map(|runtime| runtime.signs.iter().map(move |sign| (runtime, sign)));
    all.filter(move |(_, sign)| sign.place == place)
}

fn is_of_operation(sign: &Sign, source: &str, name: &str) -> bool {
    let bare = without_version(name);
    let is_source = sign
        .event_source
        .as_deref()
        .is_none_or(|known| known == source);
    let mut operations = sign.operations.iter();
    let is_operation =
        sign.operations.is_empty() || operations.any(|known| known == name || known == bare);
    is_source && is_operation
}

fn is_seen(sign: &Sign, event: &Event) -> bool {
    let agent = event.user_agent.as_deref().unwrap_or_default();
    let is_agent = sign
        .user_agent_contains
        .as_deref()
        .is_none_or(|part| agent.contains(part));
    is_agent
        && is_of_operation(sign, &event.source, &event.name)
        && sign
            .when
            .as_ref()
            .is_none_or(|when| mapping::holds(event, when))
}

/// The name without the version of the API that Lambda puts behind it: `CreateFunction20150331`, `…20150331v2`.
fn without_version(name: &str) -> &str {
    let name = match name.rsplit_once('v') {
        Some((before, version)) if version.len() == 1 => before,
        _ => name,
    };
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits == 8 {
        name.get(..name.len() - digits).unwrap_or(name)
    } else {
        name
    }
}

fn is_session(sign: &Sign, session: &Session) -> bool {
    let provider = session.federated_provider.as_deref().unwrap_or_default();
    let is_like = sign
        .session_like
        .as_deref()
        .is_none_or(|like| Pattern::parse(like).matches(&session.name));
    let is_provider = sign
        .federated_provider_contains
        .as_deref()
        .is_none_or(|part| provider.contains(part));
    is_like
        && is_provider
        && (!sign.is_delivered_to_instance || session.ec2_role_delivery.is_some())
}

fn sighting(runtime: &Runtime, sign: &Sign, unit: &str, event: &Event) -> Option<RuntimeSighting> {
    if !is_unit(runtime, unit) {
        return None;
    }
    let unit = runtime.unit.as_ref().map_or("", |_| unit);
    let captured = |(name, paths): (&String, &Vec<String>)| {
        let values = first_values(event, paths);
        let values: BTreeSet<String> = values.into_iter().take(VALUES).collect();
        (!values.is_empty()).then(|| (name.clone(), values))
    };
    Some(RuntimeSighting {
        runtime: runtime.runtime.clone(),
        unit: unit.to_owned(),
        region: event.region.clone(),
        sign: sign.sign.clone(),
        captures: sign.captures.iter().filter_map(captured).collect(),
    })
}

/// Says whether a unit of the runtime can have this name, if its units have any.
fn is_unit(runtime: &Runtime, unit: &str) -> bool {
    runtime.unit.is_none() || is_unit_name(runtime, unit)
}

/// Says whether a unit can have this name.
fn is_unit_name(runtime: &Runtime, unit: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_other = runtime
        .other_sessions
        .iter()
        .any(|other| Pattern::parse(&other.like).matches(unit));
    !is_other
        && !unit.is_empty()
        && unit.len() <= runtime.unit_name_limit
        && unit.bytes().all(is_letter)
}

/// The values of the first path that has any.
fn first_values(event: &Event, paths: &[String]) -> Vec<String> {
    let mut found = paths.iter().map(|path| mapping::texts(event, path));
    found.find(|texts| !texts.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_of_pollers_are_no_functions() {
        let lambda = Catalog::bundled()
            .runtimes()
            .iter()
            .find(|runtime| runtime.runtime == "lambda")
            .unwrap();
        assert!(!is_unit_name(lambda, "awslambda_198_20211202221146461"));
        assert!(is_unit_name(lambda, "resize-images"));
        assert!(!is_unit_name(lambda, "a*"));
    }

    #[test]
    fn operations_are_told_without_their_version() {
        for (name, bare) in [
            ("CreateFunction20150331", "CreateFunction"),
            (
                "UpdateFunctionConfiguration20150331v2",
                "UpdateFunctionConfiguration",
            ),
            ("CreateEventSourceMapping", "CreateEventSourceMapping"),
            ("ListObjectsV2", "ListObjectsV2"),
        ] {
            assert_eq!(without_version(name), bare);
        }
    }
}
