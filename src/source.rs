//! Where bytes come from: trail files, folders of them, standard input.
//!
//! A run reads its sources in a fixed order (as given, folders sorted by name), so the same input gives the same
//! output. A file that cannot be read, wholly or in part, is a [`Gap`] with its name and the place in it; it never costs the
//! other files. What lies beside the trail files (digests, insights, other services' logs, notes) is counted and named, so
//! that nothing is passed over in silence.

#[cfg(feature = "aws")]
pub mod aws;
pub mod bounded;
pub mod calls;
pub mod current;
pub mod digests;
mod files;
mod fold;
mod folding;
mod gather;
pub mod git;
mod kept_days;
mod open;
pub mod posture;
mod remote;
pub mod rows_file;
mod stream;
pub mod usage_file;

use std::fmt;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::time::Window;
use crate::trail::{Event, Found, Gap, InputId, Reader, Take, Tally};
use files::{Expectation, TrailFile};
pub use fold::Fold;
pub use folding::{DailyFolding, Folding};
pub use kept_days::{KeptDays, kept_days};
pub use open::Claims;
use open::Opener;
pub use remote::{Listing, Remote, RemoteFile, Vouched};

/// One source of trail records, as the user named it.
#[derive(Clone, Debug)]
pub enum TrailSource {
    /// A file, or a folder with all below it.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// Files that have to be fetched.
    Remote(Arc<dyn Remote>),
    /// Some of them, as they were listed.
    Listed(Arc<dyn Remote>, Vec<RemoteFile>),
}

impl TrailSource {
    /// Says whether it can be read a second time: standard input and pipes cannot.
    pub fn can_be_read_again(&self) -> bool {
        match self {
            Self::Path(path) => path
                .metadata()
                .is_ok_and(|found| found.is_file() || found.is_dir()),
            // What has been fetched once is not fetched again only to know who else was there.
            Self::Remote(remote) | Self::Listed(remote, _) => remote.is_near(),
            Self::Stdin => false,
        }
    }

    /// Reads the value of `--trail`: `-` is standard input.
    pub fn from_argument(argument: &std::ffi::OsStr) -> Self {
        if argument == "-" {
            Self::Stdin
        } else {
            Self::Path(PathBuf::from(argument))
        }
    }
}

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions<'a> {
    /// Events outside are counted but not given out; files that cannot hold any inside are left out.
    pub window: Window,
    /// The name (no ARN, no path) of the one principal that matters. Records whose text does not hold it are counted but
    /// not given out, which is many times faster; some that do hold it are other principals'.
    pub naming: Option<String>,
    /// Operations whose events are given out although they do not name the principal.
    pub operations: Vec<String>,
    /// How much of a file is accepted.
    pub limits: Limits,
    /// How many threads read; all cores if absent. The result does not depend on it.
    pub threads: Option<NonZero<usize>>,
    /// Tells files apart by their content, so that none is read twice under two names.
    pub claims: Option<&'a Claims>,
    /// Who is told how far it has come.
    pub progress: Option<&'a dyn Progress>,
    /// Once set, no further file is begun.
    pub stop: Option<&'a AtomicBool>,
}

/// Is told how far a run has come, from any of its threads.
pub trait Progress: Sync + fmt::Debug {
    /// So many files were found, with so many bytes as stored.
    fn found(&self, files: u64, stored_bytes: u64);
    /// One more file is done.
    fn file_done(&self, done: &FileDone);
}

/// What one file came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDone {
    /// Its bytes as stored.
    pub stored_bytes: u64,
    /// Its bytes after decompression.
    pub expanded_bytes: u64,
    /// The records in it.
    pub records: u64,
}

impl ReadOptions<'_> {
    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        self.threads.map_or_else(cores, NonZero::get)
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// Bounds on what one file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest record, in bytes of JSON.
    pub record_bytes: usize,
    /// The largest file after decompression.
    pub expanded_bytes: u64,
    /// The highest ratio of decompressed to compressed bytes, judged once `judged_bytes` have come out.
    pub expansion_ratio: u64,
    /// How much may come out before its ratio is judged.
    pub judged_bytes: u64,
}

impl Default for Limits {
    /// CloudTrail's own limit on a record is 256 KB and its files shrink about 7 : 1, at most some 40 : 1 (measured on
    /// files with one repeated record), so these are far from anything real.
    fn default() -> Self {
        const MEBIBYTE: u64 = 1024 * 1024;
        Self {
            record_bytes: 16 * 1024 * 1024,
            expanded_bytes: 64 * 1024 * MEBIBYTE,
            expansion_ratio: 500,
            judged_bytes: 64 * MEBIBYTE,
        }
    }
}

/// What a run over the sources came upon, beside the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Files that were read, wholly or in part.
    pub files: u64,
    /// Bytes read from them, as stored.
    pub stored_bytes: u64,
    /// Bytes after decompression.
    pub expanded_bytes: u64,
    /// Records, events and all that was counted in them.
    pub tally: Tally,
    /// What could not be read. The first [`Reading::GAPS_KEPT`]; `tally.gaps` counts all.
    pub gaps: Vec<Gap>,
    /// Digest files passed over, by their folder.
    pub digest_files: u64,
    /// Insight files passed over, by their folder.
    pub insight_files: u64,
    /// Files whose folder's date lies outside the window.
    pub files_outside_window: u64,
    /// Files whose content was read under another name.
    pub repeated_files: u64,
    /// Other files passed over, each with its reason.
    pub skipped: Vec<Gap>,
    /// Says whether the run was stopped before its end.
    pub is_stopped: bool,
}

impl Reading {
    /// How many gaps are kept with their place and words.
    pub const GAPS_KEPT: usize = 1000;

    /// Adds what the next part of the input came to.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.stored_bytes += other.stored_bytes;
        self.expanded_bytes += other.expanded_bytes;
        self.tally.add(other.tally);
        other.gaps.into_iter().for_each(|gap| self.gap(gap));
        self.digest_files += other.digest_files;
        self.insight_files += other.insight_files;
        self.files_outside_window += other.files_outside_window;
        self.repeated_files += other.repeated_files;
        self.skipped.extend(other.skipped);
        self.is_stopped |= other.is_stopped;
    }

    fn gap(&mut self, gap: Gap) {
        if self.gaps.len() < Self::GAPS_KEPT {
            self.gaps.push(gap);
        }
    }

    /// Adds what could not be had before the reading began.
    pub fn add_gaps(&mut self, gaps: Vec<Gap>) {
        self.tally.gaps += gaps.len() as u64;
        for gap in gaps {
            self.gap(gap);
        }
    }

    fn file_gap(&mut self, path: &Path, problem: impl Into<String>) {
        self.tally.gaps += 1;
        self.gap(Gap {
            place: path.display().to_string(),
            problem: problem.into(),
        });
    }
}

/// Reads all sources in order, in this thread, and gives out their events.
pub fn read(
    sources: &[TrailSource],
    options: &ReadOptions<'_>,
    visit: &mut dyn FnMut(Event),
) -> Reading {
    let mut reading = Reading::default();
    let files = find(sources, options, &mut reading);
    let mut opener = Opener::new(options.limits, options.claims);
    for file in files {
        if options.is_stopped() {
            reading.is_stopped = true;
            break;
        }
        read_file(
            &file,
            options,
            &mut opener,
            &mut reading,
            (
                &mut |item| match item {
                    Item::Event(event) => visit(*event),
                    Item::Input(_) => {}
                },
                None,
            ),
        );
    }
    reading.tally.add_others(std::mem::take(&mut opener.others));
    reading
}

/// Reads all sources with several threads.
///
/// Each part of the input is folded into what `start` gives; `merge` gets the parts in the order of the input, on the
/// calling thread. How the input is cut into parts depends on the input alone.
pub fn fold<F: Fold>(
    sources: &[TrailSource],
    options: &ReadOptions<'_>,
    start: &(dyn Fn() -> F + Sync),
    merge: &mut dyn FnMut(F),
) -> Reading {
    let mut reading = Reading::default();
    let units = fold::units(find(sources, options, &mut reading));
    fold::run(&units, options, start, &mut |part, part_reading| {
        reading.add(part_reading);
        merge(part);
    });
    reading
}

/// Reads all sources with several threads, each of which folds its share of the files into one value.
///
/// What comes of it must not depend on which thread had which file. `merge` gets one value of each thread. Records are offered
/// to [`Fold::record`] before they are read.
pub fn gather<F: Fold>(
    sources: &[TrailSource],
    options: &ReadOptions<'_>,
    start: &(dyn Fn() -> F + Sync),
    merge: &mut dyn FnMut(F),
) -> Reading {
    let mut reading = Reading::default();
    let units = fold::units(find(sources, options, &mut reading));
    reading.add(gather::run(&units, options, start, merge));
    reading
}

fn find(
    sources: &[TrailSource],
    options: &ReadOptions<'_>,
    reading: &mut Reading,
) -> Vec<TrailFile> {
    let files = files::find(sources, options.window, reading);
    if let Some(progress) = options.progress {
        let stored_bytes = files.iter().map(|file| file.stored_bytes).sum();
        progress.found(files.len() as u64, stored_bytes);
    }
    files
}

/// What comes of a file.
enum Item {
    Input(InputId),
    Event(Box<Event>),
}

fn read_file(
    file: &TrailFile,
    options: &ReadOptions<'_>,
    opener: &mut Opener<'_>,
    reading: &mut Reading,
    (visit, take): (&mut dyn FnMut(Item), Option<&Take<'_>>),
) {
    let mut gaps = Vec::new();
    let mut reader = Reader::new(options.window, options.naming.as_deref())
        .with_operations(&options.operations)
        .counting_on(std::mem::take(&mut opener.others));
    if let Some(take) = take {
        reader = reader.offering(take);
    }
    let opened = opener.read(file, &mut reader, &mut |found| match found {
        Found::Input(id) => visit(Item::Input(id)),
        Found::Event(event) => visit(Item::Event(event)),
        Found::Gap(gap) if gaps.len() < Reading::GAPS_KEPT => gaps.push(gap),
        Found::Gap(_) => {}
    });
    let mut tally = reader.finish();
    opener.others = std::mem::take(&mut tally.others);
    if let Some(progress) = options.progress {
        progress.file_done(&FileDone {
            stored_bytes: opened.stored_bytes,
            expanded_bytes: opened.expanded_bytes,
            records: tally.records,
        });
    }
    let is_trail = tally.records > 0 || tally.digests > 0;
    if opened.is_repeated {
        reading.repeated_files += 1;
        return;
    }
    if file.expectation == Expectation::Open && !is_trail {
        let first = gaps.into_iter().next().map(|gap| gap.problem);
        let problem = opened.problem.or(first);
        reading.skipped.push(Gap {
            place: file.name(),
            problem: problem.unwrap_or_else(|| "holds no record".to_owned()),
        });
        return;
    }
    reading.files += 1;
    reading.stored_bytes += opened.stored_bytes;
    reading.expanded_bytes += opened.expanded_bytes;
    reading.tally.add(tally);
    let name = file.name();
    for gap in gaps {
        let joint = if gap.place.is_empty() { "" } else { ": " };
        reading.gap(Gap {
            place: format!("{name}{joint}{}", gap.place),
            problem: gap.problem,
        });
    }
    if let Some(problem) = opened.problem {
        reading.tally.gaps += 1;
        reading.gap(Gap {
            place: name,
            problem,
        });
    }
}
