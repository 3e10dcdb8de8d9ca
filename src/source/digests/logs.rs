//! Log files against the digests that name them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{
    BACKFILL, Delivered, Digests, Integrity, MOST_BYTES, batches, chain_of, inflated, is_read,
    layout, name_of,
};
use crate::time::Timestamp;
use crate::trail::digest::hash_of;

/// How long before its hour's digest ends a file may carry a time and still stand in the next one.
const DELIVERY_MARGIN: SignedDuration = SignedDuration::from_mins(15);
/// How long CloudTrail may take to write the digest that names a file. It writes one an hour.
const DIGEST_MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// How much what a digest says of a file is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    /// CloudTrail signed it.
    Signed,
    /// The digest is the newest of a copy, whose signature was lost.
    Unsigned,
    /// The digest has a problem of its own, which is told.
    Nothing,
}

/// What a digest says of the files of a name.
struct Named {
    files: Vec<Delivered>,
    hash: String,
    worth: Worth,
}

impl Digests<'_> {
    /// Each log file against the digest that names it.
    pub(super) fn check_files(
        &mut self,
        (signed, newest): (&BTreeSet<usize>, &BTreeSet<usize>),
        found: &mut Integrity,
    ) {
        let mut logs = std::mem::take(&mut self.logs);
        let youngest = latest(
            logs.values()
                .flatten()
                .map(|log| (&*log.path, delivered(&log.path))),
        );
        let named = self.named((signed, newest), &mut logs);
        self.compare(named, &youngest, found);
        let unnamed = logs.into_values().flatten().collect();
        let ends = self.ends_of_sides(signed);
        self.check_unnamed(unnamed, (&ends, &youngest), found);
    }

    /// What the digests say of log files, which are taken out of `logs`.
    fn named(
        &mut self,
        (signed, newest): (&BTreeSet<usize>, &BTreeSet<usize>),
        logs: &mut BTreeMap<String, Vec<Delivered>>,
    ) -> BTreeMap<String, Named> {
        let spans = self.spans(signed);
        let mut named: BTreeMap<String, Named> = BTreeMap::new();
        let mut problems = Vec::new();
        // What is signed comes first: of what else a digest says, nothing counts against it.
        let others = (0..self.read.len()).filter(|at| !signed.contains(at) && !newest.contains(at));
        for at in signed.iter().chain(newest).copied().chain(others) {
            let Some((file, digest)) = self.read.get(at) else {
                continue;
            };
            let worth = match (signed.contains(&at), newest.contains(&at)) {
                (true, _) => Worth::Signed,
                (false, true) => Worth::Unsigned,
                (false, false) => Worth::Nothing,
            };
            let end = spans.get(&chain_of(digest)).map(|(_, end)| *end);
            for log in &digest.log_files {
                let (object, path) = (&log.object, Path::new(&log.object));
                let name = name_of(path);
                if let Some(known) = named.get(&name) {
                    if known.hash != log.hash_value && worth == Worth::Unsigned {
                        let problem = format!(
                            "expected the content of `{object}` that another digest names, found another: nothing shows that CloudTrail wrote it"
                        );
                        problems.push((file.clone(), problem));
                    }
                    continue;
                }
                if worth == Worth::Unsigned && end.is_some_and(|end| !is_next(path, end)) {
                    // Another digest would have named the file, so this one tells nothing of it.
                    continue;
                }
                let files = logs.remove(&name);
                let is_read = is_read(path, layout(path).1, self.window);
                if files.is_none() && is_read && worth != Worth::Nothing {
                    let problem =
                        format!("expected the log file `{object}`, found none: it is missing");
                    problems.push((file.clone(), problem));
                }
                let found = Named {
                    files: files.unwrap_or_default(),
                    hash: log.hash_value.clone(),
                    worth,
                };
                named.insert(name, found);
            }
        }
        for (file, problem) in problems {
            self.problem(&file, problem);
        }
        named
    }

    /// What the chains of some digests cover, by their names.
    pub(super) fn spans(
        &self,
        digests: &BTreeSet<usize>,
    ) -> BTreeMap<String, (Timestamp, Timestamp)> {
        let mut spans = BTreeMap::new();
        for (_, digest) in self.these(digests) {
            if let (Some(start), Some(end)) = (digest.start(), digest.end()) {
                let known = spans.entry(chain_of(digest)).or_insert((start, end));
                *known = (start.min(known.0), end.max(known.1));
            }
        }
        spans
    }

    /// Until when all trails of an account and a region have digests that are signed. What was delivered late tells nothing of that.
    fn ends_of_sides(&self, signed: &BTreeSet<usize>) -> BTreeMap<Side, Timestamp> {
        let mut ends = BTreeMap::new();
        for (chain, (_, end)) in self.spans(signed) {
            let side = side_of(Path::new(&chain)).filter(|_| !chain.ends_with(BACKFILL));
            if let Some(side) = side {
                let known = ends.entry(side).or_insert(end);
                *known = end.min(*known);
            }
        }
        ends
    }

    /// Log files against what a digest says of their content.
    fn compare(
        &mut self,
        named: BTreeMap<String, Named>,
        youngest: &BTreeMap<Side, Timestamp>,
        found: &mut Integrity,
    ) {
        let told = named.into_values().filter(|it| it.worth != Worth::Nothing);
        let (files, said): (Vec<Delivered>, Vec<(String, Worth)>) = told
            .flat_map(|it| {
                let (hash, worth) = (it.hash, it.worth);
                let files = it.files.into_iter();
                files.map(move |file| (file, (hash.clone(), worth)))
            })
            .unzip();
        let mut said = said.iter();
        for batch in batches(&files) {
            let contents = self.delivery.contents(batch);
            for ((file, stored), (hash, worth)) in batch.iter().zip(contents).zip(said.by_ref()) {
                let compared = stored.and_then(|stored| {
                    let content = inflated(&stored, MOST_BYTES)?;
                    if hash_of(&content) != *hash {
                        return Err("expected the content that its digest names, found another: it was changed".to_owned());
                    }
                    match worth {
                        Worth::Signed => Ok(Some(self.delivery.held(file, &stored))),
                        _ if is_late(file, youngest) => Err("expected a signed digest that names it, found an old one whose signature only the bucket shows".to_owned()),
                        _ => Ok(None),
                    }
                });
                match compared {
                    Ok(Some(held)) => {
                        found.unchanged.insert(held);
                    }
                    Ok(None) => found.not_covered_yet += 1,
                    Err(problem) => self.problem(file, problem),
                }
            }
        }
    }

    /// Log files that no digest names: the next one may do so yet, or nothing vouches for them.
    fn check_unnamed(
        &mut self,
        logs: Vec<Delivered>,
        (ends, youngest): (&BTreeMap<Side, Timestamp>, &BTreeMap<Side, Timestamp>),
        found: &mut Integrity,
    ) {
        for log in logs {
            let end = of_side(ends, &log);
            let is_younger =
                end.is_some() && !is_late(&log, youngest) && until(&log, DELIVERY_MARGIN) >= end;
            if is_younger {
                found.not_covered_yet += 1;
            } else if self.may_be_trail(&log) {
                let problem = "expected a digest that names it, found none: nothing shows that CloudTrail wrote it";
                self.problem(&log, problem.to_owned());
            } else {
                found.others += 1;
            }
        }
    }

    /// Says whether a file is meant as one of the trail: by its name, or by what it holds.
    fn may_be_trail(&self, file: &Delivered) -> bool {
        const MEMBER: &[u8] = b"\"eventVersion\"";
        if delivered(&file.path).is_some() {
            return true;
        }
        let contents = self.delivery.contents(std::slice::from_ref(file));
        let holds = |stored: Result<Vec<u8>, String>| {
            stored.is_ok_and(|stored| {
                let content = inflated(&stored, MOST_BYTES);
                content.is_ok_and(|content| memchr::memmem::find(&content, MEMBER).is_none())
            })
        };
        !contents.into_iter().all(holds)
    }
}

/// The account and the region that a file is of.
type Side = (String, String);

/// `ACCOUNT_CloudTrail_REGION_…` and `ACCOUNT_CloudTrail-Digest_REGION_…`.
fn side_of(path: &Path) -> Option<Side> {
    let name = name_of(path);
    let mut parts = name.split('_');
    let (account, _, region) = (parts.next()?, parts.next()?, parts.next()?);
    Some((account.to_owned(), region.to_owned()))
}

/// The latest time of each side.
fn latest<'p>(
    times: impl Iterator<Item = (&'p Path, Option<Timestamp>)>,
) -> BTreeMap<Side, Timestamp> {
    let mut latest = BTreeMap::new();
    for (path, time) in times {
        if let (Some(side), Some(time)) = (side_of(path), time) {
            let known = latest.entry(side).or_insert(time);
            *known = time.max(*known);
        }
    }
    latest
}

fn of_side(times: &BTreeMap<Side, Timestamp>, log: &Delivered) -> Option<Timestamp> {
    times.get(&side_of(&log.path)?).copied()
}

/// Some time after a log file was delivered. Whoever names a file may give it any time, of which there is a last one.
fn until(log: &Delivered, margin: SignedDuration) -> Option<Timestamp> {
    delivered(&log.path)?.checked_add(margin).ok()
}

/// Says whether a log file is so old beside others of its account and region that a digest should have named it long ago.
fn is_late(log: &Delivered, youngest: &BTreeMap<Side, Timestamp>) -> bool {
    until(log, DIGEST_MARGIN) < of_side(youngest, log)
}

/// Says whether a log file was delivered at a time of which the digest tells that follows one which ends then.
fn is_next(path: &Path, end: Timestamp) -> bool {
    delivered(path).is_none_or(|time| {
        let latest = end.checked_add(DIGEST_MARGIN);
        let is_early = time
            .checked_add(DELIVERY_MARGIN)
            .is_ok_and(|time| time < end);
        !is_early && latest.is_ok_and(|latest| time <= latest)
    })
}

/// The moment in a trail file's name: `ACCOUNT_CloudTrail_REGION_20260730T1445Z_UNIQUE.json.gz`.
fn delivered(path: &Path) -> Option<Timestamp> {
    let name = name_of(path);
    let moment = name.rsplit('_').nth(1)?;
    let moment = DateTime::strptime("%Y%m%dT%H%MZ", moment).ok()?;
    TimeZone::UTC.to_timestamp(moment).ok()
}
