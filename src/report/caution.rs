//! Warnings about what to look at before the policy is applied: odd uses, silent days, roles that several functions share, signs
//! that are too weak, calls that only failed.

use std::collections::BTreeSet;

use crate::arn::{Arn, is_account};

use super::warning::{is_are, warning};
use super::{EvidenceEntry, Report, RuntimeEntry, Warning, plural};

/// Lists them, the gravest first.
pub(super) fn all(report: &Report) -> Vec<Warning> {
    [
        suspicions(report),
        day_gaps(report),
        untested(report),
        failed_only(report),
        elsewhere(report),
        doubtful(report),
        shared(report),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn suspicions(report: &Report) -> Option<Warning> {
    let details: Vec<String> = report
        .suspicions
        .iter()
        .map(|one| {
            let place = if one.resource.is_empty() {
                String::new()
            } else {
                format!(" on {}", one.resource)
            };
            let session = one
                .sessions
                .first()
                .map(|name| format!(" (session {name})"));
            let why = one.why.join("; ");
            format!(
                "{}{place}: {why}{}",
                one.action,
                session.unwrap_or_default()
            )
        })
        .collect();
    let exclusion = report
        .suspicions
        .iter()
        .find_map(|one| one.exclusion.as_ref());
    let hint = exclusion.map(|exclusion| {
        format!("if it should not have happened, leave it out with `--exclude {exclusion}`")
    });
    let what = format!(
        "{} to be looked at before the policy is applied",
        is_are(details.len(), "grant", "grants")
    );
    warning(what, details, hint.as_deref())
}

fn day_gaps(report: &Report) -> Option<Warning> {
    let details: Vec<String> = report
        .coverage
        .day_gaps
        .iter()
        .map(|gap| {
            let days = if gap.first == gap.last {
                gap.first.to_string()
            } else {
                format!("{} to {}", gap.first, gap.last)
            };
            format!("{} {}: {days}", gap.account, gap.region)
        })
        .collect();
    let what = format!(
        "{} without any event in a region that is active day by day, so uses may be missing",
        plural(details.len(), "gap", "gaps")
    );
    warning(
        what,
        details,
        Some("give the files of these days too, if there are any"),
    )
}

fn untested(report: &Report) -> Option<Warning> {
    let details: Vec<String> = report
        .untested
        .iter()
        .map(|one| format!("{} on {}", one.action, one.resource))
        .collect();
    let what = format!(
        "{} not granted: the calls failed before permissions were looked at, and the current policies do not allow them",
        is_are(details.len(), "access", "accesses")
    );
    warning(what, details, None)
}

fn failed_only(report: &Report) -> Option<Warning> {
    let is_failed = |entry: &&EvidenceEntry| entry.count > 0 && entry.failed == entry.count;
    let failed = report.evidence.iter().filter(is_failed);
    let details: Vec<String> = failed
        .map(|entry| {
            let proof = if entry.unproven == entry.count {
                ", and none shows that it is permitted"
            } else {
                ""
            };
            let calls = plural(
                usize::try_from(entry.count).unwrap_or(usize::MAX),
                "call",
                "calls",
            );
            format!("{} on {}: {calls}{proof}", entry.action, entry.resource)
        })
        .collect();
    let what = format!(
        "{} on calls alone that failed for another reason than a permission",
        if details.len() == 1 {
            "1 grant rests".to_owned()
        } else {
            format!("{} rest", plural(details.len(), "grant", "grants"))
        }
    );
    warning(what, details, None)
}

/// Grants on what belongs to other accounts. Whoever can make the role call anything may have named them.
fn elsewhere(report: &Report) -> Option<Warning> {
    let own = Arn::parse(&report.role.arn)?;
    let is_elsewhere = |entry: &&EvidenceEntry| {
        Arn::parse(&entry.resource).is_some_and(|arn| {
            (is_account(arn.account) && arn.account != own.account)
                || arn.partition != own.partition
        })
    };
    let found: BTreeSet<String> = report
        .evidence
        .iter()
        .filter(is_elsewhere)
        .map(|entry| format!("{} on {}", entry.action, entry.resource))
        .collect();
    let what = format!(
        "{} resources of other accounts",
        if found.len() == 1 {
            "1 grant reaches".to_owned()
        } else {
            format!("{} reach", plural(found.len(), "grant", "grants"))
        }
    );
    warning(what, found.into_iter().collect(), None)
}

/// Signs of a runtime of which no sure one was seen.
fn doubtful(report: &Report) -> Option<Warning> {
    let is_sure = |runtime: &str| {
        let mut entries = report.runtimes.iter();
        entries.any(|entry| entry.runtime == runtime && entry.is_sure)
    };
    let weak: Vec<&RuntimeEntry> = report
        .runtimes
        .iter()
        .filter(|entry| entry.unit.is_some() && !is_sure(&entry.runtime))
        .collect();
    let details: BTreeSet<String> = weak
        .iter()
        .map(|entry| {
            let unit = entry.unit.as_deref().unwrap_or_default();
            format!("{}, {unit}: only by its {}", entry.name, entry.sign)
        })
        .collect();
    let hint = weak.first().and_then(|entry| {
        let (kind, name) = entry.unit.as_ref()?.split_once(' ')?;
        Some(format!(
            "if it runs under this role, say so with `--runtime {}:{kind}={name}`",
            entry.runtime
        ))
    });
    warning(
        "what runs under this role is not told for certain, and nothing was added for it"
            .to_owned(),
        details.into_iter().collect(),
        hint.as_deref(),
    )
}

/// Several functions under one role have each the rights of all.
fn shared(report: &Report) -> Option<Warning> {
    let units: BTreeSet<&String> = report
        .runtimes
        .iter()
        .filter(|entry| entry.is_sure)
        .filter_map(|entry| entry.unit.as_ref())
        .collect();
    if units.len() < 2 {
        return None;
    }
    let what = format!(
        "{} share this role, and each has the rights of all",
        units.len()
    );
    let details = units.into_iter().cloned().collect();
    warning(
        what,
        details,
        Some("make a policy for each with `--split-by session`"),
    )
}
