//! Who may take a role on: the services that its trust policy names.

use std::path::Path;

use serde_json::Value;

use super::{CurrentError, MOST_BYTES, decoded, list};
use crate::source::bounded::read_text;
use crate::trail::RoleName;

/// The service principals that the trust policy of the role names, if `argument` is a file that holds it.
pub fn trusted_services(argument: &str, role: &RoleName) -> Result<Vec<String>, CurrentError> {
    let path = Path::new(argument);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let fail = |problem: String| CurrentError {
        place: argument.to_owned(),
        problem,
        hint: None,
    };
    let text = read_text(path, MOST_BYTES).map_err(|error| fail(error.to_string()))?;
    // Infrastructure code need not be JSON, and is read elsewhere.
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let roles = list(&value, "RoleDetailList").iter();
    let mut all = roles.chain(value.get("Role")).chain([&value]);
    let is_wanted =
        |one: &&Value| one.get("RoleName").and_then(Value::as_str) == Some(role.name.as_str());
    let trust = all
        .find(is_wanted)
        .and_then(|role| role.get("AssumeRolePolicyDocument"));
    Ok(match trust {
        Some(Value::String(text)) => services_in(&decoded(text)),
        Some(other) => services_of(other),
        None => Vec::new(),
    })
}

/// The service principals that a trust policy's text names; none if it is no JSON.
pub fn services_in(text: &str) -> Vec<String> {
    serde_json::from_str(text).map_or_else(|_| Vec::new(), |trust| services_of(&trust))
}

fn services_of(trust: &Value) -> Vec<String> {
    let statements = match trust.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut services = Vec::new();
    for statement in &statements {
        match statement.pointer("/Principal/Service") {
            Some(Value::String(service)) => services.push(service.clone()),
            Some(Value::Array(many)) => {
                services.extend(many.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
    services
}
