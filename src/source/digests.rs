//! Checks a trail's files against its digests: what is missing, what was changed, what no digest vouches for.
//!
//! The newest digest of a chain is signed only in its object's metadata, which a copy of the file has lost; what it names is
//! compared by hash, and said to rest on an unsigned digest. Files that are younger than the newest digest are not covered yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::files::{Log, are_outside, layout, unreadable};
use crate::time::{Timestamp, Window, day_of};
use crate::trail::Gap;
use crate::trail::digest::{Digest, PublicKey, hash_of};
use crate::trail::envelope::GZIP_MAGIC;

/// The largest file, decompressed, that is compared.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// How long before its hour's digest ends a file may carry a time and still stand in the next one.
const DELIVERY_MARGIN: SignedDuration = SignedDuration::from_mins(15);
/// How many folders deep a trail is followed.
const FOLDER_LEVELS: usize = 64;

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

/// Checks the files below a folder whose days matter to the window.
pub fn verify(folder: &Path, window: Window, keys: &[PublicKey]) -> Integrity {
    let mut found = Integrity::default();
    let mut digests = Vec::new();
    let mut logs: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in walk(folder, &mut found.problems) {
        match layout(&path) {
            (Log::Digest, _) => match read_digest(&path) {
                Ok(digest) if is_wanted(&digest, window) => digests.push((path, digest)),
                Ok(_) => {}
                Err(problem) => found.problems.push(gap(&path, problem)),
            },
            (Log::Trail, Some(day)) if !are_outside(window, day, day) => {
                logs.insert(name_of(&path), path);
            }
            _ => {}
        }
    }
    found.digests = digests.len();
    digests.sort_by(|one, other| one.1.digest_end_time.cmp(&other.1.digest_end_time));
    check_chain(&digests, window, keys, &mut found);
    check_files(&digests, logs, &mut found);
    if digests.is_empty() {
        let problem = "expected digest files below `CloudTrail-Digest`, found none";
        found.problems.push(gap(folder, problem.to_owned()));
    }
    found
}

fn gap(path: &Path, problem: String) -> Gap {
    Gap {
        place: path.display().to_string(),
        problem,
    }
}

fn is_wanted(digest: &Digest, window: Window) -> bool {
    match (digest.start(), digest.end()) {
        (Some(start), Some(end)) => !are_outside(window, day_of(start), day_of(end)),
        _ => true,
    }
}

/// Each digest against the one that follows it, and against the key.
fn check_chain(
    digests: &[(PathBuf, Digest)],
    window: Window,
    keys: &[PublicKey],
    found: &mut Integrity,
) {
    let by_object: BTreeMap<&str, &(PathBuf, Digest)> = digests
        .iter()
        .map(|entry| (entry.1.object.as_str(), entry))
        .collect();
    let oldest = digests.first().and_then(|(_, digest)| digest.start());
    for (path, digest) in digests {
        let Some(previous) = digest.previous() else {
            continue;
        };
        let Some((previous_path, known)) = by_object.get(previous.object) else {
            let is_before = digest.start() == oldest
                || window
                    .since
                    .is_some_and(|since| digest.start().is_some_and(|start| start <= since));
            if !is_before {
                let problem = format!(
                    "expected the digest before it, `{}`, found none",
                    previous.object
                );
                found.problems.push(gap(path, problem));
            }
            continue;
        };
        if known.hash != previous.hash {
            let problem = "expected the content that the digest after it names, found another: it was changed";
            found.problems.push(gap(previous_path, problem.to_owned()));
            continue;
        }
        let fingerprint = &known.digest_public_key_fingerprint;
        let Some(key) = keys.iter().find(|key| key.fingerprint == *fingerprint) else {
            let problem =
                format!("expected the public key `{fingerprint}` among those given, found none");
            found.problems.push(gap(previous_path, problem));
            continue;
        };
        if known.is_signed(previous.signature, key) {
            found.signed += 1;
        } else {
            let problem =
                "expected CloudTrail's signature, found another: it was changed or forged";
            found.problems.push(gap(previous_path, problem.to_owned()));
        }
    }
}

/// Each log file against the digest that names it.
fn check_files(
    digests: &[(PathBuf, Digest)],
    mut logs: BTreeMap<String, PathBuf>,
    found: &mut Integrity,
) {
    let newest = digests.iter().filter_map(|(_, digest)| digest.end()).max();
    let mut named = BTreeSet::new();
    for (path, digest) in digests {
        for file in &digest.log_files {
            let name = name_of(Path::new(&file.object));
            if !named.insert(name.clone()) {
                continue;
            }
            let Some(log) = logs.remove(&name) else {
                let problem = format!(
                    "expected the log file `{}`, found none: it is missing",
                    file.object
                );
                found.problems.push(gap(path, problem));
                continue;
            };
            match content(&log) {
                Ok(bytes) if hash_of(&bytes) == file.hash_value => found.unchanged += 1,
                Ok(_) => {
                    let problem =
                        "expected the content that its digest names, found another: it was changed";
                    found.problems.push(gap(&log, problem.to_owned()));
                }
                Err(error) => found.problems.push(gap(&log, unreadable(&error))),
            }
        }
    }
    for log in logs.into_values() {
        let is_younger = match (newest, delivered(&log)) {
            (Some(newest), Some(delivered)) => delivered + DELIVERY_MARGIN >= newest,
            _ => false,
        };
        if is_younger {
            found.not_covered_yet += 1;
        } else {
            let problem = "expected a digest that names it, found none: nothing shows that CloudTrail wrote it";
            found.problems.push(gap(&log, problem.to_owned()));
        }
    }
}

/// The moment in a trail file's name: `ACCOUNT_CloudTrail_REGION_20260730T1445Z_UNIQUE.json.gz`.
fn delivered(path: &Path) -> Option<Timestamp> {
    let name = name_of(path);
    let moment = name.rsplit('_').nth(1)?;
    let moment = DateTime::strptime("%Y%m%dT%H%MZ", moment).ok()?;
    TimeZone::UTC.to_timestamp(moment).ok()
}

fn read_digest(path: &Path) -> Result<Digest, String> {
    let bytes = content(path).map_err(|error| unreadable(&error))?;
    Digest::read(&bytes)
}

/// A file's content, decompressed.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let stored = fs::read(path)?;
    if !stored.starts_with(GZIP_MAGIC) {
        return Ok(stored);
    }
    let mut content = Vec::new();
    let mut decoder = MultiGzDecoder::new(stored.as_slice()).take(MOST_BYTES + 1);
    decoder.read_to_end(&mut content)?;
    if content.len() as u64 > MOST_BYTES {
        let problem = format!("more than {MOST_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    Ok(content)
}

/// Trail files have names of their own, whatever folder they are copied to.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn walk(top: &Path, problems: &mut Vec<Gap>) -> Vec<PathBuf> {
    let mut waiting = vec![(top.to_owned(), 0)];
    let mut files = Vec::new();
    while let Some((path, level)) = waiting.pop() {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let entries = fs::read_dir(&path).and_then(|entries| {
            let paths = entries.map(|entry| Ok(entry?.path()));
            paths.collect::<io::Result<Vec<_>>>()
        });
        match entries {
            Ok(entries) if level < FOLDER_LEVELS => {
                waiting.extend(entries.into_iter().map(|path| (path, level + 1)));
            }
            Ok(_) => {}
            Err(error) => problems.push(gap(&path, unreadable(&error))),
        }
    }
    files.sort();
    files
}
