//! Checks a trail's files against its digests: what is missing, what was changed, what no digest vouches for.
//!
//! A digest's signature stands in the one after it. The newest digest of a chain is signed only in its object's metadata, which a
//! bucket tells and a copy of the file has lost: what it names is compared by hash there, and vouched for by nothing.
//! Files that are younger than the newest signed digest are not covered yet. Only what a signed digest names is read.

mod chain;
mod folder;
mod logs;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use serde::Deserialize;

pub use self::folder::{Folder, Held, Seen};
use super::RemoteFile;
use super::files::{Log, are_digests_outside, are_outside, layout};
use crate::time::{Timestamp, Window, day_of};
use crate::trail::Gap;
use crate::trail::digest::{Digest, PublicKey};
use crate::trail::envelope::GZIP_MAGIC;

/// The largest file, decompressed, that is compared.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// The largest digest, decompressed; it names some hundred thousand files.
const MOST_DIGEST_BYTES: u64 = 64 * 1024 * 1024;
/// So many times what is stored a digest may hold above a mebibyte: half of it are hashes, which do not pack.
const MOST_DIGEST_RATIO: u64 = 50;
/// What all digests may hold, if it is more than so many times what is stored of them.
const DIGESTS_BYTES: u64 = 1024 * 1024 * 1024;
/// How many files are asked for at once, and how many bytes, unless one alone has more.
const FILES_AT_ONCE: usize = 64;
const BYTES_AT_ONCE: u64 = 256 * 1024 * 1024;
/// The most regions whose keys are asked for.
const MOST_REGIONS: usize = 100;
/// CloudTrail wrote none earlier. Source: CloudTrail user guide, document history: log file integrity validation came in October 2015.
const FIRST_DIGESTS: &str = "2015-01-01T00:00:00Z";
/// How the names of digests end that were delivered late.
const BACKFILL: &str = "_backfill.json.gz";

/// A place with what CloudTrail delivered: log files and digests.
pub trait Delivery: fmt::Debug {
    /// Where it is, for messages.
    fn name(&self) -> String;

    /// All files below it that may matter to the window, sorted, and what could not be listed.
    fn files(&self, window: Window) -> (Vec<Delivered>, Vec<Gap>);

    /// Files as stored, each whole, in the order asked; or why one could not be had.
    fn contents(&self, files: &[Delivered]) -> Vec<Result<Vec<u8>, String>>;

    /// A file that was compared, so that what is read later can be held to it.
    fn held(&self, file: &Delivered, _stored: &[u8]) -> Delivered {
        file.clone()
    }

    /// The signature that stands beside a digest, in hexadecimal digits, if the place keeps it.
    fn signature(&self, file: &Delivered) -> Result<Option<String>, String>;

    /// The name of a file for messages.
    fn name_of(&self, file: &Delivered) -> String;
}

/// A file that was delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delivered {
    /// Its path, or its key in a bucket.
    pub path: PathBuf,
    /// Its length as stored.
    pub stored_bytes: u64,
    /// Changes with its content; empty if the place tells none.
    pub tag: String,
}

impl From<&Delivered> for RemoteFile {
    fn from(file: &Delivered) -> Self {
        Self {
            path: file.path.to_string_lossy().into_owned(),
            stored_bytes: file.stored_bytes,
            tag: file.tag.clone(),
        }
    }
}

/// The digests of a window, read and not yet compared with anything.
#[derive(Debug)]
pub struct Digests<'a> {
    delivery: &'a dyn Delivery,
    window: Window,
    read: Vec<(Delivered, Digest)>,
    /// By name; there is more than one file of a name where one was copied, or forged.
    logs: BTreeMap<String, Vec<Delivered>>,
    problems: Vec<Gap>,
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    /// Digests that were read.
    pub digests: usize,
    /// Digests whose signature was checked and is right.
    pub signed: usize,
    /// Log files that are as a signed digest says they were delivered. These may be read, and no others.
    pub unchanged: BTreeSet<Delivered>,
    /// Log files of which the next signed digest may tell.
    pub not_covered_yet: usize,
    /// Files that no digest names and that are no log files.
    pub others: usize,
    /// What each chain of digests covers, by its name, as far as it is signed.
    pub spans: BTreeMap<String, (Timestamp, Timestamp)>,
    /// What is missing, changed, or not vouched for.
    pub problems: Vec<Gap>,
}

/// Reads keys as `aws cloudtrail list-public-keys` prints them.
///
/// # Errors
///
/// What was wanted and what was found.
pub fn keys(text: &str) -> Result<Vec<PublicKey>, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "PublicKeyList")]
        list: Vec<Key>,
    }
    #[derive(Deserialize)]
    struct Key {
        #[serde(rename = "Value")]
        value: String,
        #[serde(rename = "Fingerprint")]
        fingerprint: String,
    }
    let answer: Answer = serde_json::from_str(text).map_err(|error| {
        format!("expected what `aws cloudtrail list-public-keys` prints: {error}")
    })?;
    let read = |key: Key| {
        let bytes = STANDARD.decode(key.value.trim());
        let bytes = bytes.map_err(|_| {
            let name = &key.fingerprint;
            format!("expected the key `{name}` in base64, found something else")
        })?;
        Ok(PublicKey {
            fingerprint: key.fingerprint,
            bytes,
        })
    };
    answer.list.into_iter().map(read).collect()
}

impl<'a> Digests<'a> {
    /// Reads the digests whose days matter to the window.
    pub fn read(delivery: &'a dyn Delivery, window: Window) -> Self {
        let (files, problems) = delivery.files(window);
        let mut read = Self {
            delivery,
            window,
            read: Vec::new(),
            logs: BTreeMap::new(),
            problems,
        };
        let mut digests = Vec::new();
        for file in files {
            match layout(&file.path) {
                (Log::Digest, _) => digests.push(file),
                // What is read as a trail has to be vouched for, in whatever folder it lies.
                (Log::Trail, day) if is_read(&file.path, day, window) => {
                    let name = name_of(&file.path);
                    read.logs.entry(name).or_default().push(file);
                }
                _ => {}
            }
        }
        read.take(&digests);
        read.read
            .sort_by(|one, other| one.1.digest_end_time.cmp(&other.1.digest_end_time));
        read
    }

    /// Reads digests, as many as their size in all allows.
    fn take(&mut self, digests: &[Delivered]) {
        let (mut stored_bytes, mut bytes) = (0_u64, 0_u64);
        for batch in batches(digests) {
            for (file, stored) in batch.iter().zip(self.delivery.contents(batch)) {
                let digest = stored.and_then(|stored| {
                    let of_stored = |stored: u64| stored.saturating_mul(MOST_DIGEST_RATIO);
                    let length = stored.len() as u64;
                    let most = of_stored(length).clamp(1024 * 1024, MOST_DIGEST_BYTES);
                    let content = inflated(&stored, most)?;
                    stored_bytes += length;
                    bytes += content.len() as u64;
                    let most = of_stored(stored_bytes).max(DIGESTS_BYTES);
                    if bytes > most {
                        return Err(format!(
                            "expected at most {most} bytes in all digests up to this one, found more"
                        ));
                    }
                    Digest::read(&content)
                });
                match digest {
                    Ok(digest) if is_wanted(&digest, self.window) => {
                        self.read.push((file.clone(), digest));
                    }
                    Ok(_) => {}
                    Err(problem) => self.problem(file, problem),
                }
            }
        }
    }

    /// The regions whose keys sign these digests.
    pub fn regions(&self) -> BTreeSet<String> {
        let regions = self.read.iter().filter_map(|(_, digest)| {
            let mut folders = digest.object.split('/');
            folders.find(|folder| *folder == "CloudTrail-Digest")?;
            folders.next()
        });
        // Whoever forges a digest may write anything there.
        let is_region = |text: &&str| {
            let is_plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            text.len() <= 20 && text.contains('-') && text.bytes().all(is_plain)
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for region in regions.filter(is_region) {
            *counts.entry(region).or_default() += 1;
        }
        // A region of the trail has a digest for each hour.
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        let most = counts.into_iter().take(MOST_REGIONS);
        most.map(|(region, _)| region.to_owned()).collect()
    }

    /// When the time begins that these digests cover.
    pub fn start(&self) -> Option<Timestamp> {
        let starts = self.read.iter().filter_map(|(_, digest)| digest.start());
        // There were no digests before; whoever forges one may claim so.
        let first = FIRST_DIGESTS.parse().ok();
        starts.min().max(first.filter(|_| !self.read.is_empty()))
    }

    /// Compares each digest with its signature and each log file with its digest.
    pub fn verify(mut self, keys: &[PublicKey]) -> Integrity {
        let mut found = Integrity {
            digests: self.read.len(),
            ..Integrity::default()
        };
        let chains = self.check_chains(keys);
        found.signed = chains.signed.len();
        found.spans = self.spans(&chains.signed);
        // What was delivered late says nothing of what is covered.
        found.spans.retain(|chain, _| !chain.ends_with(BACKFILL));
        self.check_files((&chains.signed, &chains.newest), &mut found);
        if self.read.is_empty() {
            let problem = "expected digest files below `CloudTrail-Digest`, found none".to_owned();
            self.problems.push(Gap {
                place: self.delivery.name(),
                problem,
            });
        }
        found.problems = self.problems;
        found
    }

    fn problem(&mut self, file: &Delivered, problem: String) {
        let place = self.delivery.name_of(file);
        self.problems.push(Gap { place, problem });
    }

    /// The digests with these numbers.
    fn these<'d>(
        &'d self,
        numbers: &'d BTreeSet<usize>,
    ) -> impl Iterator<Item = &'d (Delivered, Digest)> {
        numbers.iter().filter_map(|at| self.read.get(*at))
    }
}

/// What the digests of one trail in one region have in common: the place that they were delivered to, and their file's name without the
/// time. An organization's trail and one of its accounts may have one name.
fn chain_of(digest: &Digest) -> String {
    chain_of_object(&digest.object)
}

fn chain_of_object(object: &str) -> String {
    let name = name_of(Path::new(object));
    // Digests that could not be written in time are delivered later, and name each other.
    let (start, late) = match name.strip_suffix(BACKFILL) {
        Some(start) => (start, BACKFILL),
        None => (name.as_str(), ""),
    };
    let chain = start.rsplit_once('_').map_or(start, |(chain, _)| chain);
    match object.split_once("/CloudTrail-Digest/") {
        Some((place, _)) => format!("{place}/{chain}{late}"),
        None => format!("{chain}{late}"),
    }
}

/// Says whether a file is read as one of the trail, when the trail is read.
fn is_read(path: &Path, day: Option<Date>, window: Window) -> bool {
    let is_hidden = name_of(path).starts_with('.');
    !is_hidden && day.is_none_or(|day| !are_outside(window, day, day))
}

fn is_wanted(digest: &Digest, window: Window) -> bool {
    match (digest.start(), digest.end()) {
        (Some(start), Some(end)) => !are_digests_outside(window, day_of(start), day_of(end)),
        _ => true,
    }
}

/// A file's content, decompressed.
fn inflated(stored: &[u8], most_bytes: u64) -> Result<Cow<'_, [u8]>, String> {
    let too_large = || format!("expected at most {most_bytes} bytes, found more");
    if !stored.starts_with(GZIP_MAGIC) {
        let is_small = stored.len() as u64 <= most_bytes;
        return is_small
            .then_some(Cow::Borrowed(stored))
            .ok_or_else(too_large);
    }
    let mut content = Vec::new();
    let mut decoder = MultiGzDecoder::new(stored).take(most_bytes + 1);
    let read = decoder.read_to_end(&mut content);
    read.map_err(|error| format!("expected whole gzip data: {error}"))?;
    if content.len() as u64 > most_bytes {
        return Err(too_large());
    }
    Ok(Cow::Owned(content))
}

/// Cuts files into such as are asked for at once.
fn batches(files: &[Delivered]) -> impl Iterator<Item = &[Delivered]> {
    let mut rest = files;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let is_next = |file: &&Delivered| {
            bytes += file.stored_bytes;
            bytes <= BYTES_AT_ONCE
        };
        let count = rest.iter().take(FILES_AT_ONCE).take_while(is_next).count();
        let (batch, tail) = rest.split_at_checked(count.max(1))?;
        rest = tail;
        Some(batch)
    })
}

/// Trail files have names of their own, whatever folder they are copied to.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_asked_for_by_their_number_and_size() {
        let files = |sizes: &[u64]| -> Vec<Delivered> {
            let file = |stored_bytes: &u64| Delivered {
                path: PathBuf::new(),
                stored_bytes: *stored_bytes,
                tag: String::new(),
            };
            sizes.iter().map(file).collect()
        };
        let sizes = |all: &[u64]| -> Vec<usize> {
            let files = files(all);
            batches(&files).map(<[_]>::len).collect()
        };
        assert!(sizes(&[]).is_empty());
        assert_eq!(sizes(&[1; 130]), [64, 64, 2]);
        let most = BYTES_AT_ONCE;
        assert_eq!(
            sizes(&[most - 1, 1, 1, most, most * 4, 0, 1]),
            [2, 1, 1, 1, 2]
        );
    }

    #[test]
    fn what_is_delivered_late_is_a_chain_of_its_own() {
        let start =
            "AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/06/01/1_CloudTrail-Digest_eu-west-1";
        for (name, wanted) in [
            ("t_eu-west-1_20260601T010000Z.json.gz", "t_eu-west-1"),
            ("t_b_eu-west-1_20260601T010000Z.json.gz", "t_b_eu-west-1"),
            (
                "t_backfill_eu-west-1_20260601T010000Z.json.gz",
                "t_backfill_eu-west-1",
            ),
            (
                "t_eu-west-1_20260601T010000Z_backfill.json.gz",
                "t_eu-west-1_backfill.json.gz",
            ),
        ] {
            let chain = chain_of_object(&format!("{start}_{name}"));
            let name = format!("1_CloudTrail-Digest_eu-west-1_{wanted}");
            assert_eq!(chain, format!("AWSLogs/1/{name}"));
        }
    }
}
