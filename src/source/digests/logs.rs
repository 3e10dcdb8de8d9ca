//! Log files against the digests that name them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Delivered, Digests, FILES_AT_ONCE, Integrity, chain_of, inflated, name_of};
use crate::time::Timestamp;
use crate::trail::digest::hash_of;

/// How long before its hour's digest ends a file may carry a time and still stand in the next one.
const DELIVERY_MARGIN: SignedDuration = SignedDuration::from_mins(15);
/// How long CloudTrail may take to write the digest that names a file. It writes one an hour.
const DIGEST_MARGIN: SignedDuration = SignedDuration::from_hours(24);

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
        let ends = self.ends_of_chains(signed);
        let mut named: BTreeMap<String, (Vec<Delivered>, String)> = BTreeMap::new();
        let mut problems = Vec::new();
        // What is signed comes first: of what else a digest says, nothing counts against it.
        let others = (0..self.read.len()).filter(|at| !signed.contains(at) && !newest.contains(at));
        for at in signed.iter().chain(newest).copied().chain(others) {
            let Some((file, digest)) = self.read.get(at) else {
                continue;
            };
            for log in &digest.log_files {
                let name = name_of(Path::new(&log.object));
                if let Some((_, hash)) = named.get(&name) {
                    if *hash != log.hash_value && newest.contains(&at) {
                        let object = &log.object;
                        let problem = format!(
                            "expected the content of `{object}` that another digest names, found another: nothing shows that CloudTrail wrote it"
                        );
                        problems.push((file.clone(), problem));
                    }
                    continue;
                }
                let end = ends.get(&chain_of(digest));
                if newest.contains(&at) && end.is_some_and(|(_, end)| is_older(&log.object, *end)) {
                    // A digest before it would have named the file, so this one vouches for nothing.
                    continue;
                }
                let delivered = logs.remove(&name);
                if delivered.is_none() {
                    let problem = format!(
                        "expected the log file `{}`, found none: it is missing",
                        log.object
                    );
                    problems.push((file.clone(), problem));
                }
                named.insert(
                    name,
                    (delivered.unwrap_or_default(), log.hash_value.clone()),
                );
            }
        }
        for (file, problem) in problems {
            self.problem(&file, problem);
        }
        self.compare(named, found);
        let unnamed = logs.into_values().flatten().collect();
        let counting = signed.union(newest).copied().collect();
        let newest = self.newest_of_sides(&counting);
        self.check_unnamed(unnamed, (&newest, &youngest), found);
    }

    /// Until when the chains of some digests go on.
    fn ends_of_chains(
        &self,
        digests: &BTreeSet<usize>,
    ) -> BTreeMap<String, (Option<Side>, Timestamp)> {
        let mut ends = BTreeMap::new();
        for (_, digest) in self.these(digests) {
            if let Some(end) = digest.end() {
                let side = side_of(Path::new(&digest.object));
                let known = ends.entry(chain_of(digest)).or_insert((side, end));
                known.1 = end.max(known.1);
            }
        }
        ends
    }

    /// Until when all trails of an account and a region have digests that count.
    fn newest_of_sides(&self, counting: &BTreeSet<usize>) -> BTreeMap<Side, Timestamp> {
        let mut newest = BTreeMap::new();
        for (side, end) in self.ends_of_chains(counting).into_values() {
            if let Some(side) = side {
                let known = newest.entry(side).or_insert(end);
                *known = end.min(*known);
            }
        }
        newest
    }

    /// Log files against what a digest says of their content.
    fn compare(
        &mut self,
        named: BTreeMap<String, (Vec<Delivered>, String)>,
        found: &mut Integrity,
    ) {
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
    }

    /// Log files that no digest names: the next one may do so yet, or nothing vouches for them.
    fn check_unnamed(
        &mut self,
        logs: Vec<Delivered>,
        (newest, youngest): (&BTreeMap<Side, Timestamp>, &BTreeMap<Side, Timestamp>),
        found: &mut Integrity,
    ) {
        let of = |times: &BTreeMap<Side, Timestamp>, log: &Delivered| {
            times.get(&side_of(&log.path)?).copied()
        };
        // Whoever names a file may give it any time, of which there is a last one.
        let until = |log: &Delivered, margin| delivered(&log.path)?.checked_add(margin).ok();
        for log in logs {
            let newest = of(newest, &log);
            let is_late = until(&log, DIGEST_MARGIN) < of(youngest, &log);
            let is_younger = newest.is_some() && !is_late && until(&log, DELIVERY_MARGIN) >= newest;
            if is_younger {
                found.not_covered_yet += 1;
            } else if self.may_be_trail(&log) {
                let problem = "expected a digest that names it, found none: nothing shows that CloudTrail wrote it";
                self.problem(&log, problem.to_owned());
            }
        }
    }

    /// Says whether a file may be read as one of the trail: by its name, or by what it holds.
    fn may_be_trail(&self, file: &Delivered) -> bool {
        const MEMBER: &[u8] = b"\"eventVersion\"";
        if delivered(&file.path).is_some() {
            return true;
        }
        let contents = self.delivery.contents(std::slice::from_ref(file));
        let holds = |stored: Result<Vec<u8>, String>| {
            let content = stored.and_then(inflated);
            content.is_ok_and(|content| memchr::memmem::find(&content, MEMBER).is_none())
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

/// Says whether a log file was delivered so early that a digest which ends then names it.
fn is_older(object: &str, end: Timestamp) -> bool {
    let time = delivered(Path::new(object));
    time.is_some_and(|time| {
        time.checked_add(DELIVERY_MARGIN)
            .is_ok_and(|time| time < end)
    })
}

/// The moment in a trail file's name: `ACCOUNT_CloudTrail_REGION_20260730T1445Z_UNIQUE.json.gz`.
fn delivered(path: &Path) -> Option<Timestamp> {
    let name = name_of(path);
    let moment = name.rsplit('_').nth(1)?;
    let moment = DateTime::strptime("%Y%m%dT%H%MZ", moment).ok()?;
    TimeZone::UTC.to_timestamp(moment).ok()
}
