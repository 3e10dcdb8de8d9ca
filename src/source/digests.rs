//! Checks a trail's files against its digests: what is missing, what was changed, what no digest vouches for.
//!
//! A digest's signature stands in the one after it. The newest digest of a chain is signed only in its object's metadata, which a
//! bucket tells and a copy of the file has lost: what it names is compared by hash there, and vouched for by nothing.
//! Files that are younger than the newest signed digest are not covered yet. Only what a signed digest names is read.

mod folder;
mod logs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use serde::Deserialize;

pub use self::folder::Folder;
use super::files::{Log, are_digests_outside, are_outside, layout};
use crate::time::{Timestamp, Window, day_of};
use crate::trail::Gap;
use crate::trail::digest::{Digest, Previous, PublicKey};
use crate::trail::envelope::GZIP_MAGIC;

/// The largest file, decompressed, that is compared.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// How many files are asked for at once.
const FILES_AT_ONCE: usize = 64;
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
        // Whoever forges a digest may write anything there.
        let is_region = |text: &String| {
            let is_plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            text.len() <= 20 && text.contains('-') && text.bytes().all(is_plain)
        };
        regions.filter(is_region).take(MOST_REGIONS).collect()
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
        let mut signed = self.check_chain(keys);
        let newest = self.check_newest(keys, &mut signed);
        found.signed = signed.len();
        found.spans = self.spans(&signed);
        self.check_files((&signed, &newest), &mut found);
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

    /// Each digest against the one that follows it, and against the key; gives those that are signed.
    fn check_chain(&mut self, keys: &[PublicKey]) -> BTreeSet<usize> {
        // Whoever forges a digest may give it the name of another, so each one of a name is looked at.
        let mut by_object: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut oldest: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
        for (at, (_, digest)) in self.read.iter().enumerate() {
            by_object.entry(&digest.object).or_default().push(at);
            oldest.entry(chain_of(digest)).or_insert(digest.start());
        }
        let (mut problems, mut signed) = (Vec::new(), BTreeSet::new());
        for (file, digest) in &self.read {
            let Some(previous) = digest.previous() else {
                continue;
            };
            let Some(all) = by_object.get(previous.object) else {
                let is_oldest = oldest.get(&chain_of(digest)) == Some(&digest.start());
                if !is_oldest {
                    let problem = format!(
                        "expected the digest before it, `{}`, found none",
                        previous.object
                    );
                    problems.push((file.clone(), problem));
                }
                continue;
            };
            for at in all {
                let Some((previous_file, known)) = self.read.get(*at) else {
                    continue;
                };
                match check_previous(known, previous, keys) {
                    Ok(()) => {
                        signed.insert(*at);
                    }
                    Err(problem) => problems.push((previous_file.clone(), problem)),
                }
            }
        }
        for (file, problem) in problems {
            self.problem(&file, problem);
        }
        signed
    }

    /// The digests that none follows, against the signature that stands beside them. Gives those that have none and may be the newest
    /// of their chain.
    fn check_newest(
        &mut self,
        keys: &[PublicKey],
        signed: &mut BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        let followed: BTreeSet<&str> = self
            .read
            .iter()
            .filter_map(|(_, digest)| Some(digest.previous()?.object))
            .collect();
        let is_newest = |digest: &Digest| !followed.contains(digest.object.as_str());
        let all = self.read.iter().enumerate();
        let newest: Vec<(usize, Delivered, Digest)> = all
            .filter(|(_, (_, digest))| is_newest(digest))
            .map(|(at, (file, digest))| (at, file.clone(), digest.clone()))
            .collect();
        let (mut unsigned, mut last) = (Vec::new(), BTreeMap::new());
        for (at, file, digest) in newest {
            match self.delivery.signature(&file) {
                Ok(None) => {
                    last.insert(chain_of(&digest), digest.hash.clone());
                    unsigned.push((at, file, digest));
                }
                Ok(Some(signature)) => match check_signature(&digest, &signature, keys) {
                    Ok(()) => {
                        signed.insert(at);
                    }
                    Err(problem) => self.problem(&file, problem),
                },
                Err(problem) => self.problem(&file, problem),
            }
        }
        // Whoever forges a digest chooses its name, so a chain counts only if some of it is signed.
        let chains: BTreeSet<String> = self.these(signed).map(|(_, it)| chain_of(it)).collect();
        let mut accepted = BTreeSet::new();
        for (at, file, digest) in unsigned {
            let chain = chain_of(&digest);
            if chains.contains(&chain) && last.get(&chain) == Some(&digest.hash) {
                accepted.insert(at);
            } else {
                let problem = "expected a digest after it that names it, found none: nothing shows that CloudTrail wrote it; in the bucket its signature stands beside it";
                self.problem(&file, problem.to_owned());
            }
        }
        accepted
    }

    /// The digests with these numbers.
    fn these<'d>(
        &'d self,
        numbers: &'d BTreeSet<usize>,
    ) -> impl Iterator<Item = &'d (Delivered, Digest)> {
        numbers.iter().filter_map(|at| self.read.get(*at))
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
    format!("{chain}{late}")
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

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(chain, format!("1_CloudTrail-Digest_eu-west-1_{wanted}"));
        }
    }
}
