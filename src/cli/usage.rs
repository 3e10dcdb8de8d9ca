//! `polgen usage`: folds trails into a small file that is joined with others and read in place of the trails.

mod diff;
mod lines;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use jiff::SignedDuration;

use super::input::{Input, overlapping};
use super::live::{Connection, Sources};
use super::progress::Waiting;
use super::{Context, Exit, Failure, file, interrupt, principal};
use crate::report::{grouped, plural};
use crate::source::{
    self, Claims, DailyFolding, ReadOptions, Reading, TrailSource, kept_days, usage_file,
};
use crate::time::{Timestamp, Window, start_of_day};
use crate::usage::{Daily, PrincipalKind, RoleQuery};

/// How far the event history reaches back, and how long it takes until a day is there whole.
const REACH_DAYS: i64 = 90;
const SETTLING_HOURS: i64 = 1;

/// Fold trails into a usage file
///
/// What all roles and users did, by day and account, in a file of some kilobytes a day. `--usage FILE` reads it wherever
/// `--trail` reads a trail. To go on with a folder that grows, give both: `polgen usage --usage june.usage --trail FOLDER --output
/// june.usage` reads only the files that are new.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    input: Input,

    #[command(flatten)]
    result: Outcome,

    /// On Ctrl-C, write what has been read so far
    ///
    /// Only whole trail files are in it. To go on later: `polgen usage --usage FILE --trail FOLDER --output FILE`. The exit code
    /// is 4 then, since a part is missing.
    #[arg(long, help_heading = "Output", requires = "output")]
    partial: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Merge(Merge),
    Diff(diff::Diff),
}

/// Join usage files, in any order
///
/// What several of them hold counts once: a part (a day of an account) from the same trail files is the same whoever folded it.
#[derive(Debug, ClapArgs)]
struct Merge {
    /// Usage files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    result: Outcome,
}

/// What becomes of the usage.
#[derive(Debug, ClapArgs)]
struct Outcome {
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// What to write: file, or json with a line for each use
    #[arg(
        long,
        value_enum,
        default_value_t = Format::File,
        help_heading = "Output",
        hide_possible_values = true
    )]
    format: Format,

    /// Only this role, with --format json
    #[arg(long, value_name = "ROLE", help_heading = "Output")]
    role: Option<String>,

    /// Only this IAM user, with --format json
    #[arg(
        long,
        value_name = "USER",
        help_heading = "Output",
        conflicts_with = "role"
    )]
    user: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A usage file
    File,
    /// A line for each use
    Json,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    match &args.command {
        Some(Command::Diff(args)) => diff::run(args, context),
        Some(Command::Merge(merge)) => {
            merge.result.check()?;
            let mut daily = Daily::default();
            for path in &merge.files {
                let read =
                    usage_file::read(path).map_err(|error| Failure::new(Exit::Gaps, error))?;
                let joined = daily.join(read);
                joined.map_err(|overlap| overlapping(&path.display().to_string(), &overlap))?;
            }
            merge.result.write(&daily, context)
        }
        None => {
            args.result.check()?;
            let stop = args.partial.then(interrupt::flag).transpose()?;
            let (daily, is_stopped) = folded(&args.input, context.now, stop)?;
            let exit = args.result.write(&daily, context)?;
            if is_stopped {
                return Err(stopped(args));
            }
            Ok(exit)
        }
    }
}

/// Results of queries count whole windows, and days are what usage files are made of.
fn refuse_rows(rows: &[PathBuf]) -> Result<(), Failure> {
    let Some(path) = rows.first() else {
        return Ok(());
    };
    let problem = format!(
        "{}: expected usage files or trails, found the result of a query, which is not kept by day",
        path.display()
    );
    Err(Failure::new(Exit::WrongCommandLine, problem)
        .hint("read it as it is, with `--usage` of the other commands"))
}

/// Folds what the sources hold, except for what usage files hold already.
/// Says whether it was stopped before all was read.
fn folded(
    input: &Input,
    now: Timestamp,
    stop: Option<&'static AtomicBool>,
) -> Result<(Daily, bool), Failure> {
    let mut window = whole_days(input.window(now)?)?;
    let is_history = input.reads_event_history();
    if is_history {
        if !input.trail.is_empty() {
            let problem = "--event-history: expected it alone, found trails beside it, which may hold the same calls";
            return Err(Failure::new(Exit::WrongCommandLine, problem).hint("fold one of them"));
        }
        window = settled(window, now);
    }
    let mut connection = Connection::new(&input.live);
    let sources = input.open(&mut connection, (window, now), None)?;
    let Sources {
        list,
        mut kept,
        gaps,
        cache,
        rows,
    } = sources;
    refuse_rows(&rows)?;
    let known = kept.inputs();
    let mut claims = Claims::of(known.clone());
    let query = RoleQuery::everyone();
    let learned = Arc::default();
    let start = || DailyFolding::new(&query, is_history.then_some(&known), &learned);
    let (mut read, mut reading) = (Daily::default(), Reading::default());
    let mut list = list.as_slice();
    if let (Some(cache), [TrailSource::Remote(remote), others @ ..], true) =
        (&cache, list, known.is_empty())
    {
        let options = ReadOptions {
            stop,
            ..input.options(window)
        };
        let waiting = Waiting::new("reading the trail's bucket");
        let found = kept_days(remote, cache, &query, &options);
        drop(waiting);
        read = found.whole;
        reading = found.reading;
        claims = Claims::of(read.inputs());
        list = others;
    }
    let options = ReadOptions {
        claims: Some(&claims),
        stop,
        ..input.options(window)
    };
    let waiting = Waiting::new("reading the trail");
    reading.add(source::gather(list, &options, &start, &mut |share| {
        read.add(share.daily());
    }));
    drop(waiting);
    reading.add_gaps(gaps);
    reading.tally.records += kept.events();
    reading.tally.events += kept.events();
    let judged = input.judge(&reading);
    judged.map_err(|failure| connection.explain(failure))?;
    tell(&reading, &read);
    read.gaps.extend(reading.gaps);
    kept.add(read);
    Ok((kept, reading.is_stopped))
}

/// Says that a part is missing, and how to go on.
fn stopped(args: &Args) -> Failure {
    let path = args.result.output.as_deref().unwrap_or(Path::new("FILE"));
    let shown = path.display();
    let problem =
        format!("stopped before all was read: {shown} holds only the files that were read whole");
    let trails = args.input.trail.iter();
    let trails = trails.map(|trail| format!(" --trail {}", trail.to_string_lossy()));
    let trails = trails.collect::<Vec<_>>().concat();
    Failure::new(Exit::Gaps, problem).hint(format!(
        "go on with `polgen usage --usage {shown}{trails} --output {shown}`"
    ))
}

/// The window with whole days, since a part that holds half a day would be taken for the day.
fn whole_days(window: Window) -> Result<Window, Failure> {
    let until = window.until;
    if let Some(until) = until
        && start_of_day(until) != Some(until)
    {
        let problem = format!(
            "--until: expected the end of a day, since usage files are kept by day, found {until}"
        );
        return Err(Failure::new(Exit::WrongCommandLine, problem)
            .hint("give a date, as in `--until 2026-06-01`"));
    }
    Ok(Window {
        since: window.since.and_then(start_of_day),
        until,
    })
}

/// The days of the event history that are there whole and will not change any more.
fn settled(window: Window, now: Timestamp) -> Window {
    let ago = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).ok();
    let oldest = ago(24 * (REACH_DAYS - 1)).and_then(start_of_day);
    let newest = ago(SETTLING_HOURS).and_then(start_of_day);
    Window {
        since: window.since.max(oldest),
        until: [window.until, newest].into_iter().flatten().min(),
    }
}

/// Says what was read and what was not.
fn tell(reading: &Reading, read: &Daily) {
    let files = usize::try_from(reading.files).unwrap_or(usize::MAX);
    let parts = read.parts.len();
    anstream::eprintln!(
        "Read       {}, {} events, {}",
        plural(files, "file", "files"),
        grouped(reading.tally.events),
        plural(parts, "day of an account", "days of accounts"),
    );
    if reading.repeated_files > 0 {
        anstream::eprintln!(
            "           {} more were read before, under this name or another",
            grouped(reading.repeated_files)
        );
    }
}

impl Outcome {
    fn check(&self) -> Result<(), Failure> {
        let is_one = self.role.is_some() || self.user.is_some();
        let wrong = |problem: &str| Err(Failure::new(Exit::WrongCommandLine, problem));
        match self.format {
            Format::File if is_one => wrong(
                "--role: a usage file holds all roles; with `--format json` one can be picked out",
            ),
            Format::File if self.output.is_none() && std::io::stdout().is_terminal() => {
                let failure = wrong("a usage file is no text, and standard output is a terminal");
                failure.map_err(|failure| failure.hint("name a file with `--output`"))
            }
            _ => Ok(()),
        }
    }

    fn query(&self) -> Result<RoleQuery, Failure> {
        match (&self.role, &self.user) {
            (Some(role), _) => principal::query(PrincipalKind::Role, role),
            (None, Some(user)) => principal::query(PrincipalKind::User, user),
            (None, None) => Ok(RoleQuery::everyone()),
        }
    }

    fn write(&self, daily: &Daily, context: &mut Context) -> Result<Exit, Failure> {
        let query = self.query()?;
        let content = |output: &mut dyn std::io::Write| match self.format {
            Format::File => usage_file::write(daily, output),
            Format::Json => lines::write(daily, &query, output),
        };
        match &self.output {
            Some(path) => file::write_whole(path, content)?,
            None => content(context.output.writer())?,
        }
        Ok(Exit::Done)
    }
}
