//! The report as Markdown: a verdict, a table, the policy as a diff, and fold-outs for those who want to know why.
//!
//! Names come from logs, which others write; whatever is not known to be this program's own goes through [`escape`](super::escape).

use super::escape::{code_span as code, fence, html, prose};
use super::section::{Rank, Section};
use super::{Report, Within, grouped, plural};
use crate::diff::{ActionFate, Fate, Fates};
use crate::time::day_of;

/// How many resources stand in one cell.
const RESOURCES_LISTED: usize = 3;

/// Writes the report.
pub fn markdown(report: &Report) -> String {
    let mut parts = vec![
        format!("### Least privilege for {}", code(&report.role.name)),
        verdict(report),
    ];
    if let Some(fates) = &report.fates {
        parts.push(changes(fates));
    }
    let folded = policies(report)
        .into_iter()
        .chain(diffs(report))
        .chain(evidence(report))
        .chain(patterns(report))
        .chain(removed(report))
        .chain(denied(report))
        .chain(warnings(report));
    parts.extend(folded.map(|section| section.render()));
    parts.push(scope(report));
    parts.join("\n\n") + "\n"
}

/// The text diffs against what there is today.
pub(super) fn diffs(report: &Report) -> Vec<Section> {
    let one = |diff: &super::DiffEntry| {
        let title = format!("Text diff against {}", html(&diff.policy));
        Section::fenced(Rank::Change, title, &fence("diff", &diff.text))
    };
    report.diffs.iter().map(one).collect()
}

fn verdict(report: &Report) -> String {
    let after = report
        .evidence
        .iter()
        .map(|entry| entry.action.as_str())
        .collect::<std::collections::BTreeSet<_>>();
    let actions = match &report.fates {
        Some(fates) => format!(
            "{} → {} actions",
            grouped(fates.before as u64),
            grouped(fates.after as u64)
        ),
        None => plural(after.len(), "action", "actions"),
    };
    let added = report.verified.added.as_ref().map_or(0, Vec::len);
    let new = match &report.verified.within_current {
        Some(Within::Proved) => "grants nothing new (proved)".to_owned(),
        Some(Within::Refuted { witnesses }) if added == 0 => {
            let witness = witnesses.first();
            let example = witness
                .map(|one| format!(", such as {} on {}", code(&one.action), code(&one.resource)));
            format!("**allows something new**{}", example.unwrap_or_default())
        }
        Some(Within::Refuted { .. }) => {
            format!(
                "**{} not in the current policies**",
                plural(added, "grant", "grants")
            )
        }
        Some(Within::Unknown { reason }) => {
            format!("not decided whether anything is new: {}", code(reason))
        }
        None => "not compared with current policies".to_owned(),
    };
    let walked = report
        .forecast
        .as_ref()
        .and_then(|forecast| forecast.walked.as_ref());
    let forecast = walked.map_or_else(String::new, |walked| {
        format!(
            " A policy made after day {} would have denied {} of the next {} uses.",
            walked.learned_days,
            grouped(walked.denied_uses),
            grouped(walked.later_uses)
        )
    });
    format!(
        "**{actions}**; allows all {} observed uses; {new}.{forecast}",
        grouped(report.verified.uses)
    )
}

pub(super) fn changes(fates: &Fates) -> String {
    let mut lines = vec![
        "| | Action | Uses | Last seen | Resource |".to_owned(),
        "|---|---|--:|---|---|".to_owned(),
    ];
    lines.extend(
        fates
            .actions
            .iter()
            .filter(|fate| fate.is_granted)
            .map(change),
    );
    let gone = fates.actions.iter().filter(|fate| !fate.is_granted).count();
    if gone > 0 {
        lines.push(format!(
            "| removed | {} |  |  |  |",
            plural(gone, "action", "actions")
        ));
    }
    lines.join("\n")
}

fn change(fate: &ActionFate) -> String {
    let word = match fate.fate {
        Fate::Used => "kept",
        Fate::Narrowed => "narrowed",
        Fate::Added => "added",
        Fate::NotObservable | Fate::DeniedOnly | Fate::Unused => "kept, use is hidden",
    };
    let seen = if fate.uses > 0 {
        fate.last_seen.map(|moment| day_of(moment).to_string())
    } else {
        None
    };
    let uses = if fate.uses > 0 {
        grouped(fate.uses)
    } else {
        "–".to_owned()
    };
    let resource = match (fate.from.is_empty(), fate.from == fate.to) {
        (true, _) | (_, true) => codes(&fate.to),
        _ => format!("{} → {}", codes(&fate.from), codes(&fate.to)),
    };
    format!(
        "| {word} | {} | {uses} | {} | {resource} |",
        code(&fate.action),
        seen.unwrap_or_default()
    )
}

pub(super) fn policies(report: &Report) -> Vec<Section> {
    let policy = |policy: &super::PolicyEntry| {
        let text = serde_json::to_string_pretty(&policy.document).unwrap_or_default();
        let size = format!(
            "{} of {} characters",
            grouped(policy.characters as u64),
            grouped(policy.quota as u64)
        );
        let title = format!("Policy {}: {size}", html(&policy.name));
        Section::fenced(Rank::Policy, title, &fence("json", &text))
    };
    report.policies.iter().map(policy).collect()
}

pub(super) fn evidence(report: &Report) -> Option<Section> {
    let head = [
        "| Statement | Action | Resource | Uses | Days | First – last | Sessions | Rule | Events |",
        "|---|---|---|--:|--:|---|---|---|---|",
    ];
    let row = |entry: &super::EvidenceEntry| {
        let span = match (entry.first_seen, entry.last_seen) {
            (Some(first), Some(last)) => format!("{} – {}", day_of(first), day_of(last)),
            _ => "not observable".to_owned(),
        };
        let events: Vec<String> = entry.event_ids.iter().map(|id| code(id)).collect();
        format!(
            "| {} | {} | {} | {} | {} | {span} | {} | {} | {} |",
            code(&entry.sid),
            code(&entry.action),
            code(&entry.resource),
            grouped(entry.count),
            entry.days,
            codes(&entry.sessions),
            codes(&entry.rules),
            events.join(" ")
        )
    };
    let rows: Vec<String> = report.evidence.iter().map(row).collect();
    let title = Some("Evidence".to_owned());
    (!rows.is_empty()).then(|| Section::table(Rank::Evidence, title, head, rows))
}

pub(super) fn patterns(report: &Report) -> Option<Section> {
    let head = [
        "| Pattern | Stands for | Holds beyond that | Because |",
        "|---|--:|---|---|",
    ];
    let row = |entry: &super::GeneralizationEntry| {
        format!(
            "| {} | {} seen | {} | {} |",
            code(&entry.pattern),
            grouped(entry.seen as u64),
            code(&entry.admits),
            prose(&entry.reason)
        )
    };
    let rows: Vec<String> = report.generalizations.iter().map(row).collect();
    let title = Some(format!("Patterns: {}", rows.len()));
    (!rows.is_empty()).then(|| Section::table(Rank::Patterns, title, head, rows))
}

pub(super) fn removed(report: &Report) -> Option<Section> {
    let fates = report.fates.as_ref()?;
    let gone: Vec<&ActionFate> = fates
        .actions
        .iter()
        .filter(|fate| !fate.is_granted)
        .collect();
    let title = format!("Removed: {}", plural(gone.len(), "action", "actions"));
    let of = |wanted: Fate, name: &str| {
        let actions: Vec<String> = gone
            .iter()
            .filter(|fate| fate.fate == wanted)
            .map(|fate| code(&fate.action))
            .collect();
        (!actions.is_empty())
            .then(|| format!("**{name}** ({}): {}", actions.len(), actions.join(" ")))
    };
    let parts: Vec<String> = [
        of(Fate::DeniedOnly, "only ever denied"),
        of(Fate::NotObservable, "use is hidden, and not kept"),
        of(Fate::Unused, "never used although it would have shown"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let rows: Vec<String> = parts.join("\n\n").lines().map(str::to_owned).collect();
    (!rows.is_empty()).then(|| Section::fold(Rank::Removed, title, rows))
}

pub(super) fn denied(report: &Report) -> Option<Section> {
    let head = [
        "| Action | Resource | Calls | Last seen | Ever allowed | What AWS said |",
        "|---|---|--:|---|---|---|",
    ];
    let row = |entry: &super::DeniedEntry| {
        format!(
            "| {} | {} | {} | {} | {} | {} |",
            codes(&entry.actions),
            codes(&entry.resources),
            grouped(entry.count),
            entry
                .last_seen
                .map(|moment| day_of(moment).to_string())
                .unwrap_or_default(),
            if entry.is_never_allowed {
                "never"
            } else {
                "elsewhere"
            },
            code(&entry.message)
        )
    };
    let rows: Vec<String> = report.denied.iter().map(row).collect();
    let title = format!(
        "Denied and not granted: {}",
        plural(report.denied.len(), "call", "calls")
    );
    (!rows.is_empty()).then(|| Section::table(Rank::Denied, Some(title), head, rows))
}

pub(super) fn warnings(report: &Report) -> Vec<Section> {
    let one = |warning: &super::Warning| {
        let details: Vec<String> = warning
            .details
            .iter()
            .map(|detail| format!("- {}", code(detail)))
            .collect();
        let title = format!("⚠ {}", html(&warning.what));
        let mut section = Section::fold(Rank::Warning, title, details);
        if let Some(hint) = &warning.hint {
            section.foot = vec![String::new(), prose(hint)];
        }
        section
    };
    report.warnings.iter().map(one).collect()
}

pub(super) fn scope(report: &Report) -> String {
    let span = match (report.window.first, report.window.last) {
        (Some(first), Some(last)) => format!(" from {} to {}", day_of(first), day_of(last)),
        _ => String::new(),
    };
    format!(
        "<sub>From {} by the {} among {} read{span}. CloudTrail does not show everything: what it cannot show is kept or named above, never called unused.</sub>",
        plural(
            usize::try_from(report.coverage.role_events).unwrap_or(usize::MAX),
            "event",
            "events"
        ),
        report.role.word(),
        grouped(report.coverage.events)
    )
}

pub(super) fn codes(texts: &[String]) -> String {
    let shown: Vec<String> = texts
        .iter()
        .take(RESOURCES_LISTED)
        .map(|text| code(text))
        .collect();
    let more = texts.len().saturating_sub(RESOURCES_LISTED);
    if more == 0 {
        shown.join(" ")
    } else {
        format!("{} and {more} more", shown.join(" "))
    }
}
