//! Signs of what runs under a role: a Lambda function, say, and its name.
//!
//! The signs are data (`action-catalog/runtimes/*.json`); a session's name is evidence only together with one.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::arn::Arn;
use crate::catalog::{Catalog, Runtime, Sign};
use crate::pattern::Pattern;
use crate::trail::{Event, RoleName, Session};

/// One sign of one unit (a function) of a runtime, in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuntimeSighting {
    /// The runtime's id, e.g. `lambda`.
    pub runtime: String,
    /// The unit's name, e.g. the function's.
    pub unit: String,
    /// The region of the event.
    pub region: String,
    /// Which sign it was.
    pub sign: String,
    /// What the sign tells beside, e.g. `log_group`.
    pub captures: BTreeMap<String, String>,
}

/// Lists what `event`, made in `session`, tells of the runtime.
pub(super) fn sightings(
    event: &Event,
    session: &Session,
    catalog: &Catalog,
) -> Vec<RuntimeSighting> {
    let mut found = Vec::new();
    for runtime in catalog.runtimes() {
        for sign in &runtime.signs {
            if is_seen(sign, event) {
                found.extend(sighting(runtime, sign, &session.name, event));
            }
        }
    }
    found
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
    let text_of = |key: &str| event.request.get(key).and_then(Value::as_str);
    let arn = text_of("roleArn")?;
    let parts = Arn::parse(arn)?;
    let role = RoleName {
        account: parts.account.to_owned(),
        name: parts
            .resource
            .strip_prefix("role/")?
            .rsplit('/')
            .next()?
            .to_owned(),
        arn: arn.to_owned(),
        has_path: true,
    };
    let is_assumed_by = |sign: &&Sign| sign.assumed_by.as_deref() == Some(principal);
    let (runtime, sign) = catalog
        .runtimes()
        .iter()
        .find_map(|runtime| Some((runtime, runtime.signs.iter().find(is_assumed_by)?)))?;
    Some((
        role,
        sighting(runtime, sign, text_of("roleSessionName")?, event)?,
    ))
}

fn is_seen(sign: &Sign, event: &Event) -> bool {
    let agent = event.user_agent.as_deref().unwrap_or_default();
    let is_agent = sign
        .user_agent_contains
        .as_deref()
        .is_some_and(|part| agent.contains(part));
    is_agent
        && sign
            .operation
            .as_deref()
            .is_none_or(|name| name == event.name)
}

fn sighting(runtime: &Runtime, sign: &Sign, unit: &str, event: &Event) -> Option<RuntimeSighting> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_other = runtime
        .other_sessions
        .iter()
        .any(|other| Pattern::parse(&other.like).matches(unit));
    if is_other
        || unit.is_empty()
        || unit.len() > runtime.unit_name_limit
        || !unit.bytes().all(is_name)
    {
        return None;
    }
    let captured = |(name, parameter): (&String, &String)| {
        Some((
            name.clone(),
            event
                .request
                .get(parameter)
                .and_then(Value::as_str)?
                .to_owned(),
        ))
    };
    Some(RuntimeSighting {
        runtime: runtime.runtime.clone(),
        unit: unit.to_owned(),
        region: event.region.clone(),
        sign: sign.sign.clone(),
        captures: sign.captures.iter().filter_map(captured).collect(),
    })
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
        let other = &lambda.other_sessions[0];
        assert!(Pattern::parse(&other.like).matches("awslambda_198_20211202221146461"));
        assert!(!Pattern::parse(&other.like).matches("resize-images"));
    }
}
