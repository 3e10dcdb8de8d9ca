//! Where results go that change something: a suggestion onto its role, and back.
//!
//! A change is never a list of calls made blindly. What is there is read, the steps that are still missing are planned from it,
//! and after the last step it is read again; so a change can be stopped at any point and gone on with, forwards with
//! `apply` or backwards with `restore`. Everything is added before anything is taken away: at no moment may the role do
//! less than before and after. What was there is written down before the first step ([`Rollback`]).
//!
//! What is read and planned needs no AWS; what carries it out is built with the AWS clients only.

#[cfg(feature = "aws")]
mod carry;
mod plan;
mod rollback;
#[cfg(feature = "aws")]
mod settings;
mod state;
mod step;
#[cfg(feature = "aws")]
mod store;
mod wanted;

#[cfg(feature = "aws")]
pub use carry::{Broken, Pace, apply, restore};
pub use plan::{Refusal, backward, forward};
pub use rollback::{Rollback, RollbackError};
#[cfg(feature = "aws")]
pub use settings::{
    AwsSettings, Change, Half, Kept, Key, Kind, Settings, SettingsRollback, is_back, mend, put_back,
};
pub use state::{State, Versions};
pub use step::Step;
#[cfg(feature = "aws")]
pub use store::{IamStore, Store};
pub use wanted::{Mode, Wanted, WantedError, WantedPolicy};
