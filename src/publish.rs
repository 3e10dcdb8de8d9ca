//! Where results go that change something: a suggestion onto its role, and back.
//!
//! A change is never a list of calls made blindly. What is there is read, the steps that are still missing are planned from it,
//! and after the last step it is read again; so a change can be stopped at any point and gone on with, forwards with
//! [`apply`] or backwards with [`restore`]. Everything is added before anything is taken away: at no moment may the role do
//! less than before and after. What was there is written down before the first step ([`Rollback`]).

mod carry;
mod plan;
mod rollback;
mod settings;
mod state;
mod step;
mod store;
mod wanted;

pub use carry::{Broken, Pace, apply, restore};
pub use plan::{Refusal, backward, forward};
pub use rollback::{Rollback, RollbackError};
pub use settings::{
    AwsSettings, Change, Half, Kept, Key, Kind, Settings, SettingsRollback, is_back, mend, put_back,
};
pub use state::{State, Versions};
pub use step::Step;
pub use store::{IamStore, Store};
pub use wanted::{Mode, Wanted, WantedError, WantedPolicy};
