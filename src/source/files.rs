//! Which files to read, and in what order.
//!
//! Trail files lie at `AWSLogs/[o-ORG/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/`, beside `CloudTrail-Digest`,
//! `CloudTrail-Insight` and the logs of other services, which are told apart by their folder without being opened. A folder
//! in no such layout is taken as it is. Source: CloudTrail user guide, "Finding your CloudTrail log files".

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::remote::{Remote, RemoteFile};
use super::{Reading, TrailSource};
use crate::arn::is_account;
use crate::time::{Window, day_of};
use crate::trail::Gap;

/// One file to read.
#[derive(Clone, Debug)]
pub(super) struct TrailFile {
    /// Where it lies.
    pub(super) place: Place,
    /// Its length as stored; 0 for standard input.
    pub(super) stored_bytes: u64,
    /// Whether it has to be a trail file.
    pub(super) expectation: Expectation,
}

/// Where a file lies.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Stdin,
    Path(PathBuf),
    Remote(Arc<dyn Remote>, RemoteFile),
}

/// What a file's name and the user promise about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    /// It was named by the user, or is called like a trail file: anything else in it is a gap.
    Trail,
    /// It was found in a folder and may be anything: a note beside the trail is passed over.
    Open,
}

impl TrailFile {
    /// The name for messages.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Stdin => "standard input".to_owned(),
            Place::Path(path) => path.display().to_string(),
            Place::Remote(remote, file) => remote.name_of(file),
        }
    }

    /// Says whether it has to be fetched.
    pub(super) fn is_remote(&self) -> bool {
        matches!(&self.place, Place::Remote(remote, _) if !remote.is_near())
    }
}

/// How many folders deep a source is followed; the real layout has ten below the bucket.
const FOLDER_LEVELS: usize = 64;

/// Ends of names that trail files and their exports have.
const TRAIL_NAMES: [&str; 6] = [
    ".json",
    ".json.gz",
    ".jsonl",
    ".jsonl.gz",
    ".ndjson",
    ".ndjson.gz",
];

/// Lists the files of all sources, each file once.
pub(super) fn find<'a>(
    sources: &'a [TrailSource],
    window: Window,
    reading: &'a mut Reading,
) -> Vec<TrailFile> {
    let mut finder = Finder {
        window,
        reading,
        files: Vec::new(),
        seen: BTreeSet::new(),
    };
    for source in sources {
        match source {
            TrailSource::Stdin => finder.files.push(TrailFile {
                place: Place::Stdin,
                stored_bytes: 0,
                expectation: Expectation::Trail,
            }),
            TrailSource::Path(path) => finder.source(path),
            TrailSource::Remote(remote) => {
                let listing = remote.list(window);
                finder.reading.add_gaps(listing.gaps);
                finder.remote(remote, listing.files);
            }
            TrailSource::Listed(remote, files) => finder.remote(remote, files.clone()),
        }
    }
    finder.files
}

struct Finder<'a> {
    window: Window,
    reading: &'a mut Reading,
    files: Vec<TrailFile>,
    /// A file or folder that is reached twice, by a link or by two sources, counts once.
    seen: BTreeSet<Identity>,
}

impl Finder<'_> {
    fn source(&mut self, path: &Path) {
        match fs::metadata(path) {
            Err(error) => self.reading.file_gap(path, unreadable(&error)),
            Ok(found) if found.is_dir() => self.folder(path),
            Ok(found) => self.file(path.to_owned(), &found, Expectation::Trail),
        }
    }

    /// Walks a folder without recursion, in the order of the names.
    fn folder(&mut self, top: &Path) {
        let before = self.files.len();
        let passed_before = self.passed_over();
        let mut waiting = vec![(top.to_owned(), 0)];
        while let Some((path, level)) = waiting.pop() {
            match fs::metadata(&path) {
                Err(error) => self.reading.file_gap(&path, unreadable(&error)),
                Ok(found) if found.is_dir() && level < FOLDER_LEVELS => {
                    let inside = self.list(&path, &found);
                    waiting.extend(inside.into_iter().rev().map(|path| (path, level + 1)));
                }
                Ok(found) if found.is_dir() => self.skip(&path, "lies too deep in folders"),
                Ok(found) if found.is_file() => self.found(path, &found),
                Ok(_) => self.skip(&path, "is neither a file nor a folder"),
            }
        }
        let is_empty = self.files.len() == before && self.passed_over() == passed_before;
        if is_empty {
            self.reading
                .file_gap(top, "expected trail files, found none in the folder");
        }
    }

    fn passed_over(&self) -> u64 {
        let reading = &self.reading;
        reading.tally.gaps
            + reading.files_outside_window
            + reading.digest_files
            + reading.insight_files
    }

    fn list(&mut self, folder: &Path, metadata: &Metadata) -> Vec<PathBuf> {
        if !self.seen.insert(identity(folder, metadata)) {
            return Vec::new();
        }
        let entries = fs::read_dir(folder).and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<_>>>()
        });
        match entries {
            Ok(mut entries) => {
                entries.sort();
                entries
            }
            Err(error) => {
                self.reading.file_gap(folder, unreadable(&error));
                Vec::new()
            }
        }
    }

    /// What lies elsewhere is told apart as what lies here.
    fn remote(&mut self, remote: &Arc<dyn Remote>, files: Vec<RemoteFile>) {
        for file in files {
            if let Some(expectation) = self.sorted(Path::new(&file.path)) {
                self.files.push(TrailFile {
                    stored_bytes: file.stored_bytes,
                    place: Place::Remote(Arc::clone(remote), file),
                    expectation,
                });
            }
        }
    }

    /// A file below a folder.
    fn found(&mut self, path: PathBuf, metadata: &Metadata) {
        if let Some(expectation) = self.sorted(&path) {
            self.file(path, metadata, expectation);
        }
    }

    /// The layout and a file's name tell what it is; what is not to be read is counted.
    fn sorted(&mut self, path: &Path) -> Option<Expectation> {
        let layout = Layout::of(path);
        match layout.log {
            Log::Digest => self.reading.digest_files += 1,
            Log::Insight => self.reading.insight_files += 1,
            Log::Other(service) => {
                self.skip(path, &format!("belongs to `{service}`, not to CloudTrail"));
            }
            Log::Trail if layout.day.is_some_and(|day| self.is_outside_window(day)) => {
                self.reading.files_outside_window += 1;
            }
            Log::Trail => {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().to_lowercase());
                let name = name.unwrap_or_default();
                if name.starts_with('.') {
                    self.skip(path, "is hidden");
                    return None;
                }
                let is_called_so = TRAIL_NAMES.iter().any(|end| name.ends_with(end));
                return Some(if is_called_so {
                    Expectation::Trail
                } else {
                    Expectation::Open
                });
            }
        }
        None
    }

    fn file(&mut self, path: PathBuf, metadata: &Metadata, expectation: Expectation) {
        if self.seen.insert(identity(&path, metadata)) {
            self.files.push(TrailFile {
                place: Place::Path(path),
                stored_bytes: metadata.len(),
                expectation,
            });
        } else {
            self.skip(&path, "has been read already under another name");
        }
    }

    fn skip(&mut self, path: &Path, reason: &str) {
        self.reading.skipped.push(Gap {
            place: path.display().to_string(),
            problem: reason.to_owned(),
        });
    }

    /// A folder's day is the day of delivery. CloudTrail delivers within minutes but promises no limit, so a file may
    /// hold events of many days before its folder's day, and of none after it.
    fn is_outside_window(&self, day: Date) -> bool {
        are_outside(self.window, day, day)
    }
}

/// Says whether no folder of the days from `first` to `last` can hold an event inside the window.
pub(super) fn are_outside(window: Window, first: Date, last: Date) -> bool {
    const CLOCK_MARGIN_DAYS: i32 = 1;
    const DELIVERY_MARGIN_DAYS: i32 = 14;
    let plus = |day: Date, days: i32| day.checked_add(days.days()).unwrap_or(Date::MAX);
    let is_before = |since| plus(last, CLOCK_MARGIN_DAYS) < day_of(since);
    let is_after = |until| first > plus(day_of(until), DELIVERY_MARGIN_DAYS);
    window.since.is_some_and(is_before) || window.until.is_some_and(is_after)
}

/// Says whether no folder of digests of these days can hold one that matters to the window: that names a log file which may, or that
/// is named by such a one. A digest of the hour around midnight names files of two days, and is named in the next hour.
pub(super) fn are_digests_outside(window: Window, first: Date, last: Date) -> bool {
    let before = first.yesterday().unwrap_or(first);
    let after = last.tomorrow().unwrap_or(last);
    are_outside(window, before, after)
}

/// What makes a file the same file under another name.
#[cfg(unix)]
pub(super) type Identity = (u64, u64);

#[cfg(unix)]
pub(super) fn identity(_path: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) type Identity = PathBuf;

#[cfg(not(unix))]
pub(super) fn identity(path: &Path, _metadata: &Metadata) -> Identity {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// What the folders above a file tell about it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Layout {
    log: Log,
    day: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// A trail file, as far as the folders tell.
    Trail,
    Digest,
    Insight,
    /// Another service's log in the same bucket.
    Other(String),
}

/// What the folders of a path tell of it.
pub(super) fn layout(path: &Path) -> (Log, Option<Date>) {
    let layout = Layout::of(path);
    (layout.log, layout.day)
}

/// The day of a trail file's folder.
pub(super) fn day_of_folder(path: &str) -> Option<Date> {
    Layout::of(Path::new(path)).day
}

impl Layout {
    fn of(path: &Path) -> Self {
        let parts: Vec<&str> = path
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .filter_map(|part| match part {
                Component::Normal(part) => part.to_str(),
                _ => None,
            })
            .collect();
        let below_account = parts.windows(2).rev().find_map(|pair| match pair {
            [account, log] if is_account(account) => Some(*log),
            _ => None,
        });
        let log = match below_account {
            Some("CloudTrail") => Log::Trail,
            Some("CloudTrail-Digest") => Log::Digest,
            Some("CloudTrail-Insight") => Log::Insight,
            Some(other) if parts.contains(&"AWSLogs") => Log::Other(other.to_owned()),
            _ if parts.contains(&"CloudTrail-Digest") => Log::Digest,
            _ if parts.contains(&"CloudTrail-Insight") => Log::Insight,
            _ => Log::Trail,
        };
        let day = match (&log, parts.as_slice()) {
            (Log::Trail, [.., "CloudTrail", _region, year, month, day]) => date(year, month, day),
            _ => None,
        };
        Self { log, day }
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The reason why a file cannot be read, in the house's words.
pub(super) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "expected a file or folder, found nothing there".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "expected a readable file or folder, found that reading is not permitted".to_owned()
        }
        _ => format!(
            "expected to read it, found: {}",
            error.to_string().to_lowercase()
        ),
    }
}
