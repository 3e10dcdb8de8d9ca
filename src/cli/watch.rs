//! `polgen watch`: looks for calls that a role is denied, after a change, and says what would allow them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::live::Live;
#[cfg(not(feature = "aws"))]
use super::{Context, Exit, Failure};

/// Watch a role for denied calls after a change
///
/// Reads the event history again and again. Calls of the role that were denied since the start, or since `--since`, are told
/// with what AWS said of them. At the end the smallest policy that would allow them goes to standard output, and the exit code
/// is then `1`. CloudTrail needs some minutes to deliver a call, and the event history holds management events only: a denied
/// read of an S3 object is seen only in a trail that records data events, which `--trail` names.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Role, by name or ARN
    #[arg(long, value_name = "ROLE")]
    role: String,

    /// Trail to look at as well: `s3://BUCKET/PREFIX` or a folder; can be repeated
    #[arg(long, value_name = "PATH")]
    trail: Vec<OsString>,

    /// Moment, date or age from which denied calls count [default: now]
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,

    /// How long to watch, in minutes
    #[arg(long, value_name = "N", default_value_t = 30)]
    minutes: u64,

    /// Seconds between two looks
    #[arg(long, value_name = "N", default_value_t = 60)]
    every: u64,

    /// At the first denied call, put the role back as this file says
    #[arg(long, value_name = "FILE")]
    auto_rollback: Option<PathBuf>,

    #[command(flatten)]
    live: Live,
}

#[cfg(not(feature = "aws"))]
pub(crate) fn run(_args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    Err(super::live::absent())
}

#[cfg(feature = "aws")]
pub(crate) use carried::run;

#[cfg(feature = "aws")]
mod carried {
    //! The command in a build that can call AWS.

    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::Args;
    use crate::cli::live::Connection;
    use crate::cli::{Context, Exit, Failure, rollback};
    use crate::mapping::Scope;
    use crate::policy::{Document, Statement};
    use crate::report::{plain, plural};
    use crate::source::{self, Folding, ReadOptions, TrailSource};
    use crate::time::{DayEnd, Timestamp, Window, parse_moment};
    use crate::usage::{DeniedCall, RoleQuery, Usage};

    /// How many gaps of a look are named.
    const GAPS_NAMED: usize = 3;

    /// Runs the command.
    pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
        let wrong = |problem: String| Failure::new(Exit::WrongCommandLine, problem);
        let query = RoleQuery::parse(&args.role).ok_or_else(|| {
            wrong(format!(
                "--role: expected the name or ARN of a role, found `{}`",
                args.role
            ))
        })?;
        let since = match &args.since {
            None => context.now,
            Some(text) => parse_moment(text, context.now, DayEnd::Start)
                .map_err(|error| wrong(format!("--since: {error}")))?,
        };
        let mut connection = Connection::new(&args.live);
        let started = Instant::now();
        let watched = Duration::from_secs(args.minutes.saturating_mul(60));
        let mut told: BTreeMap<DeniedCall, u64> = BTreeMap::new();
        anstream::eprintln!(
            "Watching   `{}` for {}; stop with Ctrl-C",
            plain(query.shown()),
            plural(
                usize::try_from(args.minutes).unwrap_or(usize::MAX),
                "minute",
                "minutes"
            )
        );
        loop {
            #[expect(
                clippy::disallowed_methods,
                reason = "what is watched goes on while the clock does"
            )]
            let now = Timestamp::now();
            for (call, count) in denied(args, &mut connection, &query, (since, now))? {
                if told.get(&call) != Some(&count) {
                    tell(&call, count);
                    told.insert(call, count);
                }
            }
            if !told.is_empty()
                && let Some(file) = &args.auto_rollback
            {
                rollback::put_back(file, &args.live, context)?;
                break;
            }
            let left = watched.saturating_sub(started.elapsed());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(Duration::from_secs(args.every)));
        }
        conclude(told.keys(), context)
    }

    /// The denied calls of the window, each with how often it was seen.
    fn denied(
        args: &Args,
        connection: &mut Connection<'_>,
        query: &RoleQuery,
        (since, now): (Timestamp, Timestamp),
    ) -> Result<Vec<(DeniedCall, u64)>, Failure> {
        let window = Window {
            since: Some(since),
            until: None,
        };
        let mut sources = connection.event_history(window, now)?;
        for argument in &args.trail {
            let url = argument.to_str().filter(|text| text.starts_with("s3://"));
            sources.list.push(match url {
                Some(url) => connection.bucket(url, query.account.as_deref())?,
                None => TrailSource::from_argument(argument),
            });
        }
        if let Some(gap) = sources.gaps.first() {
            anstream::eprintln!("warning: {}: {}", plain(&gap.place), plain(&gap.problem));
        }
        let mut usage = Usage::default();
        let options = ReadOptions {
            window,
            ..ReadOptions::default()
        };
        let learned = Arc::default();
        let start = || Folding::new(query, &learned);
        let reading = source::gather(&sources.list, &options, &start, &mut |share| {
            usage.merge(share.usage());
        });
        // Of a trail's folder that has no file of today yet, nothing is wrong.
        for gap in reading.gaps.iter().take(GAPS_NAMED) {
            anstream::eprintln!("warning: {}: {}", plain(&gap.place), plain(&gap.problem));
        }
        usage.finish();
        let roles = usage.roles.into_values();
        let denied = roles.flat_map(|role| role.denied);
        Ok(denied
            .map(|(call, evidence)| (call, evidence.count))
            .collect())
    }

    fn tell(call: &DeniedCall, count: u64) {
        let operation = format!("{}:{}", call.operation.source, call.operation.name);
        anstream::eprintln!(
            "  denied {count} ×  {}  {}",
            plain(&operation),
            plain(&call.message)
        );
    }

    /// An action, and the conditions that a grant of it carries.
    type Grant<'a> = (&'a str, &'a BTreeMap<String, Vec<String>>);

    /// Says what would allow the calls: no more than these actions on these resources.
    fn conclude<'c>(
        calls: impl Iterator<Item = &'c DeniedCall>,
        context: &mut Context,
    ) -> Result<Exit, Failure> {
        let mut grants: BTreeMap<Grant<'_>, Vec<&str>> = BTreeMap::new();
        let mut count = 0;
        for call in calls {
            count += 1;
            for access in &call.accesses {
                if access.scope == Scope::Unscoped {
                    anstream::eprintln!(
                        "warning: `{}` is left out: the record does not tell on which resource",
                        plain(&access.action)
                    );
                    continue;
                }
                let key = (access.action.as_str(), &*access.conditions);
                grants.entry(key).or_default().push(&access.resource);
            }
        }
        if count == 0 {
            anstream::eprintln!("Done       no denied call was seen");
            return Ok(Exit::Done);
        }
        anstream::eprintln!(
            "Denied     {}; below is what would allow them",
            plural(count, "sort of call", "sorts of calls")
        );
        if !grants.is_empty() {
            let statements = grants
                .into_iter()
                .map(|((action, conditions), mut resources)| {
                    resources.sort_unstable();
                    resources.dedup();
                    let mut statement = Statement::allow([action], resources);
                    if !conditions.is_empty() {
                        let keys = conditions.clone().into_iter().collect();
                        statement.conditions.insert("StringEquals".to_owned(), keys);
                    }
                    statement
                });
            let document = Document::new(statements.collect());
            context.output.line(document.to_string().trim_end())?;
        }
        Ok(Exit::Failed)
    }
}
