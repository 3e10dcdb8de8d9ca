//! The flags that say where events come from, the same for every command that reads trails.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::integrity;
use super::live::{Connection, Live, Sources, cache};
use super::{Exit, Failure};
use crate::report::plural;
use crate::source::{ReadOptions, Reading, TrailSource, rows_file, usage_file};
use crate::time::{DayEnd, Timestamp, Window, parse_moment};
use crate::trail::Gap;
use crate::usage::Overlap;

/// How many gaps are named before the rest is only counted.
const GAPS_NAMED: usize = 5;

/// Where events come from, and which of them count.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Trail file, folder, `s3://BUCKET/PREFIX` or `-`
    ///
    /// Can be repeated. Gzip or plain, in any envelope that CloudTrail records come in: delivered files, `lookup-events` output, EventBridge
    /// events, log subscriptions, one record a line. Folders are read with all below them and may have the layout of a
    /// trail's bucket. Of a bucket only the days asked for are listed and read.
    #[arg(long, value_name = "PATH", help_heading = "Input")]
    pub(crate) trail: Vec<OsString>,

    /// Usage file in place of a trail, as `polgen usage` writes it
    ///
    /// Can be repeated and given beside trails: what several of them hold counts once, and so does a trail file that a usage file
    /// was folded from.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(crate) usage: Vec<PathBuf>,

    /// Read the event history [default without --trail]
    ///
    /// Management events of the last 90 days, from all enabled regions. What is read is kept under `~/.cache/polgen`, so a run
    /// that was stopped goes on where it stopped, and the next one reads only what is new.
    #[arg(long, help_heading = "Input")]
    pub(crate) event_history: bool,

    /// Only events since this date (2026-06-01) or age (90d)
    #[arg(long, value_name = "WHEN", help_heading = "Input")]
    since: Option<String>,

    /// Only events up to this date, which is included, or age
    #[arg(long, value_name = "WHEN", help_heading = "Input")]
    until: Option<String>,

    /// Go on although parts of the input cannot be read
    ///
    /// Without it, unreadable input ends the run with exit code 4 and nothing is written: a use that cannot be read would be
    /// missing from the policy.
    #[arg(long, help_heading = "Input")]
    pub(crate) allow_gaps: bool,

    /// Check the trail's files against CloudTrail's signed digests
    ///
    /// A file that is missing, was changed, or that no digest names counts as unreadable. The digests lie beside the files, below
    /// `CloudTrail-Digest`.
    #[arg(
        long,
        help_heading = "Input",
        hide_short_help = true,
        requires = "trail"
    )]
    pub(crate) verify_digests: bool,

    /// Keys of the digests, as `aws cloudtrail list-public-keys` prints them; can be repeated
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Input",
        hide_short_help = true,
        requires = "verify_digests"
    )]
    public_keys: Vec<PathBuf>,

    /// Threads that read [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Input", hide_short_help = true)]
    threads: Option<NonZero<usize>>,

    #[command(flatten)]
    pub(crate) live: Live,
}

impl Input {
    /// The time that counts.
    pub(crate) fn window(&self, now: Timestamp) -> Result<Window, Failure> {
        let read = |flag: &str, text: &Option<String>, end| {
            let moment = text
                .as_deref()
                .map(|text| parse_moment(text, now, end))
                .transpose();
            moment
                .map_err(|error| Failure::new(Exit::WrongCommandLine, format!("--{flag}: {error}")))
        };
        let window = Window {
            since: read("since", &self.since, DayEnd::Start)?,
            until: read("until", &self.until, DayEnd::End)?,
        };
        match (window.since, window.until) {
            (Some(since), Some(until)) if since >= until => Err(Failure::new(
                Exit::WrongCommandLine,
                format!("--since: {since} does not lie before --until {until}"),
            )),
            _ => Ok(window),
        }
    }

    /// How many threads work.
    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        self.threads.map_or_else(cores, NonZero::get)
    }

    /// How to read.
    pub(crate) fn options(&self, window: Window) -> ReadOptions<'static> {
        ReadOptions {
            window,
            threads: self.threads,
            ..ReadOptions::default()
        }
    }

    /// Opens the sources in the order given, event history last. Of a bucket with several accounts, only `account` counts if
    /// it is known.
    pub(crate) fn open(
        &self,
        connection: &mut Connection<'_>,
        (window, now): (Window, Timestamp),
        account: Option<&str>,
    ) -> Result<Sources, Failure> {
        let mut sources = Sources {
            cache: cache().ok().filter(|_| !self.live.no_cache),
            ..Sources::default()
        };
        for argument in &self.trail {
            let url = argument.to_str().filter(|text| text.starts_with("s3://"));
            sources.list.push(match url {
                Some(url) => connection.bucket(url, account)?,
                None => TrailSource::from_argument(argument),
            });
        }
        if self.verify_digests {
            let keys = integrity::read_keys(&self.public_keys)?;
            let gaps = integrity::verify(&mut sources.list, keys.as_deref(), window, connection)?;
            sources.gaps.extend(gaps);
        }
        for path in &self.usage {
            if rows_file::is_rows(path) {
                sources.rows.push(path.clone());
                continue;
            }
            match usage_file::read(path) {
                Ok(daily) => sources
                    .kept
                    .join(daily)
                    .map_err(|overlap| overlapping(&path.display().to_string(), &overlap))?,
                Err(error) => sources.gaps.push(Gap {
                    place: error.place,
                    problem: error.problem,
                }),
            }
        }
        let others = sources.list.len() + sources.kept.parts.len();
        if !sources.rows.is_empty() && (others > 0 || self.event_history) {
            let problem = "--usage: expected the result of a query alone, found trails or usage files beside it, which may hold the same calls";
            return Err(Failure::new(Exit::WrongCommandLine, problem).hint("read one of them"));
        }
        if self.reads_event_history() {
            let history = connection.event_history(window, now).map_err(|failure| {
                if self.event_history {
                    failure
                } else {
                    failure.detail("without `--trail` the account's event history is read")
                }
            })?;
            sources.list.extend(history.list);
            sources.gaps.extend(history.gaps);
        }
        Ok(sources)
    }

    /// Says whether the event history is a source.
    pub(crate) fn reads_event_history(&self) -> bool {
        self.event_history || (self.trail.is_empty() && self.usage.is_empty())
    }

    /// Refuses input that could not be read, unless the user accepts it.
    pub(crate) fn judge(&self, reading: &Reading) -> Result<(), Failure> {
        let is_empty = reading.tally.records == 0;
        if is_empty && reading.gaps.is_empty() {
            return Err(self.nothing(reading));
        }
        if reading.tally.gaps == 0 || (self.allow_gaps && !is_empty) {
            return Ok(());
        }
        let count = usize::try_from(reading.tally.gaps).unwrap_or(usize::MAX);
        let mut failure = match (reading.gaps.first(), count) {
            (Some(gap), 1) => Failure::new(Exit::Gaps, format!("{}: {}", gap.place, gap.problem)),
            _ => Failure::new(
                Exit::Gaps,
                format!("{} could not be read", plural(count, "place", "places")),
            ),
        };
        if count > 1 {
            for gap in reading.gaps.iter().take(GAPS_NAMED) {
                failure = failure.detail(format!("{}: {}", gap.place, gap.problem));
            }
            if count > GAPS_NAMED {
                failure = failure.detail(format!("and {} more", count - GAPS_NAMED));
            }
        }
        let readable = usize::try_from(reading.tally.readable()).unwrap_or(usize::MAX);
        Err(if is_empty {
            self.hint_for_none(failure)
        } else {
            failure.hint(format!(
                "the other {} readable; go on without what is missing with `--allow-gaps`",
                if readable == 1 {
                    "record is".to_owned()
                } else {
                    format!("{} are", plural(readable, "record", "records"))
                }
            ))
        })
    }

    /// Says what to give where nothing of what was given could be read; AWS's own answers say for themselves what to do.
    fn hint_for_none(&self, failure: Failure) -> Failure {
        let is_local = |path: &OsString| !path.to_string_lossy().starts_with("s3://");
        let has_rows = self.usage.iter().any(|path| rows_file::is_rows(path));
        if self.reads_event_history() || has_rows {
            failure
        } else if self.trail.is_empty() {
            failure.hint("no record could be read; write the file anew with `polgen usage`")
        } else if self.trail.iter().any(is_local) {
            failure.hint(
                "no record could be read; give the trail's files as AWS wrote them: `aws s3 sync s3://BUCKET/AWSLogs AWSLogs`, then `--trail AWSLogs`",
            )
        } else {
            failure
        }
    }

    fn nothing(&self, reading: &Reading) -> Failure {
        let mut places: Vec<String> = self
            .trail
            .iter()
            .map(|path| format!("`{}`", path.to_string_lossy()))
            .collect();
        let files = self.usage.iter();
        places.extend(files.map(|path| format!("`{}`", path.display())));
        if self.event_history || places.is_empty() {
            places.push("event history".to_owned());
        }
        let mut failure = Failure::new(
            Exit::Gaps,
            format!("{}: no CloudTrail record found", places.join(", ")),
        );
        if reading.files_outside_window > 0 {
            failure = failure.detail(format!(
                "{} files lie outside the window asked for",
                reading.files_outside_window
            ));
        }
        for skipped in reading.skipped.iter().take(GAPS_NAMED) {
            failure = failure.detail(format!("{}: {}", skipped.place, skipped.problem));
        }
        failure
            .hint("give the folder that holds `AWSLogs`, a trail file, or `-` for standard input")
    }
}

/// Two usage files of which neither holds the other, and which are not apart either.
pub(crate) fn overlapping(place: &str, overlap: &Overlap) -> Failure {
    Failure::new(Exit::Failed, format!("{place}: {overlap}"))
        .detail("what they share cannot be told apart any more, and would count twice")
        .hint("fold the trail anew in one run, or in runs over different files")
}
