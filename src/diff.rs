//! What changes for a role: the fate of every grant that it has today, and the policies side by side as text.

mod actions;
mod fates;
mod text;

pub use actions::{ActionChange, Change, Side, changes};
pub use fates::{ActionFate, Fate, Fates, fates};
pub use text::unified;
