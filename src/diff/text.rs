//! The text diff of two policies, for people who think in lines.

use similar::TextDiff;

/// How many equal lines stand around a change.
const CONTEXT_LINES: usize = 3;

/// Makes a unified diff; empty if the texts are equal.
pub fn unified(old_name: &str, old: &str, new_name: &str, new: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(old_name, new_name)
        .to_string()
}
