//! The entries about calls that are not granted: denied ones, and those that map to no action.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{DeniedEntry, UnmappedEntry};
use crate::synthesis::Suggestion;
use crate::usage::{Denial, DeniedCall, Evidence, OperationName, RoleUsage};

pub(super) fn denied(usage: &RoleUsage, suggestion: &Suggestion) -> Vec<DeniedEntry> {
    let used: BTreeSet<&str> = usage
        .uses
        .keys()
        .map(|used| used.access.action.as_str())
        .collect();
    let granted: BTreeSet<(&str, &str)> = suggestion
        .grants
        .iter()
        .map(|grant| (grant.action.as_str(), grant.resource.as_str()))
        .collect();
    let distinct = |texts: BTreeSet<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let entry = |(call, evidence): (&DeniedCall, &Evidence)| {
        let accesses = || call.accesses.iter();
        let missing = Denial::read(&call.message);
        let mut actions = accesses().map(|access| access.action.as_str());
        let is_told = missing
            .as_ref()
            .is_some_and(|denial| used.contains(denial.action.as_str()));
        DeniedEntry {
            operation: operation_text(&call.operation),
            actions: distinct(accesses().map(|access| access.action.as_str()).collect()),
            resources: distinct(accesses().map(|access| access.resource.as_str()).collect()),
            count: evidence.count,
            last_seen: evidence.last_seen,
            code: call.code.to_string(),
            message: call.message.clone(),
            missing,
            is_never_allowed: !is_told && !actions.any(|action| used.contains(action)),
            is_granted: !call.accesses.is_empty()
                && accesses().all(|access| {
                    granted.contains(&(access.action.as_str(), access.resource.as_str()))
                }),
        }
    };
    usage.denied.iter().map(entry).collect()
}

pub(super) fn unmapped(usage: &RoleUsage) -> Vec<UnmappedEntry> {
    let entry = |((operation, reason), evidence): (&(Arc<OperationName>, String), &Evidence)| {
        UnmappedEntry {
            operation: operation_text(operation),
            reason: reason.clone(),
            count: evidence.count,
        }
    };
    usage.unmapped.iter().map(entry).collect()
}

pub(super) fn operation_text(operation: &OperationName) -> String {
    format!("{}:{}", operation.source, operation.name)
}
