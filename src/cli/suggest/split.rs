//! A shared role's usage, taken apart by session: one part for each unit of a runtime, the rest together.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::cli::Failure;
use crate::time::Window;
use crate::usage::{RoleQuery, RoleUsage, Usage};

use super::refusal;

/// What the part is called that holds the sessions of no unit.
const OTHERS: &str = "of no unit";

/// Puts the sessions of the one role that was asked for together by unit.
pub(super) fn parts(
    usage: &Usage,
    query: &RoleQuery,
    window: Window,
) -> Result<Vec<RoleUsage>, Failure> {
    let mut by_role: BTreeMap<&str, Vec<&RoleUsage>> = BTreeMap::new();
    for part in usage.roles.values().filter(|part| part.events > 0) {
        by_role.entry(&part.role.arn).or_default().push(part);
    }
    let mut roles = by_role.into_values();
    let (Some(sessions), None) = (roles.next(), roles.next()) else {
        // None or several: refused in the same words as without a split.
        return refusal::choose(usage, query, window).map(|role| vec![role.clone()]);
    };
    let mut parts: BTreeMap<String, RoleUsage> = BTreeMap::new();
    for session in sessions {
        let name = if is_unit(session) {
            session.part.clone().unwrap_or_default()
        } else {
            OTHERS.to_owned()
        };
        if let Some(part) = parts.get_mut(&name) {
            part.merge(session.clone());
        } else {
            let mut first = session.clone();
            first.part = Some(name.clone());
            parts.insert(name, first);
        }
    }
    Ok(parts.into_values().collect())
}

/// Says whether a session is that of a unit: a sign names the unit as the session is named.
fn is_unit(session: &RoleUsage) -> bool {
    let catalog = Catalog::bundled();
    let mut signs = session.runtimes.keys();
    signs.any(|sign| {
        !sign.unit.is_empty()
            && sign.is_sure(catalog)
            && Some(sign.unit.as_str()) == session.part.as_deref()
    })
}
