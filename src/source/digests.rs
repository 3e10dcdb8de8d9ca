//! Checks a trail's files against its digests: what is missing, what was changed, what no digest vouches for.
//!
//! A digest's signature stands in the one after it. The newest digest of a chain is signed only in its object's metadata, which a
//! bucket tells and a copy of the file has lost: there what it names is compared by hash, and said to rest on an unsigned digest.
//! Files that are younger than the newest digest are not covered yet.

mod folder;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::Deserialize;

pub use self::folder::Folder;
use super::files::{Log, are_outside, layout};
use crate::time::{Timestamp, Window, day_of};
use crate::trail::Gap;
use crate::trail::digest::{Digest, Previous, PublicKey, hash_of};
use crate::trail::envelope::GZIP_MAGIC;

/// The largest file, decompressed, that is compared.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// How long before its hour's digest ends a file may carry a time and still stand in the next one.
const DELIVERY_MARGIN: SignedDuration = SignedDuration::from_mins(15);
/// How long CloudTrail may take to write the digest that names a file. It writes one an hour.
const DIGEST_MARGIN: SignedDuration = SignedDuration::from_hours(24);
/// How many files are asked for at once.
const FILES_AT_ONCE: usize = 64;

/// A place with what CloudTrail delivered: log files and digests.
pub trait Delivery: fmt::Debug {
    /// Where it is, for messages.
    fn name(&self) -> String;

    /// All files below it that may matter to the window, sorted, and what could not be listed.
    fn files(&self, window: Window) -> (Vec<Delivered>, Vec<Gap>);

    /// Files as stored, each whole, in the order asked; or why one could not be had.
    fn contents(&self, files: &[Delivered]) -> Vec<Result<Vec<u8>, String>>;

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
    /// Log files that are as they were delivered.
    pub unchanged: usize,
    /// Log files of which the newest digest may tell later.
    pub not_covered_yet: usize,
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
        for batch in digests.chunks(FILES_AT_ONCE) {
            for (file, stored) in batch.iter().zip(delivery.contents(batch)) {
                let digest = stored
                    .and_then(inflated)
                    .and_then(|content| Digest::read(&content));
                match digest {
                    Ok(digest) if is_wanted(&digest, window) => {
                        read.read.push((file.clone(), digest));
                    }
                    Ok(_) => {}
                    Err(problem) => read.problem(file, problem),
                }
            }
        }
        read.read
            .sort_by(|one, other| one.1.digest_end_time.cmp(&other.1.digest_end_time));
        read
    }

    /// The regions whose keys sign these digests.
    pub fn regions(&self) -> BTreeSet<String> {
        let regions = self.read.iter().filter_map(|(_, digest)| {
            let mut folders = digest.object.split('/');
            folders.find(|folder| *folder == "CloudTrail-Digest")?;
            folders.next().map(str::to_owned)
        });
        regions.collect()
    }

    /// The time that these digests cover.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let starts = self.read.iter().filter_map(|(_, digest)| digest.start());
        let ends = self.read.iter().filter_map(|(_, digest)| digest.end());
        Some((starts.min()?, ends.max()?))
    }

    /// Compares each digest with its signature and each log file with its digest.
    pub fn verify(mut self, keys: &[PublicKey]) -> Integrity {
        let mut found = Integrity {
            digests: self.read.len(),
            ..Integrity::default()
        };
        self.check_chain(keys, &mut found);
        self.check_newest(keys, &mut found);
        self.check_files(&mut found);
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

    /// Each digest against the one that follows it, and against the key.
    fn check_chain(&mut self, keys: &[PublicKey], found: &mut Integrity) {
        // Whoever forges a digest may give it the name of another, so each one of a name is looked at.
        let mut by_object: BTreeMap<&str, Vec<&(Delivered, Digest)>> = BTreeMap::new();
        for entry in &self.read {
            by_object.entry(&entry.1.object).or_default().push(entry);
        }
        let oldest = self.read.first().and_then(|(_, digest)| digest.start());
        let (mut problems, mut signed) = (Vec::new(), BTreeSet::new());
        for (file, digest) in &self.read {
            let Some(previous) = digest.previous() else {
                continue;
            };
            let Some(all) = by_object.get(previous.object) else {
                let is_before = digest.start() == oldest
                    || self
                        .window
                        .since
                        .is_some_and(|since| digest.start().is_some_and(|start| start <= since));
                if !is_before {
                    let problem = format!(
                        "expected the digest before it, `{}`, found none",
                        previous.object
                    );
                    problems.push((file.clone(), problem));
                }
                continue;
            };
            for (previous_file, known) in all {
                match check_previous(known, previous, keys) {
                    Ok(()) => {
                        signed.insert(previous_file);
                    }
                    Err(problem) => problems.push((previous_file.clone(), problem)),
                }
            }
        }
        found.signed += signed.len();
        for (file, problem) in problems {
            self.problem(&file, problem);
        }
    }

    /// The digests that none follows, against the signature that stands beside them.
    fn check_newest(&mut self, keys: &[PublicKey], found: &mut Integrity) {
        let followed: BTreeSet<&str> = self
            .read
            .iter()
            .filter_map(|(_, digest)| Some(digest.previous()?.object))
            .collect();
        let newest: Vec<(Delivered, Digest)> = self
            .read
            .iter()
            .filter(|(_, digest)| !followed.contains(digest.object.as_str()))
            .cloned()
            .collect();
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        for (at, (_, digest)) in newest.iter().enumerate() {
            last.insert(chain_of(digest), at);
        }
        for (at, (file, digest)) in newest.into_iter().enumerate() {
            match self.delivery.signature(&file) {
                Ok(None) if last.get(&chain_of(&digest)) == Some(&at) => {}
                Ok(None) => {
                    let problem = "expected a digest after it that names it, found none: nothing shows that CloudTrail wrote it";
                    self.problem(&file, problem.to_owned());
                }
                Ok(Some(signature)) => match check_signature(&digest, &signature, keys) {
                    Ok(()) => found.signed += 1,
                    Err(problem) => self.problem(&file, problem),
                },
                Err(problem) => self.problem(&file, problem),
            }
        }
    }

    /// Each log file against the digest that names it.
    fn check_files(&mut self, found: &mut Integrity) {
        let mut logs = std::mem::take(&mut self.logs);
        let all = logs.values().flatten();
        let youngest = all.filter_map(|log| delivered(&log.path)).max();
        let mut named = BTreeMap::new();
        let mut missing = Vec::new();
        for (file, digest) in &self.read {
            for log in &digest.log_files {
                let name = name_of(Path::new(&log.object));
                if named.contains_key(&name) {
                    continue;
                }
                let delivered = logs.remove(&name);
                if delivered.is_none() {
                    let problem = format!(
                        "expected the log file `{}`, found none: it is missing",
                        log.object
                    );
                    missing.push((file.clone(), problem));
                }
                named.insert(
                    name,
                    (delivered.unwrap_or_default(), log.hash_value.clone()),
                );
            }
        }
        for (file, problem) in missing {
            self.problem(&file, problem);
        }
        let named = named.into_values();
        let (files, hashes): (Vec<Delivered>, Vec<String>) = named
            .flat_map(|(files, hash)| files.into_iter().map(move |file| (file, hash.clone())))
            .unzip();
        for (batch, hashes) in files
            .chunks(FILES_AT_ONCE)
            .zip(hashes.chunks(FILES_AT_ONCE))
        {
            let contents = self.delivery.contents(batch);
            for ((file, hash), stored) in batch.iter().zip(hashes).zip(contents) {
                match stored.and_then(inflated) {
                    Ok(content) if hash_of(&content) == *hash => found.unchanged += 1,
                    Ok(_) => {
                        let problem = "expected the content that its digest names, found another: it was changed";
                        self.problem(file, problem.to_owned());
                    }
                    Err(problem) => self.problem(file, problem),
                }
            }
        }
        let unnamed = logs.into_values().flatten().collect();
        self.check_unnamed(unnamed, youngest, found);
    }

    /// Log files that no digest names: the next one may do so yet, or nothing vouches for them.
    fn check_unnamed(
        &mut self,
        logs: Vec<Delivered>,
        youngest: Option<Timestamp>,
        found: &mut Integrity,
    ) {
        let ends = self.read.iter().filter_map(|(_, digest)| digest.end());
        let newest = ends.max();
        // Whoever names a file may give it any time, of which there is a last one.
        let until = |log: &Delivered, margin| delivered(&log.path)?.checked_add(margin).ok();
        for log in logs {
            let is_late = until(&log, DIGEST_MARGIN) < youngest;
            let is_younger = newest.is_some() && !is_late && until(&log, DELIVERY_MARGIN) >= newest;
            if is_younger {
                found.not_covered_yet += 1;
            } else {
                let problem = "expected a digest that names it, found none: nothing shows that CloudTrail wrote it";
                self.problem(&log, problem.to_owned());
            }
        }
    }
}

fn check_previous(
    known: &Digest,
    previous: Previous<'_>,
    keys: &[PublicKey],
) -> Result<(), String> {
    if known.hash == previous.hash {
        return check_signature(known, previous.signature, keys);
    }
    Err(
        "expected the content that the digest after it names, found another: it was changed"
            .to_owned(),
    )
}

fn check_signature(digest: &Digest, signature: &str, keys: &[PublicKey]) -> Result<(), String> {
    let fingerprint = &digest.digest_public_key_fingerprint;
    let Some(key) = keys.iter().find(|key| key.fingerprint == *fingerprint) else {
        return Err(format!(
            "expected the public key `{fingerprint}` among those given, found none"
        ));
    };
    if digest.is_signed(signature, key) {
        return Ok(());
    }
    Err("expected CloudTrail's signature, found another: it was changed or forged".to_owned())
}

/// What the digests of one trail in one region have in common: their file's name without the time.
fn chain_of(digest: &Digest) -> String {
    let name = name_of(Path::new(&digest.object));
    let chain = name.rsplit_once('_').map(|(chain, _)| chain.to_owned());
    chain.unwrap_or(name)
}

/// Says whether a file is read as one of the trail, when the trail is read.
fn is_read(path: &Path, day: Option<Date>, window: Window) -> bool {
    let is_hidden = name_of(path).starts_with('.');
    !is_hidden && day.is_none_or(|day| !are_outside(window, day, day))
}

fn is_wanted(digest: &Digest, window: Window) -> bool {
    match (digest.start(), digest.end()) {
        (Some(start), Some(end)) => !are_outside(window, day_of(start), day_of(end)),
        _ => true,
    }
}

/// The moment in a trail file's name: `ACCOUNT_CloudTrail_REGION_20260730T1445Z_UNIQUE.json.gz`.
fn delivered(path: &Path) -> Option<Timestamp> {
    let name = name_of(path);
    let moment = name.rsplit('_').nth(1)?;
    let moment = DateTime::strptime("%Y%m%dT%H%MZ", moment).ok()?;
    TimeZone::UTC.to_timestamp(moment).ok()
}

/// A file's content, decompressed.
fn inflated(stored: Vec<u8>) -> Result<Vec<u8>, String> {
    if !stored.starts_with(GZIP_MAGIC) {
        return Ok(stored);
    }
    let mut content = Vec::new();
    let mut decoder = MultiGzDecoder::new(stored.as_slice()).take(MOST_BYTES + 1);
    let read = decoder.read_to_end(&mut content);
    read.map_err(|error| format!("expected whole gzip data: {error}"))?;
    if content.len() as u64 > MOST_BYTES {
        return Err(format!("expected at most {MOST_BYTES} bytes, found more"));
    }
    Ok(content)
}

/// Trail files have names of their own, whatever folder they are copied to.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
