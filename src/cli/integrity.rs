//! `--verify-digests`: whether a trail's files are those that CloudTrail wrote, in the words of the commands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::live::Connection;
use super::{Exit, Failure};
use crate::report::{grouped, plural};
use crate::source::bounded::read_text;
use crate::source::digests::{Delivery, Digests, Folder, Integrity, keys};
use crate::time::Window;
use crate::trail::Gap;
use crate::trail::digest::PublicKey;

/// The largest file of keys that is read.
const MOST_KEYS_BYTES: u64 = 16 * 1024 * 1024;

/// Checks all folders and buckets; what is missing, changed or not vouched for are gaps. Without files of keys, CloudTrail is asked.
pub(super) fn verify(
    trails: &[OsString],
    key_files: &[PathBuf],
    window: Window,
    connection: &mut Connection<'_>,
) -> Result<Vec<Gap>, Failure> {
    let mut known = Vec::new();
    for path in key_files {
        known.extend(read_keys(path)?);
    }
    let mut places: Vec<Arc<dyn Delivery>> = connection.deliveries();
    for trail in trails {
        let shown = trail.to_string_lossy();
        if shown.starts_with("s3://") {
            continue;
        }
        let folder = Path::new(trail);
        if !folder.is_dir() {
            return Err(Failure::new(
                Exit::WrongCommandLine,
                format!("--verify-digests: expected a folder or a bucket with the trail and its digests, found `{shown}`"),
            )
            .hint("copy the bucket with `aws s3 sync`, digests included"));
        }
        places.push(Arc::new(Folder(folder.to_owned())));
    }
    let mut gaps = Vec::new();
    for place in &places {
        let digests = Digests::read(place.as_ref(), window);
        if key_files.is_empty()
            && let Some(span) = digests.span()
        {
            let asked = connection.digest_keys(&digests.regions(), span);
            known.extend(asked.map_err(without_keys)?);
        }
        let found = digests.verify(&known);
        tell(&found);
        gaps.extend(found.problems);
    }
    Ok(gaps)
}

fn without_keys(failure: Failure) -> Failure {
    failure
        .detail("the keys of the digests are needed, from CloudTrail or from a file")
        .hint("aws cloudtrail list-public-keys --start-time 2026-06-01 > keys.json, then `--public-keys keys.json`")
}

fn read_keys(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let fail = |problem: String| {
        Failure::new(
            Exit::Failed,
            format!("--public-keys: {}: {problem}", path.display()),
        )
    };
    let text = read_text(path, MOST_KEYS_BYTES).map_err(|error| fail(error.to_string()))?;
    keys(&text).map_err(fail)
}

fn tell(found: &Integrity) {
    anstream::eprintln!(
        "Integrity  {}, {} of them signed by CloudTrail; {} as delivered",
        plural(found.digests, "digest", "digests"),
        grouped(found.signed as u64),
        plural(found.unchanged, "file", "files"),
    );
    if found.digests > found.signed {
        anstream::eprintln!(
            "           the newest digest of a chain is signed only beside its object, which a copy does not show"
        );
    }
    if found.not_covered_yet > 0 {
        anstream::eprintln!(
            "           {} younger than the newest digest",
            plural(found.not_covered_yet, "file is", "files are")
        );
    }
}
