//! AWS at the command line: the flags that say as whom and where, and what commands ask of it.
//!
//! A build without the `aws` feature has the same flags and refuses them, so that scripts and help are the same everywhere.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure};
use crate::source::TrailSource;
use crate::trail::Gap;
use crate::usage::Daily;

#[cfg(feature = "aws")]
#[path = "live/connection.rs"]
mod connection;
#[cfg(not(feature = "aws"))]
#[path = "live/absent.rs"]
mod connection;
#[cfg(feature = "aws")]
mod progress;
#[cfg(feature = "aws")]
mod role;

#[cfg(not(feature = "aws"))]
pub(crate) use connection::absent;
#[cfg(feature = "aws")]
pub(crate) use connection::failure;
pub(crate) use connection::{Connection, RoleNow};

/// As whom and where AWS is called.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Live {
    /// Profile of the AWS configuration to call AWS with
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "AWS",
        hide_short_help = true
    )]
    pub(super) profile: Option<String>,

    /// Region to call AWS in; event history and functions are read in all
    #[arg(
        long,
        value_name = "REGION",
        help_heading = "AWS",
        hide_short_help = true
    )]
    pub(super) region: Option<String>,

    /// Address to send all calls to, in place of AWS's own
    #[arg(long, value_name = "URL", help_heading = "AWS", hide_short_help = true)]
    pub(super) endpoint_url: Option<String>,

    /// Neither read nor keep the days of a bucket's trail under `~/.cache/polgen`
    #[arg(long, help_heading = "AWS", hide_short_help = true)]
    pub(super) no_cache: bool,
}

/// Checks by AWS itself.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Checks {
    /// Let IAM's policy simulator check the accesses seen
    ///
    /// Every access whose resource is known is simulated over the suggested policies; what IAM refuses is a warning.
    #[arg(long, help_heading = "AWS", hide_short_help = true)]
    pub(crate) simulate: bool,

    /// Let IAM Access Analyzer check the policy
    ///
    /// Its findings are warnings.
    #[arg(long, help_heading = "AWS", hide_short_help = true)]
    pub(crate) validate: bool,
}

/// What of an account's quotas matters to a suggestion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quotas {
    /// Characters of a managed policy.
    pub(crate) characters: usize,
    /// Managed policies on one role.
    pub(crate) attached: usize,
}

/// What commands read trails from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The sources, in order.
    pub(crate) list: Vec<TrailSource>,
    /// Where days of trails elsewhere are kept; absent where they are not to be.
    pub(crate) cache: Option<PathBuf>,
    /// What usage files hold.
    pub(crate) kept: Daily,
    /// Results of queries.
    pub(crate) rows: Vec<PathBuf>,
    /// What could not be had of them already.
    pub(crate) gaps: Vec<Gap>,
}

impl Sources {
    /// The result of a query, and nothing else.
    pub(crate) fn of_rows(rows: PathBuf) -> Self {
        Self {
            rows: vec![rows],
            ..Self::default()
        }
    }
}

/// Where polgen keeps what it need not read twice.
pub(super) fn cache() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::choose_base_strategy().map_err(|_| {
        Failure::new(
            Exit::Failed,
            "expected a home folder to keep the event history in, found none",
        )
        .hint("set `HOME` or `XDG_CACHE_HOME`")
    })?;
    Ok(strategy.cache_dir().join("polgen"))
}
