//! Usage as JSON, a line for each use: what other programs count with.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::mapping::Access;
use crate::usage::{Daily, Evidence, OperationName, RoleQuery, RoleUsage, Usage};

/// Writes a line for each use of those asked for, over all days.
pub(super) fn write(daily: &Daily, query: &RoleQuery, output: &mut dyn Write) -> io::Result<()> {
    let mut usage = Usage::default();
    for part in daily.parts.values() {
        usage.merge(part.usage.clone());
    }
    usage.finish();
    let roles = usage.roles.values();
    for role in roles.filter(|role| query.matches(&role.role)) {
        write_role(role, output)?;
    }
    Ok(())
}

fn write_role(role: &RoleUsage, output: &mut dyn Write) -> io::Result<()> {
    let arn = role.role.arn.as_str();
    for (used, evidence) in &role.uses {
        let accesses = std::slice::from_ref(&used.access);
        let mut line = line(arn, &used.operation, ("allowed", evidence), accesses);
        add(&mut line, "failed", Value::from(evidence.failed));
        writeln!(output, "{line}")?;
    }
    for (call, evidence) in &role.denied {
        let mut line = line(arn, &call.operation, ("denied", evidence), &call.accesses);
        add(&mut line, "error_code", Value::from(call.code.as_str()));
        writeln!(output, "{line}")?;
    }
    let without = [
        ("unmapped", &role.unmapped),
        ("no-permission-needed", &role.no_permission),
    ];
    for (status, calls) in without {
        for ((operation, why), evidence) in calls {
            let mut line = line(arn, operation, ("allowed", evidence), &[]);
            add(&mut line, "status", Value::from(status));
            add(&mut line, "why", Value::from(why.as_str()));
            writeln!(output, "{line}")?;
        }
    }
    Ok(())
}

fn line(
    role: &str,
    operation: &OperationName,
    (outcome, evidence): (&str, &Evidence),
    accesses: &[Access],
) -> Value {
    json!({
        "role": role,
        "event_source": operation.source,
        "event_name": operation.name,
        "outcome": outcome,
        "count": evidence.count,
        "first_seen": evidence.first_seen,
        "last_seen": evidence.last_seen,
        "accesses": accesses,
    })
}

fn add(line: &mut Value, key: &str, value: Value) {
    if let Some(line) = line.as_object_mut() {
        line.insert(key.to_owned(), value);
    }
}
