//! The connection to AWS: opened when something is first asked of it, and asked in the words of the commands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use super::progress::Bar;
use super::role;
pub(crate) use super::role::RoleNow;
use super::{Live, Sources, cache};
use crate::cli::interrupt::LeftToOthers;
use crate::cli::progress::Waiting;
use crate::cli::table::{Asked, AskedLake, TablePlace};
use crate::cli::{Exit, Failure};
use crate::posture::Posture;
use crate::report::{Report, Warning, grouped, plain};
use crate::source::TrailSource;
use crate::source::aws::bucket::{Place, TrailBucket};
use crate::source::aws::regions::{self, Regions};
use crate::source::aws::{
    AwsError, AwsErrorKind, Caller, Session, SessionOptions, account_roles, athena, athena_table,
    checks, digest_keys, history, lake, posture as live_posture, trails,
};
use crate::source::current::AccountDetails;
use crate::source::digests::Delivery;
use crate::source::posture::Named;
use crate::sql::{Scan, TableFacts};
use crate::synthesis::CurrentPolicy;
use crate::time::{Timestamp, Window, day_of};
use crate::trail::Gap;
use crate::trail::digest::PublicKey;
use crate::usage::RoleUsage;

/// A connection to AWS.
#[derive(Debug)]
pub(crate) struct Connection<'a> {
    flags: &'a Live,
    open: Option<Open>,
    buckets: Vec<Arc<TrailBucket>>,
}

/// An open connection, and what has been asked of it already.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) session: Session,
    caller: Option<Caller>,
    regions: Option<Regions>,
}

impl Open {
    pub(super) fn caller(&mut self) -> Result<Caller, AwsError> {
        if let Some(caller) = &self.caller {
            return Ok(caller.clone());
        }
        let caller = self.session.caller()?;
        self.caller = Some(caller.clone());
        Ok(caller)
    }

    pub(super) fn regions(&mut self) -> Result<Regions, AwsError> {
        if let Some(regions) = &self.regions {
            return Ok(regions.clone());
        }
        let caller = self.caller()?;
        let regions = regions::enabled(&self.session, caller.partition())?;
        self.regions = Some(regions.clone());
        Ok(regions)
    }
}

/// Passes a failed call on to the user.
pub(crate) fn failure(error: AwsError) -> Failure {
    let failure = Failure::new(Exit::Failed, &error);
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

impl<'a> Connection<'a> {
    /// Nothing is asked yet.
    pub(crate) fn new(flags: &'a Live) -> Self {
        Self {
            flags,
            open: None,
            buckets: Vec::new(),
        }
    }

    /// Says whether AWS has been asked for anything.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn open(&mut self) -> Result<&mut Open, Failure> {
        if self.open.is_none() {
            let session = Session::open(&SessionOptions {
                profile: self.flags.profile.clone(),
                region: self.flags.region.clone(),
                endpoint_url: self.flags.endpoint_url.clone(),
            })
            .map_err(failure)?;
            self.open = Some(Open {
                session,
                caller: None,
                regions: None,
            });
        }
        self.open
            .as_mut()
            .ok_or_else(|| Failure::new(Exit::Failed, "the connection to AWS is closed"))
    }

    /// Reads the event history of all regions.
    pub(crate) fn event_history(
        &mut self,
        window: Window,
        now: Timestamp,
    ) -> Result<Sources, Failure> {
        let cache = cache()?;
        let open = self.open()?;
        let waiting = Waiting::new("asking AWS who calls, and for the regions");
        let caller = open.caller().map_err(failure)?;
        let regions = open.regions().map_err(failure)?;
        drop(waiting);
        let _left = LeftToOthers::new();
        if let Some(problem) = &regions.problem {
            let note = format!(
                "{problem}; the {} regions that every account has are read",
                regions.names.len()
            );
            anstream::eprintln!("warning: {}", plain(&note));
        }
        let bar = Arc::new(Bar::new(regions.names.len()));
        let request = history::Request {
            caller: &caller,
            regions: &regions.names,
            window,
            now,
            cache: &cache,
            progress: Arc::<Bar>::clone(&bar),
        };
        let outcome = history::read(&open.session, &request);
        bar.finish();
        let history = outcome.map_err(failure)?;
        if window.since.is_some_and(|since| since < history.since) {
            anstream::eprintln!(
                "warning: the event history reaches back {} days, to {}",
                history::REACH_DAYS,
                day_of(history.since)
            );
        }
        Ok(Sources {
            list: history.files.into_iter().map(TrailSource::Path).collect(),
            gaps: history.gaps,
            ..Sources::default()
        })
    }

    /// What Athena tells of a table; nothing, and a warning, if it may not be looked at.
    pub(crate) fn table(&mut self, place: &TablePlace<'_>) -> Result<Option<TableFacts>, Failure> {
        let session = &self.open()?.session;
        match athena_table::read(
            session,
            place.catalog,
            (place.database, place.table),
            place.workgroup,
        ) {
            Ok(facts) => Ok(Some(facts)),
            Err(error) if error.is_refusal() => {
                anstream::eprintln!(
                    "warning: {}; it is taken for the table that `polgen athena ddl` prints",
                    plain(&error.to_string())
                );
                Ok(None)
            }
            Err(error) => Err(failure(error)),
        }
    }

    /// The size of the files in folders, projected where not all were looked at; or why it cannot be told.
    pub(crate) fn sizes(&mut self, scan: &Scan) -> Result<u64, String> {
        let open = self.open().map_err(|error| error.message().to_owned())?;
        let _waiting = Waiting::new("looking how much there is to scan");
        athena_table::sizes(&open.session, scan).map_err(|error| error.to_string())
    }

    /// Asks Athena, and says what that took.
    pub(crate) fn athena(&mut self, asked: &Asked) -> Result<PathBuf, Failure> {
        let session = &self.open()?.session;
        // The first Ctrl-C cancels the query, which else would go on and cost.
        let _left = LeftToOthers::new();
        let answer = athena::ask(
            session,
            &athena::Question {
                sql: &asked.sql,
                catalog: asked.catalog.as_deref(),
                workgroup: asked.workgroup.as_deref(),
                output: asked.output.as_deref(),
                limit: asked.limit,
                cache: &asked.cache,
            },
        );
        let answer = answer.map_err(failure)?;
        let earlier = if answer.is_picked_up {
            ", asked by an earlier run"
        } else {
            ""
        };
        anstream::eprintln!(
            "           scanned {} bytes{earlier}",
            grouped(answer.scanned_bytes)
        );
        Ok(answer.file)
    }

    /// Asks CloudTrail Lake, and says what that took.
    pub(crate) fn lake(&mut self, asked: &AskedLake) -> Result<PathBuf, Failure> {
        let session = &self.open()?.session;
        let _left = LeftToOthers::new();
        let question = lake::Question {
            sql: &asked.sql,
            about: &asked.about,
            limit: asked.limit,
            cache: &asked.cache,
        };
        let answer = lake::ask(session, &question).map_err(failure)?;
        anstream::eprintln!(
            "           scanned {} bytes, {} records",
            grouped(answer.scanned_bytes),
            grouped(answer.records)
        );
        Ok(answer.file)
    }

    /// Opens a trail's bucket.
    pub(crate) fn bucket(
        &mut self,
        url: &str,
        account: Option<&str>,
    ) -> Result<TrailSource, Failure> {
        let Some(place) = Place::parse(url) else {
            return Err(Failure::new(
                Exit::WrongCommandLine,
                format!("--trail: expected `s3://BUCKET/PREFIX`, found `{url}`"),
            ));
        };
        let open = self.open()?;
        let _waiting = Waiting::new("opening the trail's bucket");
        let bucket =
            TrailBucket::open(&open.session, place, account.map(str::to_owned)).map_err(failure)?;
        self.buckets.push(Arc::clone(&bucket));
        Ok(TrailSource::Remote(bucket))
    }

    /// The buckets that are open, as places with digests.
    pub(crate) fn deliveries(&self) -> Vec<Arc<dyn Delivery>> {
        let delivery =
            |bucket: &Arc<TrailBucket>| -> Arc<dyn Delivery> { Arc::<TrailBucket>::clone(bucket) };
        self.buckets.iter().map(delivery).collect()
    }

    /// The keys that digests of these regions were signed with since `start`; a region that gives none is a gap.
    pub(crate) fn digest_keys(
        &mut self,
        regions: &BTreeSet<String>,
        start: Timestamp,
    ) -> Result<(Vec<PublicKey>, Vec<Gap>), Failure> {
        let open = self.open()?;
        let _waiting = Waiting::new("asking for the keys of the digests");
        digest_keys::read(&open.session, regions, start).map_err(failure)
    }

    /// Adds what would help to a failure that came of files which may not be read.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let refusal = self.buckets.iter().find_map(|bucket| bucket.refusal());
        match refusal.and_then(|error| error.hint) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// The session, for who changes something.
    pub(crate) fn session(&mut self) -> Result<&Session, Failure> {
        Ok(&self.open()?.session)
    }

    /// The policies of a role, for a comparison: all of them, or none.
    pub(crate) fn policies_of(&mut self, role: &str) -> Result<Vec<CurrentPolicy>, Failure> {
        let open = self.open()?;
        let name = role.rsplit('/').next().unwrap_or(role);
        let _waiting = Waiting::new("reading the role's policies");
        let state = crate::source::aws::role::read(&open.session, name).map_err(failure)?;
        if let Some(error) = state.missing.first() {
            let failure = failure(error.clone());
            return Err(failure.detail(format!("the policies of `{name}` are not all known")));
        }
        state.policies().map_err(failure)
    }

    /// The roles of accounts: of the caller's own, and of others through the role of this name there. What an account refuses is told
    /// in its place.
    pub(crate) fn account_roles(
        &mut self,
        role: &str,
        accounts: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Result<AccountDetails, String>>, Failure> {
        let open = self.open()?;
        let caller = open.caller().map_err(failure)?;
        let _waiting = Waiting::new("reading the roles of the accounts");
        let answers = account_roles::read(&open.session, &caller, role, accounts);
        let answers = answers.map_err(failure)?.into_iter();
        let told = |(account, answer): account_roles::AccountAnswer| {
            (account, answer.map_err(|error| error.to_string()))
        };
        Ok(answers.map(told).collect())
    }

    /// What is configured in AWS now. A whole account is read in all its regions, or in the one that was named.
    pub(crate) fn posture(
        &mut self,
        wanted: &Named,
        account: Option<&str>,
        today: Date,
    ) -> Result<Posture, Failure> {
        let region = self.flags.region.clone();
        let open = self.open()?;
        let _waiting = Waiting::new("reading what is configured");
        let caller = open.caller().map_err(failure)?;
        if let Some(account) = account
            && account != caller.account
        {
            let problem = format!("--account: expected {account}, found {}", caller.account);
            return Err(Failure::new(Exit::Failed, problem)
                .hint("choose that account's `--profile`, or its keys"));
        }
        let regions = match region {
            _ if !wanted.is_whole_account => Regions::default(),
            Some(region) => Regions {
                names: vec![region],
                problem: None,
            },
            None => open.regions().map_err(failure)?,
        };
        let request = live_posture::Request {
            caller: &caller,
            regions: &regions,
            today,
            wanted,
        };
        live_posture::read(&open.session, &request).map_err(failure)
    }

    /// Whether the role is not there at all, as a failure that says so.
    pub(crate) fn missing_role(&mut self, name: &str) -> Option<Failure> {
        let open = self.open.as_mut()?;
        let error = crate::source::aws::role::read(&open.session, name).err()?;
        if error.kind != AwsErrorKind::NotFound {
            return None;
        }
        let account = open.caller().ok()?.account;
        Some(failure(error).detail(format!(
            "it is not in the account {account}, and no event is by a role of this name"
        )))
    }

    /// What AWS tells of the role beside its events; parts that cannot be had are named in a warning.
    pub(crate) fn role_now(&mut self, usage: &mut RoleUsage) -> Result<RoleNow, Failure> {
        match &mut self.open {
            Some(open) => {
                let _waiting = Waiting::new("asking AWS about the role");
                role::now(open, usage).map_err(failure)
            }
            None => Ok(RoleNow::default()),
        }
    }

    /// The trail that shows more than the event history does, if there is one.
    pub(crate) fn trails(&mut self) -> Option<Warning> {
        let open = self.open.as_mut()?;
        let _waiting = Waiting::new("looking for trails");
        let found = match trails::find(&open.session) {
            Ok(found) => found,
            Err(error) => {
                return Some(Warning {
                    what: "the account's trails could not be looked at".to_owned(),
                    details: vec![error.to_string()],
                    hint: error.hint,
                });
            }
        };
        let best = found.iter().find(|trail| trail.gain().is_some());
        let mut details = Vec::new();
        for trail in &found {
            let gain = trail.gain().map(|gain| format!("shows {gain}"));
            let spots = gain.into_iter().chain(trail.blind_spots());
            details.push(format!(
                "{} ({}): {}",
                trail.name,
                trail.url,
                spots.collect::<Vec<_>>().join("; ")
            ));
        }
        if details.is_empty() {
            details.push("the account has no trail that records more".to_owned());
        }
        Some(Warning {
            what: "the event history shows no data events, such as calls on S3 objects".to_owned(),
            details,
            hint: best.map(|trail| format!("this trail shows more: `--trail {}`", trail.url)),
        })
    }

    /// Lets IAM's simulator judge the accesses seen.
    pub(crate) fn simulate(
        &mut self,
        report: &Report,
        usage: &RoleUsage,
    ) -> Result<Vec<Warning>, Failure> {
        let open = self.open()?;
        let _waiting = Waiting::new("simulating the policy");
        let requests = role::requests(usage);
        let documents: Vec<String> = report
            .policies
            .iter()
            .map(|policy| policy.document.to_string())
            .collect();
        let refused = checks::simulate(&open.session, &documents, &requests).map_err(failure)?;
        Ok(role::refusals(&refused, requests.len()))
    }

    /// Lets Access Analyzer judge the policies.
    pub(crate) fn validate(&mut self, report: &Report) -> Result<Vec<Warning>, Failure> {
        let open = self.open()?;
        let _waiting = Waiting::new("letting Access Analyzer check the policy");
        let mut warnings = Vec::new();
        for policy in &report.policies {
            let document = policy.document.to_string();
            let remarks = checks::validate(&open.session, &document).map_err(failure)?;
            warnings.extend(role::remarks(&policy.name, &remarks));
        }
        Ok(warnings)
    }
}
