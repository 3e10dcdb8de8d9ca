//! `--verify-digests`: whether a trail's files are those that CloudTrail wrote, in the words of the commands.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;

use super::live::Connection;
use super::{Exit, Failure};
use crate::report::{grouped, plain, plural};
use crate::source::bounded::read_text;
use crate::source::digests::{Delivered, Delivery, Digests, Folder, Held, Integrity, Seen, keys};
use crate::source::{RemoteFile, TrailSource, Vouched};
use crate::time::{Timestamp, Window};
use crate::trail::Gap;
use crate::trail::digest::PublicKey;

/// The largest file of keys that is read.
const MOST_KEYS_BYTES: u64 = 16 * 1024 * 1024;
/// Chains that begin so much later than the first, or end so much earlier than the last, are named.
const SHORT: SignedDuration = SignedDuration::from_hours(24);
/// How many of them are named before the rest is only counted.
const CHAINS_NAMED: usize = 8;

/// Checks all folders and buckets, and leaves of each what may be read; what is missing, changed or not vouched for are gaps. Without
/// keys, CloudTrail is asked.
pub(super) fn verify(
    sources: &mut [TrailSource],
    keys: Option<&[PublicKey]>,
    window: Window,
    connection: &mut Connection<'_>,
) -> Result<Vec<Gap>, Failure> {
    let mut buckets = connection.deliveries();
    let is_bucket = |source: &&TrailSource| matches!(source, TrailSource::Remote(_));
    let earlier = buckets.len() - sources.iter().filter(is_bucket).count();
    let mut buckets = buckets.drain(earlier..);
    let (mut gaps, mut seen) = (Vec::new(), Seen::default());
    for source in sources {
        let place: Arc<dyn Delivery> = match source {
            TrailSource::Path(path) if path.is_dir() => Arc::new(Folder(path.clone())),
            TrailSource::Remote(_) => buckets.next().ok_or_else(|| no_place("s3://"))?,
            TrailSource::Path(path) => return Err(no_place(&path.display().to_string())),
            _ => return Err(no_place("-")),
        };
        let digests = Digests::read(place.as_ref(), window);
        let known = match (keys, digests.start()) {
            (Some(keys), _) => keys.to_vec(),
            (None, None) => Vec::new(),
            (None, Some(start)) => {
                let asked = connection.digest_keys(&digests.regions(), start);
                let (known, missing) = asked.map_err(without_keys)?;
                gaps.extend(missing);
                known
            }
        };
        let found = digests.verify(&known);
        tell(&found, matches!(source, TrailSource::Path(_)));
        *source = vouched(source, found.unchanged, &mut seen);
        gaps.extend(found.problems);
    }
    Ok(gaps)
}

fn no_place(shown: &str) -> Failure {
    Failure::new(
        Exit::WrongCommandLine,
        format!("--verify-digests: expected a folder or a bucket with the trail and its digests, found `{shown}`"),
    )
    .hint("copy the bucket with `aws s3 sync`, digests included")
}

/// Of a source, those files that are as they were delivered.
fn vouched(source: &TrailSource, files: BTreeSet<Delivered>, seen: &mut Seen) -> TrailSource {
    match source {
        TrailSource::Remote(remote) => {
            let files = files.iter().map(RemoteFile::from);
            TrailSource::Remote(Arc::new(Vouched {
                remote: Arc::clone(remote),
                files: files.collect(),
            }))
        }
        TrailSource::Path(path) => {
            let (held, files) = Held::new(path.clone(), files, seen);
            TrailSource::Listed(Arc::new(held), files)
        }
        other => other.clone(),
    }
}

fn without_keys(failure: Failure) -> Failure {
    failure
        .detail("the keys of the digests are needed, from CloudTrail or from a file")
        .hint("aws cloudtrail list-public-keys --start-time 2026-06-01 > keys.json, then `--public-keys keys.json`")
}

/// Reads files of keys, if there are any.
pub(super) fn read_keys(files: &[PathBuf]) -> Result<Option<Vec<PublicKey>>, Failure> {
    let mut known = Vec::new();
    for path in files {
        let fail = |problem: String| {
            Failure::new(
                Exit::Failed,
                format!("--public-keys: {}: {problem}", path.display()),
            )
        };
        let text = read_text(path, MOST_KEYS_BYTES).map_err(|error| fail(error.to_string()))?;
        known.extend(keys(&text).map_err(fail)?);
    }
    Ok((!files.is_empty()).then_some(known))
}

/// Says what was found in a copy or in a bucket: how much of it is signed, of which time, and what is left out.
fn tell(found: &Integrity, is_copy: bool) {
    let say = |line: &str| anstream::eprintln!("           {line}");
    anstream::eprintln!(
        "Integrity  {}, {} of them signed by CloudTrail; {} as delivered",
        plural(found.digests, "digest", "digests"),
        grouped(found.signed as u64),
        plural(found.unchanged.len(), "file", "files"),
    );
    let spans = || found.spans.values();
    if let (Some(start), Some(end)) = (
        spans().map(|(start, _)| *start).min(),
        spans().map(|(_, end)| *end).max(),
    ) {
        say(&format!("signed from {start} to {end}"));
        let is_short = |(_, (from, to)): &(&String, &(Timestamp, Timestamp))| {
            from.duration_since(start) > SHORT || end.duration_since(*to) > SHORT
        };
        let short = found.spans.iter().filter(is_short);
        for (chain, (from, to)) in short.clone().take(CHAINS_NAMED) {
            say(&format!("  {} from {from} to {to}", plain(chain)));
        }
        let count = short.count();
        if count > CHAINS_NAMED {
            say(&format!(
                "  and {} more that begin later or end earlier",
                count - CHAINS_NAMED
            ));
        }
    }
    if is_copy && found.digests > found.signed {
        say(
            "the newest digest of a chain is signed only beside its object, which a copy does not show",
        );
    }
    if found.not_covered_yet > 0 {
        let files = plural(found.not_covered_yet, "file is", "files are");
        say(&format!(
            "{files} younger than the newest signed digest, and not read"
        ));
    }
    if found.others > 0 {
        let files = plural(found.others, "file is", "files are");
        say(&format!("{files} named by no digest, and not read"));
    }
}
