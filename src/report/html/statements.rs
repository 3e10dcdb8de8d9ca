//! The suggested policies, statement by statement, with the evidence behind each grant.

use serde_json::Value;

use super::day;
use crate::report::{EvidenceEntry, PolicyEntry, Report, StatementEntry, grouped, plural};

/// How many resources seen are listed for one grant.
const RESOURCES_LISTED: usize = 50;

/// A policy.
#[derive(Debug)]
pub(super) struct PolicyView<'a> {
    pub(super) policy: &'a PolicyEntry,
    pub(super) size: String,
    /// The document, line by line.
    pub(super) lines: Vec<String>,
    pub(super) statements: Vec<StatementView<'a>>,
    /// Grants that no statement's name leads to.
    pub(super) others: Vec<GrantView<'a>>,
}

/// A statement.
#[derive(Debug)]
pub(super) struct StatementView<'a> {
    pub(super) entry: &'a StatementEntry,
    pub(super) title: String,
    pub(super) sign: &'static str,
    pub(super) purpose: &'static str,
    pub(super) summary: String,
    pub(super) lines: Vec<String>,
    pub(super) grants: Vec<GrantView<'a>>,
}

/// A grant.
#[derive(Debug)]
pub(super) struct GrantView<'a> {
    pub(super) entry: &'a EvidenceEntry,
    pub(super) uses: String,
    pub(super) days: String,
    pub(super) span: String,
    pub(super) seen: Vec<SeenView<'a>>,
    /// How many more resources were seen.
    pub(super) more: String,
}

/// A resource seen.
#[derive(Debug)]
pub(super) struct SeenView<'a> {
    pub(super) resource: &'a str,
    pub(super) uses: String,
    pub(super) last: String,
}

pub(super) fn of(report: &Report) -> Vec<PolicyView<'_>> {
    let known: Vec<&str> = report
        .policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .map(|statement| statement.sid.as_str())
        .filter(|sid| !sid.is_empty())
        .collect();
    let mut views: Vec<PolicyView<'_>> = report
        .policies
        .iter()
        .map(|policy| view(policy, report))
        .collect();
    if let Some(last) = views.last_mut() {
        let others = report.evidence.iter();
        last.others = others
            .filter(|entry| !known.contains(&entry.sid.as_str()))
            .map(grant)
            .collect();
    }
    views
}

fn view<'a>(policy: &'a PolicyEntry, report: &'a Report) -> PolicyView<'a> {
    let documents = policy.document.get("Statement").and_then(Value::as_array);
    let documents = documents.map_or(&[][..], Vec::as_slice);
    let statements = policy.statements.iter().enumerate();
    PolicyView {
        policy,
        size: format!(
            "{} of {} characters",
            grouped(policy.characters as u64),
            grouped(policy.quota as u64)
        ),
        lines: lines(&policy.document),
        statements: statements
            .map(|(index, entry)| statement(entry, documents.get(index), (index, report)))
            .collect(),
        others: Vec::new(),
    }
}

pub(super) fn lines(value: &Value) -> Vec<String> {
    format!("{value:#}").lines().map(str::to_owned).collect()
}

fn statement<'a>(
    entry: &'a StatementEntry,
    document: Option<&Value>,
    (index, report): (usize, &'a Report),
) -> StatementView<'a> {
    let (sign, purpose) = match entry.purpose {
        "runtime" => ("?", "the runtime's need"),
        "kept" => ("?", "kept, use is hidden"),
        "pinned" => ("=", "kept on purpose"),
        _ => ("✓", "seen in use"),
    };
    let own = report.evidence.iter();
    let grants: Vec<GrantView<'a>> = own
        .filter(|evidence| !entry.sid.is_empty() && evidence.sid == entry.sid)
        .map(grant)
        .collect();
    StatementView {
        entry,
        title: if entry.sid.is_empty() {
            format!("Statement {}", index + 1)
        } else {
            entry.sid.clone()
        },
        sign,
        purpose,
        summary: summary(entry, grants.len()),
        lines: document.map(lines).unwrap_or_default(),
        grants,
    }
}

fn summary(entry: &StatementEntry, grants: usize) -> String {
    let grants = plural(grants, "grant", "grants");
    if entry.count == 0 {
        return format!("{grants}, no use can be seen");
    }
    let uses = usize::try_from(entry.count).unwrap_or(usize::MAX);
    format!(
        "{grants}, {} on {}, last {}",
        plural(uses, "use", "uses"),
        plural(entry.days, "day", "days"),
        day(entry.last_seen.as_ref())
    )
}

fn grant(entry: &EvidenceEntry) -> GrantView<'_> {
    let is_itself = |resource: &str| entry.resources_seen == 1 && resource == entry.resource;
    let listed = entry.seen.iter().take(RESOURCES_LISTED);
    let seen: Vec<SeenView<'_>> = listed
        .filter(|seen| !is_itself(&seen.resource))
        .map(|seen| SeenView {
            resource: &seen.resource,
            uses: grouped(seen.count),
            last: day(seen.last_seen.as_ref()),
        })
        .collect();
    let more = entry.resources_seen.saturating_sub(RESOURCES_LISTED);
    GrantView {
        uses: if entry.count > 0 {
            grouped(entry.count)
        } else {
            "–".to_owned()
        },
        days: if entry.count > 0 {
            grouped(entry.days as u64)
        } else {
            "–".to_owned()
        },
        span: if entry.count > 0 {
            let (first, last) = (entry.first_seen.as_ref(), entry.last_seen.as_ref());
            format!("{} to {}", day(first), day(last))
        } else {
            "hidden".to_owned()
        },
        seen,
        more: if more > 0 {
            grouped(more as u64)
        } else {
            String::new()
        },
        entry,
    }
}
