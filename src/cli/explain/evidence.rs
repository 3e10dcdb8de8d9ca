//! The evidence for an action or a statement of a suggestion, in full.

use crate::cli::{Context, Exit, Failure};
use crate::nearest::nearest;
use crate::report::{EvidenceEntry, Report, grouped, plain};
use crate::time::day_of;

/// Prints all that stands behind `what`: an action, or a Sid of the suggestion.
pub(super) fn explain(
    what: &str,
    reports: &[Report],
    context: &mut Context,
) -> Result<Exit, Failure> {
    let mut is_found = false;
    for report in reports {
        let entries = report.evidence.iter().filter(|entry| {
            entry.action.eq_ignore_ascii_case(what) || (!what.is_empty() && entry.sid == what)
        });
        for entry in entries {
            is_found = true;
            for line in lines(entry, report) {
                context.output.line(&line)?;
            }
        }
        for line in beside(what, report) {
            is_found = true;
            context.output.line(&line)?;
        }
    }
    if is_found {
        return Ok(Exit::Done);
    }
    let names = reports.iter().flat_map(|report| {
        let entries = report.evidence.iter();
        entries.flat_map(|entry| [entry.action.as_str(), entry.sid.as_str()])
    });
    let problem =
        format!("`{what}`: neither an action of the role nor a statement of the suggestion");
    let failure = Failure::new(Exit::Failed, problem);
    Err(match nearest(what, names, 1).first() {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    })
}

fn lines(entry: &EvidenceEntry, report: &Report) -> Vec<String> {
    let mut facts: Vec<(&str, String)> = vec![
        ("Statement", entry.sid.clone()),
        ("Resource", entry.resource.clone()),
    ];
    let mut statements = report.policies.iter().flat_map(|policy| &policy.statements);
    let statement = statements.find(|statement| statement.sid == entry.sid);
    if let Some(reason) = statement.and_then(|statement| statement.reason.clone()) {
        facts.push(("Because", reason));
    }
    if entry.count == 0 {
        facts.push(("Uses", "none seen: its use is hidden".to_owned()));
    } else {
        let failed = if entry.failed > 0 {
            format!(", {} of them failed", grouped(entry.failed))
        } else {
            String::new()
        };
        let uses = format!(
            "{}{failed}, on {} days, of {} resources",
            grouped(entry.count),
            grouped(entry.days as u64),
            grouped(entry.resources_seen as u64)
        );
        facts.push(("Uses", uses));
    }
    if let (Some(first), Some(last)) = (entry.first_seen, entry.last_seen) {
        facts.push(("Seen", format!("{first} to {last}")));
    }
    for (name, texts) in [
        ("Operations", &entry.operations),
        ("Found in", &entry.rules),
        ("Sessions", &entry.sessions),
        ("Events", &entry.event_ids),
    ] {
        if !texts.is_empty() {
            facts.push((name, texts.join(", ")));
        }
    }
    let mut lines = vec![plain(&entry.action).into_owned()];
    lines.extend(
        facts
            .into_iter()
            .map(|(name, fact)| format!("  {name:<10} {}", plain(&fact))),
    );
    lines
}

/// What else is known of an action: its fate, and that it was denied.
fn beside(what: &str, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let fates = report.fates.iter().flat_map(|fates| &fates.actions);
    for fate in fates.filter(|fate| fate.action.eq_ignore_ascii_case(what)) {
        lines.push(format!("{}: {}", plain(&fate.action), fate.fate.as_str()));
        lines.extend(
            fate.reason
                .iter()
                .map(|reason| format!("  {}", plain(reason))),
        );
    }
    for denied in &report.denied {
        if denied
            .actions
            .iter()
            .any(|action| action.eq_ignore_ascii_case(what))
        {
            let last = denied.last_seen.map(|moment| day_of(moment).to_string());
            lines.push(format!(
                "denied {} times, last on {}: {}",
                grouped(denied.count),
                last.unwrap_or_default(),
                plain(&denied.message)
            ));
        }
    }
    lines
}
