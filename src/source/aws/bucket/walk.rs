//! Walks a bucket's folders, and leaves out the accounts and days that cannot matter before they are listed.
//!
//! `[PREFIX/]AWSLogs/[o-ORGANIZATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/`: a folder above is asked for its subfolders, a
//! day for its files. What lies in no such layout is walked as a whole. Source: CloudTrail user guide, "Finding your CloudTrail
//! log files".

use std::sync::Arc;

use aws_sdk_s3::Client;
use jiff::civil::Date;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::TrailBucket;
use crate::arn::is_account;
use crate::source::aws::calls::LIST_OBJECTS;
use crate::source::aws::error::translate;
use crate::source::files::{are_digests_outside, are_outside};
use crate::source::{Listing, RemoteFile};
use crate::time::Window;
use crate::trail::Gap;

/// How many listings run at once. S3 takes thousands a second; more than this does not shorten the wait.
const LISTINGS_AT_ONCE: usize = 32;

/// Which of CloudTrail's files are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Log files.
    Logs,
    /// Log files and digests.
    WithDigests,
}

impl Kind {
    fn takes(self, log: &str) -> bool {
        log == "CloudTrail" || (self == Self::WithDigests && log == "CloudTrail-Digest")
    }
}

/// What one folder holds.
type Folder = (Vec<String>, Vec<RemoteFile>);

/// Lists all files below the prefix that may matter, sorted by key.
pub(super) async fn list(bucket: &TrailBucket, (window, kind): (Window, Kind)) -> Listing {
    let limit = Arc::new(Semaphore::new(LISTINGS_AT_ONCE));
    let mut tasks = JoinSet::new();
    let spawn = |tasks: &mut JoinSet<_>, prefix: String| {
        let (client, limit) = (bucket.client.clone(), Arc::clone(&limit));
        let name = bucket.place.bucket.clone();
        tasks.spawn(async move {
            // The semaphore is never closed.
            let _permit = limit.acquire().await;
            let found = folder(&client, &name, &prefix).await;
            (prefix, found)
        });
    };
    spawn(&mut tasks, bucket.place.prefix.clone());
    let mut listing = Listing::default();
    while let Some(joined) = tasks.join_next().await {
        let Ok((prefix, outcome)) = joined else {
            continue;
        };
        match outcome {
            Ok((folders, files)) => {
                listing.files.extend(files);
                let account = bucket.account.as_deref();
                for below in folders {
                    if matters(&below, account, (window, kind)) {
                        spawn(&mut tasks, below);
                    }
                }
            }
            Err(problem) => listing.gaps.push(Gap {
                place: format!("s3://{}/{prefix}", bucket.place.bucket),
                problem,
            }),
        }
    }
    listing.files.sort();
    listing
        .gaps
        .sort_by(|one, other| one.place.cmp(&other.place));
    listing
}

/// Lists one folder, all pages.
async fn folder(client: &Client, bucket: &str, prefix: &str) -> Result<Folder, String> {
    let mut pages = client
        .list_objects_v2()
        .bucket(bucket)
        .prefix(prefix)
        .delimiter("/")
        .into_paginator()
        .send();
    let (mut folders, mut files) = Folder::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(&LIST_OBJECTS, &error).to_string())?;
        let below = page.common_prefixes.unwrap_or_default();
        folders.extend(below.into_iter().filter_map(|below| below.prefix));
        for object in page.contents.unwrap_or_default() {
            let stored_bytes = object.size.and_then(|size| u64::try_from(size).ok());
            if let Some(path) = object.key.filter(|key| !key.ends_with('/')) {
                files.push(RemoteFile {
                    path,
                    stored_bytes: stored_bytes.unwrap_or(0),
                    tag: object.e_tag.unwrap_or_default(),
                });
            }
        }
    }
    Ok((folders, files))
}

/// Says whether a folder can hold a file of the account with an event inside the window.
fn matters(prefix: &str, account: Option<&str>, (window, kind): (Window, Kind)) -> bool {
    let parts: Vec<&str> = prefix.trim_end_matches('/').split('/').collect();
    // What stands before is the bucket's own, whatever it looks like.
    let start = parts.iter().rposition(|part| *part == "AWSLogs");
    let is_delivered = start.is_some();
    let start = start.map_or(0, |at| at + 1);
    let is_log = |log: &str| log.starts_with("CloudTrail") || is_delivered;
    let is_pair = |at: &usize| match parts.get(*at..) {
        Some([owner, log, ..]) => is_account(owner) && is_log(log),
        _ => false,
    };
    let at = (start..parts.len()).find(is_pair);
    let is_wanted = |owner: &&str| account.is_none_or(|account| account == *owner);
    let Some(at) = at else {
        // Above an account's logs, or in no known layout.
        let below = parts.get(start..).unwrap_or_default();
        let owner = below.last();
        let owner = owner.filter(|last| is_delivered && is_account(last));
        return owner.is_none_or(is_wanted);
    };
    if !parts.get(at).is_some_and(is_wanted)
        || !parts.get(at + 1).is_some_and(|log| kind.takes(log))
    {
        return false;
    }
    let number = |index: usize| parts.get(index).map(|part| part.parse::<i16>().ok());
    let days = match (number(at + 3), number(at + 4), number(at + 5)) {
        (Some(Some(year)), month, day) => span(year, month.flatten(), day.flatten()),
        _ => None,
    };
    let are_outside = match parts.get(at + 1) {
        Some(&"CloudTrail") => are_outside,
        _ => are_digests_outside,
    };
    days.is_none_or(|(first, last)| !are_outside(window, first, last))
}

/// The first and the last day of a year, a month or a day.
fn span(year: i16, month: Option<i16>, day: Option<i16>) -> Option<(Date, Date)> {
    let date = |month: i8, day: i8| Date::new(year, month, day).ok();
    let Some(month) = month else {
        return Some((date(1, 1)?, date(12, 31)?));
    };
    let month = i8::try_from(month).ok()?;
    match day {
        Some(day) => {
            let day = date(month, i8::try_from(day).ok()?)?;
            Some((day, day))
        }
        None => Some((date(month, 1)?, date(month, 1)?.last_of_month())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = "111122223333";

    fn window() -> Window {
        Window {
            since: Some("2026-06-10T00:00:00Z".parse().unwrap()),
            until: Some("2026-06-12T00:00:00Z".parse().unwrap()),
        }
    }

    #[track_caller]
    fn assert_matters(prefix: &str, wanted: bool) {
        let kind = (window(), Kind::Logs);
        assert_eq!(matters(prefix, Some(MINE), kind), wanted, "{prefix}");
    }

    #[test]
    fn only_what_can_hold_the_days_is_walked() {
        let trail = "logs/AWSLogs/o-abc123/111122223333/CloudTrail";
        assert_matters("logs/", true);
        assert_matters("logs/AWSLogs/o-abc123/", true);
        assert_matters("logs/AWSLogs/o-abc123/444455556666/", false);
        assert_matters("logs/AWSLogs/o-abc123/444455556666/CloudTrail/", false);
        assert_matters(&format!("{trail}/"), true);
        assert_matters("logs/AWSLogs/o-abc123/111122223333/Config/", false);
        assert_matters("logs/111122223333/anything/", true);
        assert_matters(&format!("{trail}-Digest/"), false);
        assert_matters(&format!("{trail}-Insight/"), false);
        for (days, wanted) in [
            ("2026", true),
            ("2025", false),
            ("2027", false),
            ("2026/05", false),
            ("2026/06", true),
            ("2026/07", false),
            ("2026/06/08", false),
            ("2026/06/09", true),
            ("2026/06/26", true),
            ("2026/06/27", false),
        ] {
            assert_matters(&format!("{trail}/eu-west-1/{days}/"), wanted);
        }
        assert_matters("exports/2020/", true);
    }

    #[test]
    fn a_prefix_that_looks_like_an_account_is_none() {
        for (below, wanted) in [
            ("", true),
            ("AWSLogs/", true),
            ("AWSLogs/o-abc123/", true),
            ("AWSLogs/111122223333/", true),
            (
                "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/06/10/",
                true,
            ),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/2025/", false),
            ("AWSLogs/111122223333/Config/", false),
            ("AWSLogs/444455556666/", false),
        ] {
            for prefix in ["111122223333", "444455556666"] {
                assert_matters(&format!("{prefix}/{below}"), wanted);
            }
        }
    }

    #[test]
    fn without_an_account_all_are_walked() {
        let kind = (window(), Kind::Logs);
        assert!(matters("AWSLogs/444455556666/", None, kind));
    }

    #[test]
    fn digests_are_listed_when_they_are_asked_for() {
        let kind = (window(), Kind::WithDigests);
        for (folder, wanted) in [
            ("CloudTrail-Digest/", true),
            ("CloudTrail-Digest/eu-west-1/2026/06/10/", true),
            ("CloudTrail-Digest/eu-west-1/2025/", false),
            ("CloudTrail-Digest/eu-west-1/2026/06/08/", true),
            ("CloudTrail-Digest/eu-west-1/2026/06/27/", true),
            ("CloudTrail-Digest/eu-west-1/2026/06/28/", false),
            ("CloudTrail/eu-west-1/2026/06/08/", false),
            ("CloudTrail/eu-west-1/2026/06/10/", true),
            ("CloudTrail-Insight/", false),
        ] {
            let prefix = format!("AWSLogs/{MINE}/{folder}");
            assert_eq!(matters(&prefix, Some(MINE), kind), wanted, "{prefix}");
        }
    }
}
