//! What changes for a role: the fate of every grant that it has today, and the policies side by side as text.

mod actions;
mod fates;
mod last_accessed;
mod proposal;
mod text;

pub use actions::{ActionChange, Change, Side, changes};
pub use fates::{ActionFate, Fate, Fates, fates};
pub use last_accessed::{SeenElsewhere, mark_last_accessed};
pub use proposal::{Call, Half, Proposal, Replayed, proposal, replay};
pub use text::unified;
