//! The pull-request comment: a verdict, a table, the policy as a diff, and fold-outs for those who want to know why.
//!
//! Names come from logs, which others write; whatever is not known to be this program's own goes through [`escape`](super::escape).

use super::escape::{code_span as code, fence, html, prose};
use super::{Report, Within, grouped, plural};
use crate::diff::{ActionFate, Fate, Fates};
use crate::time::day_of;

/// How many resources stand in one cell.
const RESOURCES_LISTED: usize = 3;

/// Writes the comment.
pub fn markdown(report: &Report) -> String {
    let mut parts = vec![
        format!("### Least privilege for {}", code(&report.role.name)),
        verdict(report),
    ];
    if let Some(fates) = &report.fates {
        parts.push(changes(fates));
    }
    parts.extend(policies(report));
    parts.extend(report.diffs.iter().map(|diff| {
        fold(
            &format!("Text diff against {}", html(&diff.policy)),
            &fence("diff", &diff.text),
        )
    }));
    parts.extend(evidence(report));
    parts.extend(patterns(report));
    parts.extend(removed(report));
    parts.extend(denied(report));
    parts.extend(warnings(report));
    parts.push(scope(report));
    parts.join("\n\n") + "\n"
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

fn changes(fates: &Fates) -> String {
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

fn policies(report: &Report) -> Vec<String> {
    let policy = |policy: &super::PolicyEntry| {
        let text = serde_json::to_string_pretty(&policy.document).unwrap_or_default();
        let size = format!(
            "{} of {} characters",
            grouped(policy.characters as u64),
            grouped(policy.quota as u64)
        );
        fold(
            &format!("Policy {}: {size}", html(&policy.name)),
            &fence("json", &text),
        )
    };
    report.policies.iter().map(policy).collect()
}

fn evidence(report: &Report) -> Option<String> {
    let mut lines = vec![
        "| Statement | Action | Resource | Uses | Days | First – last | Sessions | Rule | Events |"
            .to_owned(),
        "|---|---|---|--:|--:|---|---|---|---|".to_owned(),
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
    lines.extend(report.evidence.iter().map(row));
    (!report.evidence.is_empty()).then(|| fold("Evidence", &lines.join("\n")))
}

fn patterns(report: &Report) -> Option<String> {
    let mut lines = vec![
        "| Pattern | Stands for | Holds beyond that | Because |".to_owned(),
        "|---|--:|---|---|".to_owned(),
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
    lines.extend(report.generalizations.iter().map(row));
    let title = format!("Patterns: {}", report.generalizations.len());
    (!report.generalizations.is_empty()).then(|| fold(&title, &lines.join("\n")))
}

fn removed(report: &Report) -> Option<String> {
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
    (!parts.is_empty()).then(|| fold(&title, &parts.join("\n\n")))
}

fn denied(report: &Report) -> Option<String> {
    let mut lines = vec![
        "| Action | Resource | Calls | Last seen | Ever allowed | What AWS said |".to_owned(),
        "|---|---|--:|---|---|---|".to_owned(),
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
    lines.extend(report.denied.iter().map(row));
    let title = format!(
        "Denied and not granted: {}",
        plural(report.denied.len(), "call", "calls")
    );
    (!report.denied.is_empty()).then(|| fold(&title, &lines.join("\n")))
}

fn warnings(report: &Report) -> Vec<String> {
    let one = |warning: &super::Warning| {
        let details: Vec<String> = warning
            .details
            .iter()
            .map(|detail| format!("- {}", code(detail)))
            .collect();
        let hint = warning
            .hint
            .as_ref()
            .map_or_else(String::new, |hint| format!("\n\n{}", prose(hint)));
        fold(
            &format!("⚠ {}", html(&warning.what)),
            &format!("{}{hint}", details.join("\n")),
        )
    };
    report.warnings.iter().map(one).collect()
}

fn scope(report: &Report) -> String {
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

fn codes(texts: &[String]) -> String {
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

fn fold(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{body}\n\n</details>")
}
