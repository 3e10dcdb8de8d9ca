//! What a report may still claim where the current policies are not known in all their parts.

use super::{Report, Within};

impl Report {
    /// Takes back what was proved of the current policies, where something in them is not known.
    ///
    /// With `reason`, nothing is proved; else only that nothing new is granted stays proved, since a hole could hold more.
    pub fn leave_open(&mut self, reason: Option<String>, has_holes: bool) {
        let is_refuted = matches!(self.verified.within_current, Some(Within::Refuted { .. }));
        let reason = match reason {
            Some(reason) => reason,
            None if has_holes && is_refuted => {
                "references in the current policies have no known value".to_owned()
            }
            None => return,
        };
        if self.verified.within_current.is_some() {
            self.verified.within_current = Some(Within::Unknown { reason });
        }
    }
}
