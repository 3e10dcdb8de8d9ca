//! What is said of one role below the table: what changes, the proof or its witness, and the fold-outs.

use std::collections::BTreeMap;

use super::{Change, Notice, said};
use crate::catalog::Catalog;
use crate::diff::{ActionChange, Call, Change as How, Fate, Replayed, unified};
use crate::policy::lint::{Severity, lint};
use crate::policy::prove::Relation;
use crate::policy::{Document, PolicyKind};
use crate::report::escape::{code_span, fence, html};
use crate::report::markdown::{
    codes, denied, diffs, evidence, patterns, policies, removed, scope, warnings,
};
use crate::report::section::{Rank, Section};
use crate::report::{Report, Within, Witness, grouped, plural};
use crate::synthesis::CurrentPolicy;
use crate::time::day_of;

/// How many witnesses are shown.
const WITNESSES_SHOWN: usize = 3;

pub(super) fn of(notice: &Notice<'_>) -> Vec<Section> {
    let report = notice.report;
    let mut sections = vec![Section::plain(Rank::Proof, proof(notice))];
    match &notice.change {
        Some(change) => {
            sections.extend(gains(change, report));
            sections.extend(broken(change));
            sections.extend(text(change, notice.current));
            sections.extend(unneeded(report));
        }
        None => sections.extend(diffs(report)),
    }
    sections.extend(policies(report));
    sections.extend(warnings(report));
    sections.extend(denied(report));
    sections.extend(hidden(report));
    sections.extend(findings(notice));
    if notice.change.is_none() {
        sections.extend(removed(report));
    }
    sections.extend(patterns(report));
    sections.extend(evidence(report));
    sections.push(Section::plain(Rank::Verdict, scope(report)));
    sections
}

/// The proof of "no new access", or what speaks against it.
fn proof(notice: &Notice<'_>) -> String {
    let (before, undecided, requests) =
        match (&notice.change, &notice.report.verified.within_current) {
            (Some(change), _) => {
                let proof = &change.proposal.proof;
                let undecided = (proof.relation == Relation::Unknown)
                    .then(|| proof.undecided.as_deref().unwrap_or_default());
                let requests = proof.only_in_new.iter().map(Witness::from).collect();
                let before = format!("the policies at {}", code_span(change.base));
                (before, undecided, requests)
            }
            (None, None) => return "Not compared: no current policies were given.".to_owned(),
            (None, Some(within)) => {
                let (undecided, requests) = match within {
                    Within::Proved => (None, Vec::new()),
                    Within::Unknown { reason } => (Some(reason.as_str()), Vec::new()),
                    Within::Refuted { witnesses } => (None, witnesses.clone()),
                };
                ("the current policies".to_owned(), undecided, requests)
            }
        };
    if let Some(reason) = undecided {
        return format!(
            "Whether this allows more than {before} is not decided: {}",
            said(reason)
        );
    }
    if requests.is_empty() {
        return format!("Proved: every request that this allows is allowed by {before} too.");
    }
    let shown: Vec<String> = requests.iter().take(WITNESSES_SHOWN).map(witness).collect();
    format!(
        "Refuted, it allows what {before} do not:\n\n{}",
        shown.join("\n")
    )
}

fn witness(witness: &Witness) -> String {
    let context: Vec<String> = witness
        .context
        .iter()
        .map(|(key, values)| code_span(&format!("{key}={}", values.join(","))))
        .collect();
    let under = if context.is_empty() {
        String::new()
    } else {
        format!(" with {}", context.join(" "))
    };
    format!(
        "- {} on {}{under}",
        code_span(&witness.action),
        code_span(&witness.resource)
    )
}

/// What the pull request adds, and whether anybody needs it.
fn gains(change: &Change<'_>, report: &Report) -> Option<Section> {
    let head = ["| | Action | Resource | Is it used? |", "|---|---|---|---|"];
    let is_gain =
        |one: &&ActionChange| matches!(one.change, How::Added | How::Broadened | How::Changed);
    let row = |one: &ActionChange| {
        let word = match one.change {
            How::Added => "new",
            How::Broadened => "wider",
            How::Changed | How::Narrowed | How::Removed | How::Same => "changed",
        };
        let resources = if one.from.is_empty() || one.from == one.to {
            codes(&one.to)
        } else {
            format!("{} → {}", codes(&one.from), codes(&one.to))
        };
        format!(
            "| {word} | {} | {resources} | {} |",
            code_span(&one.action),
            need(one, report)
        )
    };
    let rows: Vec<String> = change
        .proposal
        .changes
        .iter()
        .filter(is_gain)
        .map(row)
        .collect();
    let title = format!(
        "New or changed access: {}",
        plural(rows.len(), "action", "actions")
    );
    (!rows.is_empty()).then(|| Section::table(Rank::Change, Some(title), head, rows))
}

/// Whether a gain is used, as far as the trail shows.
fn need(one: &ActionChange, report: &Report) -> String {
    let fates = report.fates.iter().flat_map(|fates| &fates.actions);
    let fate = fates.into_iter().find(|fate| fate.action == one.action);
    let day = |moment: Option<crate::time::Timestamp>| {
        moment.map_or_else(String::new, |moment| {
            format!(", last on {}", day_of(moment))
        })
    };
    let refused: u64 = report
        .denied
        .iter()
        .filter(|entry| entry.actions.contains(&one.action))
        .map(|entry| entry.count)
        .sum();
    let refused = (refused > 0).then(|| format!("denied {} times so far", grouped(refused)));
    let used = match fate {
        Some(fate) if fate.uses > 0 => {
            format!("seen {} times{}", grouped(fate.uses), day(fate.last_seen))
        }
        Some(fate) if fate.fate == Fate::NotObservable => "its use is hidden".to_owned(),
        _ if refused.is_some() => String::new(),
        _ => "**never seen**".to_owned(),
    };
    let parts: Vec<String> = [used, refused.unwrap_or_default()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("; ")
}

/// Calls that the change would deny, and those of which it is not known.
fn broken(change: &Change<'_>) -> Vec<Section> {
    let replayed = &change.proposal.replayed;
    let head = ["| Action | Resource | Calls |", "|---|---|--:|"];
    let row = |(action, calls): (&str, Vec<&Call>)| {
        let resources: Vec<String> = calls.iter().map(|call| call.resource.clone()).collect();
        let count = calls.iter().map(|call| call.count).sum();
        format!(
            "| {} | {} | {} |",
            code_span(action),
            codes(&resources),
            grouped(count)
        )
    };
    let kinds = [
        ("⚠ Calls that would break", &replayed.broken),
        ("Calls of which it is not known", &replayed.undecided),
        (
            "Calls that neither side allows: something else grants them",
            &replayed.elsewhere,
        ),
    ];
    let section = |(title, calls): (&str, &Vec<Call>)| {
        let title = format!("{title}: {}", grouped(Replayed::count(calls)));
        let mut by_action: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
        for call in calls {
            by_action.entry(&call.action).or_default().push(call);
        }
        let rows: Vec<String> = by_action.into_iter().map(row).collect();
        (!rows.is_empty()).then(|| Section::table(Rank::Change, Some(title), head, rows))
    };
    kinds.into_iter().filter_map(section).collect()
}

/// The text diff of the policies before and after.
fn text(change: &Change<'_>, after: &[CurrentPolicy]) -> Option<Section> {
    let whole = |policies: &[CurrentPolicy]| {
        let texts: Vec<String> = policies
            .iter()
            .map(|policy| policy.document.to_string())
            .collect();
        texts.join("\n") + "\n"
    };
    let diff = unified(
        change.base,
        &whole(change.before),
        "this change",
        &whole(after),
    );
    let title = format!(
        "Text diff against {}",
        html(&format!("`{}`", change.base.replace('`', "")))
    );
    (!diff.is_empty()).then(|| Section::fenced(Rank::Change, title, &fence("diff", &diff)))
}

/// What the role has after the change and was not seen to need.
fn unneeded(report: &Report) -> Option<Section> {
    let fates = report.fates.as_ref()?;
    let unused: Vec<String> = fates
        .actions
        .iter()
        .filter(|fate| fate.fate == Fate::Unused)
        .map(|fate| code_span(&fate.action))
        .collect();
    let title = format!(
        "Granted after the change and never used: {} of {}",
        plural(unused.len(), "action", "actions"),
        grouped(fates.before as u64)
    );
    (!unused.is_empty()).then(|| Section::fold(Rank::Removed, title, vec![unused.join(" ")]))
}

/// What is granted, or taken away, although the trail cannot show its use.
fn hidden(report: &Report) -> Option<Section> {
    let head = ["| Action | Kept | Why its use is hidden |", "|---|---|---|"];
    let fates = report.fates.as_ref()?;
    let row = |fate: &crate::diff::ActionFate| {
        format!(
            "| {} | {} | {} |",
            code_span(&fate.action),
            if fate.is_granted { "yes" } else { "no" },
            said(fate.reason.as_deref().unwrap_or_default())
        )
    };
    let rows: Vec<String> = fates
        .actions
        .iter()
        .filter(|fate| fate.fate == Fate::NotObservable)
        .map(row)
        .collect();
    let title = format!(
        "Not observable: {}",
        plural(rows.len(), "action", "actions")
    );
    (!rows.is_empty()).then(|| Section::table(Rank::Hidden, Some(title), head, rows))
}

/// Findings on the policies as they would be.
fn findings(notice: &Notice<'_>) -> Option<Section> {
    let head = [
        "| Severity | Rule | Policy | Place | What |",
        "|---|---|---|---|---|",
    ];
    let documents: Vec<(String, Document)> = if notice.change.is_some() {
        let given = notice.current.iter();
        given
            .map(|one| (one.name.clone(), one.document.clone()))
            .collect()
    } else {
        let suggested = notice.report.policies.iter();
        suggested
            .filter_map(|policy| {
                let text = policy.document.to_string();
                let document = Document::parse(&text, PolicyKind::Identity).ok()?;
                Some((policy.name.clone(), document))
            })
            .collect()
    };
    let mut found: Vec<(Severity, String)> = Vec::new();
    for (name, document) in &documents {
        for finding in lint(document, PolicyKind::Identity, Catalog::bundled()) {
            let row = format!(
                "| {} | {} | {} | {} | {} |",
                finding.severity.as_str(),
                code_span(finding.rule),
                code_span(name),
                code_span(&finding.path),
                said(&finding.message)
            );
            found.push((finding.severity, row));
        }
    }
    found.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let rows: Vec<String> = found.into_iter().map(|(_, row)| row).collect();
    let title = format!("Findings: {}", rows.len());
    (!rows.is_empty()).then(|| Section::table(Rank::Findings, Some(title), head, rows))
}
