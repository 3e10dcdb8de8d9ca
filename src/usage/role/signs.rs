//! Signs of what runs under a role that stand in calls of others.

use super::RoleUsage;
use crate::usage::evidence::Evidence;
use crate::usage::runtime::RuntimeSighting;

impl RoleUsage {
    /// Takes a sign of a unit whose role is not told, if the unit is known to run under this role.
    pub(in crate::usage) fn take_unit_sign(&mut self, sign: &RuntimeSighting, evidence: &Evidence) {
        let is_same = |known: &RuntimeSighting| {
            known.runtime == sign.runtime && known.unit == sign.unit && !sign.unit.is_empty()
        };
        if self.runtimes.keys().any(is_same) {
            self.runtimes.insert(sign.clone(), evidence.clone());
        }
    }
}
