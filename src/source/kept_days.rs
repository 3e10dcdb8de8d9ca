//! Days of a trail elsewhere that were folded before: a second run reads only what is new.
//!
//! Each day's folder becomes a usage file, named by the day and by what the listing told of its files. So a file is valid as long as the
//! listing is the same, runs at the same time do not disturb each other, and nothing else is written down. What is kept is usage: no
//! record, and so no token.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use tempfile::NamedTempFile;

use super::files::day_of_folder;
use super::{Claims, DailyFolding, ReadOptions, Reading, Remote, RemoteFile, TrailSource};
use super::{gather, usage_file};
use crate::catalog::Catalog;
use crate::time::{Timestamp, Window, day_of, start_of_day};
use crate::trail::InputId;
use crate::usage::{Daily, RoleQuery};

/// The end of the names of what is kept.
const ENDING: &str = ".usage";

/// What the days of a trail came to.
#[derive(Debug, Default)]
pub struct KeptDays {
    /// The days, whole, inside the window.
    pub whole: Daily,
    /// The part inside the window of those days that it cuts.
    pub cut: Daily,
    /// What was read.
    pub reading: Reading,
    /// The days that were taken from an earlier run.
    pub known_days: usize,
}

/// Folds the days of `remote` inside the window, or takes them from `folder` where they are known. Of the roles, only those asked for
/// are given; all are kept.
pub fn kept_days(
    remote: &Arc<dyn Remote>,
    folder: &Path,
    query: &RoleQuery,
    options: &ReadOptions<'_>,
) -> KeptDays {
    let listing = remote.list(options.window);
    let place = InputId::of_text(&remote.identity()).to_string();
    let mut days = Days {
        remote,
        folder: &folder.join("trails").join(place),
        query,
        options,
        found: KeptDays::default(),
    };
    days.found.reading.add_gaps(listing.gaps);
    let mut by_day: BTreeMap<Option<Date>, Vec<RemoteFile>> = BTreeMap::new();
    for file in listing.files {
        let day = day_of_folder(&file.path);
        by_day.entry(day).or_default().push(file);
    }
    for (day, files) in by_day {
        if options.is_stopped() {
            days.found.reading.is_stopped = true;
            break;
        }
        days.day(day, &files);
    }
    days.found
}

struct Days<'a> {
    remote: &'a Arc<dyn Remote>,
    folder: &'a Path,
    query: &'a RoleQuery,
    options: &'a ReadOptions<'a>,
    found: KeptDays,
}

impl Days<'_> {
    fn day(&mut self, day: Option<Date>, files: &[RemoteFile]) {
        let name = day.map(|day| format!("{day}-{}{ENDING}", digest_of(files)));
        let known = name
            .as_deref()
            .and_then(|name| usage_file::read(&self.folder.join(name)).ok());
        let mut daily = if let Some(known) = known {
            self.found.known_days += 1;
            self.found.reading.files += files.len() as u64;
            self.found.reading.tally.records += known.events();
            self.found.reading.tally.events += known.events();
            known
        } else {
            let (daily, reading) = self.fold(files, Window::default());
            let is_whole = reading.tally.gaps == 0 && !reading.is_stopped;
            self.found.reading.add(reading);
            if let (Some(day), Some(name), true) = (day, name, is_whole) {
                // What cannot be kept is read again.
                let _ = keep(self.folder, day, &name, &daily);
            }
            daily
        };
        let window = self.options.window;
        let cuts: BTreeSet<Date> = [window.since, window.until]
            .into_iter()
            .flatten()
            .filter(|moment| start_of_day(*moment) != Some(*moment))
            .map(day_of)
            .filter(|cut| daily.parts.keys().any(|part| part.day == Some(*cut)))
            .collect();
        daily.parts.retain(|part, _| match part.day {
            Some(day) => is_inside(window, day),
            None => window == Window::default(),
        });
        for part in daily.parts.values_mut() {
            let query = self.query;
            part.usage.roles.retain(|_, role| query.matches(&role.role));
        }
        self.found.whole.add(daily);
        for cut in cuts {
            if let Some(window) = part_of(window, cut) {
                let (daily, reading) = self.fold(files, window);
                self.found.cut.add(daily);
                // What the reading of the whole day has told is not told twice.
                let known = &self.found.reading.gaps;
                let new = reading.gaps.into_iter().filter(|gap| !known.contains(gap));
                let new = new.collect();
                self.found.reading.add_gaps(new);
            }
        }
    }

    /// Folds files, with all roles if the day is to be kept.
    fn fold(&self, files: &[RemoteFile], window: Window) -> (Daily, Reading) {
        let everyone = RoleQuery::everyone();
        let query = if window == Window::default() {
            &everyone
        } else {
            self.query
        };
        let claims = Claims::default();
        let options = ReadOptions {
            window,
            claims: Some(&claims),
            ..self.options.clone()
        };
        let sources = [TrailSource::Listed(Arc::clone(self.remote), files.to_vec())];
        let mut daily = Daily::default();
        let learned = Arc::default();
        let start = || DailyFolding::new(query, None, &learned);
        let reading = gather(&sources, &options, &start, &mut |share| {
            daily.add(share.daily());
        });
        (daily, reading)
    }
}

/// Tells a listing from any other, and what this build makes of it.
fn digest_of(files: &[RemoteFile]) -> InputId {
    let build = format!("{} {}\n", Catalog::digest(), env!("CARGO_PKG_VERSION"));
    let lines = files.iter().map(|file| {
        let (path, bytes, tag) = (&file.path, file.stored_bytes, &file.tag);
        format!("{path} {bytes} {tag}\n")
    });
    let text: String = std::iter::once(build).chain(lines).collect();
    InputId::of_text(&text)
}

/// Says whether the whole day lies inside.
fn is_inside(window: Window, day: Date) -> bool {
    let is_begun = window.since.is_none_or(|since| {
        let first = day_of(since);
        first < day || (first == day && start_of_day(since) == Some(since))
    });
    is_begun && window.until.is_none_or(|until| day < day_of(until))
}

/// The part of a window that lies in one day.
fn part_of(window: Window, day: Date) -> Option<Window> {
    let start = |day: Date| -> Option<Timestamp> {
        let midnight = day.at(0, 0, 0, 0);
        jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok()
    };
    let (first, last) = (start(day)?, start(day.tomorrow().ok()?)?);
    Some(Window {
        since: window.since.max(Some(first)),
        until: [window.until, Some(last)].into_iter().flatten().min(),
    })
}

fn keep(folder: &Path, day: Date, name: &str, daily: &Daily) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    usage_file::write(daily, &mut file)?;
    file.persist(folder.join(name))?;
    // An earlier listing's file of this day is of no more use.
    let start = format!("{day}-");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let other = entry.file_name();
        let other = other.to_string_lossy();
        if other.starts_with(&start) && other.ends_with(ENDING) && other != name {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
