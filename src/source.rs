//! Where bytes come from: trail files, folders of them, standard input.
//!
//! A run reads its sources in a fixed order (as given, folders sorted by name), so the same input gives the same
//! output. A file that cannot be read, wholly or in part, is a [`Gap`] with its name and the place in it; it never costs the
//! other files. What lies beside the trail files (digests, insights, other services' logs, notes) is counted and named, so
//! that nothing is passed over in silence.

pub mod current;
mod files;
mod open;

use std::path::{Path, PathBuf};

use crate::time::Window;
use crate::trail::{Event, Found, Gap, Reader, Tally};
use files::{Expectation, TrailFile};

/// One source of trail records, as the user named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrailSource {
    /// A file, or a folder with all below it.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

impl TrailSource {
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
pub struct ReadOptions {
    /// Events outside are counted but not given out; files that cannot hold any inside are left out.
    pub window: Window,
    /// How much of a file is accepted.
    pub limits: Limits,
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
    /// Other files passed over, each with its reason.
    pub skipped: Vec<Gap>,
}

impl Reading {
    /// How many gaps are kept with their place and words.
    pub const GAPS_KEPT: usize = 1000;

    fn gap(&mut self, gap: Gap) {
        if self.gaps.len() < Self::GAPS_KEPT {
            self.gaps.push(gap);
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

/// Reads all sources in order and gives out their events.
pub fn read(
    sources: &[TrailSource],
    options: &ReadOptions,
    visit: &mut dyn FnMut(Event),
) -> Reading {
    let mut reading = Reading::default();
    let files = files::find(sources, options.window, &mut reading);
    for file in files {
        read_file(&file, options, &mut reading, visit);
    }
    reading
}

fn read_file(
    file: &TrailFile,
    options: &ReadOptions,
    reading: &mut Reading,
    visit: &mut dyn FnMut(Event),
) {
    let mut gaps = Vec::new();
    let mut reader = Reader::new(options.window);
    let mut receive = |found| match found {
        Found::Event(event) => visit(*event),
        Found::Gap(gap) => gaps.push(gap),
    };
    let opened = open::read(file, options.limits, &mut reader, &mut receive);
    let name = file.name();
    let tally = reader.finish();
    let is_trail = tally.records > 0 || tally.digests > 0;
    if file.expectation == Expectation::Open && !is_trail {
        let first = gaps.into_iter().next().map(|gap| gap.problem);
        let problem = opened.problem.or(first);
        reading.skipped.push(Gap {
            place: name,
            problem: problem.unwrap_or_else(|| "holds no record".to_owned()),
        });
        return;
    }
    reading.files += 1;
    reading.stored_bytes += opened.stored_bytes;
    reading.expanded_bytes += opened.expanded_bytes;
    reading.tally.add(tally);
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
