//! Which uses show that a permission was there, and which were turned away before anyone looked.

use super::RoleUsage;
use crate::mapping::Access;

impl RoleUsage {
    /// Sets aside what no call shows to be permitted and `is_granted` denies: it was turned away before it could be refused.
    pub fn set_untested_aside(&mut self, is_granted: impl Fn(&Access) -> bool) {
        let uses = std::mem::take(&mut self.uses);
        let (untested, kept) = uses
            .into_iter()
            .partition(|(used, evidence)| evidence.is_unproven() && !is_granted(&used.access));
        self.uses = kept;
        self.untested = untested;
    }

    /// Says whether some call shows that a permission was there.
    pub fn has_proven_use(&self) -> bool {
        self.uses.values().any(|evidence| !evidence.is_unproven())
    }
}
