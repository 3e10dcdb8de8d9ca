//! Pull requests at GitHub and merge requests at GitLab: one comment for the same roles, created once and then updated in place.
//!
//! The two hosts differ in paths and names, which stand in a table ([`Host`]); what is done is the same ([`put`]).

mod client;
mod host;
mod remark;
mod sticky;
mod words;

pub use client::Pace;
pub use host::{Host, Kind, Wanted};
pub use remark::{Remarks, notes_of};
pub use sticky::{Board, Done, Note, Unmade, find, put};

/// Why a comment could not be put where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ForgeError {
    /// The request: its method and address.
    pub place: String,
    /// What was found and what was wanted.
    pub problem: String,
    /// What the host said.
    pub said: Option<String>,
    /// What may help.
    pub hint: Option<String>,
    /// The status of the answer; none if there was no answer.
    pub status: Option<u16>,
}
