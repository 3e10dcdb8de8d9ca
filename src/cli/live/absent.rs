//! A build without AWS's clients: every question to AWS is refused in the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Live, Quotas, Sources};
use crate::cli::table::{Asked, AskedLake, TablePlace};
use crate::cli::{Exit, Failure};
use crate::posture::Posture;
use crate::report::{Report, Warning};
use crate::source::TrailSource;
use crate::source::current::AccountDetails;
use crate::source::digests::Delivery;
use crate::source::posture::Named;
use crate::sql::{Scan, TableFacts};
use crate::synthesis::CurrentPolicy;
use crate::time::{Timestamp, Window};
use crate::trail::Gap;
use crate::trail::digest::PublicKey;
use crate::usage::RoleUsage;

/// Stands where a build with AWS's clients has its connection.
#[derive(Debug)]
pub(crate) struct Connection<'a> {
    _flags: &'a Live,
}

/// What AWS tells of a role: here, nothing.
#[derive(Debug, Default)]
pub(crate) struct RoleNow {
    pub(crate) policies: Vec<CurrentPolicy>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) quotas: Option<Quotas>,
}

/// Refuses.
pub(crate) fn absent() -> Failure {
    Failure::new(
        Exit::Failed,
        "this build of polgen was made without AWS's clients",
    )
    .hint("read files with `--trail PATH`, or build with `cargo install polgen --features aws`")
}

#[expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::needless_pass_by_ref_mut,
    reason = "the same face as the connection's"
)]
impl<'a> Connection<'a> {
    pub(crate) fn new(flags: &'a Live) -> Self {
        Self { _flags: flags }
    }

    pub(crate) fn is_open(&self) -> bool {
        false
    }

    pub(crate) fn event_history(
        &mut self,
        _window: Window,
        _now: Timestamp,
    ) -> Result<Sources, Failure> {
        Err(absent())
    }

    pub(crate) fn bucket(
        &mut self,
        _url: &str,
        _account: Option<&str>,
    ) -> Result<TrailSource, Failure> {
        Err(absent())
    }

    pub(crate) fn table(&mut self, _place: &TablePlace<'_>) -> Result<Option<TableFacts>, Failure> {
        Err(absent().hint(
            "run the query that `polgen sql` prints, and read its result with `--usage rows.csv`",
        ))
    }

    pub(crate) fn sizes(&mut self, _scan: &Scan) -> Result<u64, String> {
        Err(absent().message().to_owned())
    }

    pub(crate) fn lake(&mut self, _asked: &AskedLake) -> Result<PathBuf, Failure> {
        Err(absent())
    }

    pub(crate) fn athena(&mut self, _asked: &Asked) -> Result<PathBuf, Failure> {
        Err(absent().hint(
            "run the query that `polgen sql` prints, and read its result with `--usage rows.csv`",
        ))
    }

    pub(crate) fn deliveries(&self) -> Vec<Arc<dyn Delivery>> {
        Vec::new()
    }

    pub(crate) fn digest_keys(
        &mut self,
        _regions: &BTreeSet<String>,
        _start: Timestamp,
    ) -> Result<(Vec<PublicKey>, Vec<Gap>), Failure> {
        Err(absent())
    }

    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        failure
    }

    pub(crate) fn policies_of(&mut self, _role: &str) -> Result<Vec<CurrentPolicy>, Failure> {
        Err(absent())
    }

    pub(crate) fn account_roles(
        &mut self,
        _role: &str,
        _accounts: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Result<AccountDetails, String>>, Failure> {
        Err(absent().hint("give the file of a whole account with `--current`"))
    }

    pub(crate) fn posture(
        &mut self,
        _wanted: &Named,
        _account: Option<&str>,
        _today: Date,
    ) -> Result<Posture, Failure> {
        Err(absent().hint("save answers with `--print-commands`, then read them with `--saved`"))
    }

    pub(crate) fn missing_role(&mut self, _role: &str) -> Option<Failure> {
        None
    }

    pub(crate) fn role_now(&mut self, _usage: &mut RoleUsage) -> Result<RoleNow, Failure> {
        Ok(RoleNow::default())
    }

    pub(crate) fn trails(&mut self) -> Option<Warning> {
        None
    }

    pub(crate) fn simulate(
        &mut self,
        _report: &Report,
        _usage: &RoleUsage,
    ) -> Result<Vec<Warning>, Failure> {
        Err(absent())
    }

    pub(crate) fn validate(&mut self, _report: &Report) -> Result<Vec<Warning>, Failure> {
        Err(absent())
    }
}
