//! What the reader must know before the policy goes anywhere: hidden grants, what could not be read or mapped, thin evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Findings;
use super::{Report, Warning, caution, plural};
use crate::diff::SeenElsewhere;
use crate::mapping::Scope;
use crate::synthesis::{Basis, NO_SUCH_CHARACTERS, WithheldBy};
use crate::time::{Timestamp, day_of};
use crate::usage::Parent;

/// How many particulars a warning lists before it only counts.
const MOST_DETAILS: usize = 8;
/// How many actions a line names before it only counts.
const ACTIONS_NAMED: usize = 4;

/// Lists the warnings, the gravest first.
pub(super) fn all(findings: &Findings<'_>, report: &Report) -> Vec<Warning> {
    let first = [gaps(report), identity_center(findings)];
    let rest = [
        unmapped(report),
        notes(findings),
        unscoped(findings),
        withheld(findings),
        unnameable(findings),
        starred(findings),
        expired(findings),
        compressed(findings),
        kept(findings),
        dropped(findings),
        added(report),
        many(findings, report),
        cut(findings),
        cut_denied(findings),
        denials(findings),
        unknown(findings),
    ];
    let first = first.into_iter().flatten();
    first
        .chain(caution::all(report))
        .chain(rest.into_iter().flatten())
        .chain(left_out(findings))
        .collect()
}

pub(super) fn warning(what: String, details: Vec<String>, hint: Option<&str>) -> Option<Warning> {
    let more = details.len().saturating_sub(MOST_DETAILS);
    let mut shown: Vec<String> = details.into_iter().take(MOST_DETAILS).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    (!shown.is_empty()).then(|| Warning {
        what,
        details: shown,
        hint: hint.map(str::to_owned),
    })
}

pub(super) fn is_are(number: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        plural(number, one, many),
        if number == 1 { "is" } else { "are" }
    )
}

/// Actions that are removed although IAM saw them used.
pub fn seen_elsewhere(seen: &SeenElsewhere) -> Vec<Warning> {
    actions_elsewhere(&seen.actions)
        .into_iter()
        .chain(services_elsewhere(&seen.services))
        .collect()
}

/// IAM follows most services as a whole: which of the removed actions was used is not known.
fn services_elsewhere(marked: &[(String, Timestamp)]) -> Option<Warning> {
    let details: Vec<String> = marked
        .iter()
        .map(|(service, moment)| format!("{service}  last on {}", day_of(*moment)))
        .collect();
    let what = format!(
        "IAM saw {} used of which this trail shows nothing",
        plural(details.len(), "service", "services")
    );
    warning(
        what,
        details,
        Some(
            "IAM does not tell which action it was: look further back, or at a trail with data events",
        ),
    )
}

fn actions_elsewhere(marked: &[(String, Timestamp)]) -> Option<Warning> {
    let details: Vec<String> = marked
        .iter()
        .map(|(action, moment)| format!("{action}  last on {}", day_of(*moment)))
        .collect();
    let what = format!(
        "IAM saw {} used that this trail does not show, and {} removed",
        plural(details.len(), "action", "actions"),
        if details.len() == 1 {
            "it is"
        } else {
            "they are"
        }
    );
    warning(
        what,
        details,
        Some("look further back with `--since`, or at a trail that shows more, before they go"),
    )
}

fn gaps(report: &Report) -> Option<Warning> {
    let gaps = &report.coverage.gaps;
    warning(
        format!(
            "{} could not be read, so uses may be missing",
            plural(gaps.len(), "place", "places")
        ),
        gaps.clone(),
        None,
    )
}

/// Roles that IAM Identity Center makes are changed there.
fn identity_center(findings: &Findings<'_>) -> Option<Warning> {
    let details = vec!["a change made in IAM is overwritten there".to_owned()];
    findings
        .basis
        .usage
        .role
        .is_identity_center()
        .then(|| Warning {
            what: "this role is made by a permission set of IAM Identity Center".to_owned(),
            details,
            hint: Some("put the policy into the permission set".to_owned()),
        })
}

fn unmapped(report: &Report) -> Option<Warning> {
    let details: Vec<String> = report
        .unmapped
        .iter()
        .map(|entry| format!("{}: {}", entry.operation, entry.reason))
        .collect();
    let what = format!(
        "{} by the {} map to no action and {} not in the policy",
        plural(details.len(), "operation", "operations"),
        report.role.word(),
        if details.len() == 1 { "is" } else { "are" }
    );
    warning(what, details, None)
}

fn notes(findings: &Findings<'_>) -> Option<Warning> {
    let notes = findings.basis.usage.notes.keys();
    let details: Vec<String> = notes
        .map(|(operation, note)| format!("{}: {note}", operation.name))
        .collect();
    let what = "some calls needed more than their records tell".to_owned();
    warning(
        what,
        details,
        Some("add what they needed by hand, if they are to be made again"),
    )
}

fn unscoped(findings: &Findings<'_>) -> Option<Warning> {
    let uses = findings.basis.usage.uses.keys();
    let mut details: Vec<String> = uses
        .filter(|used| used.access.scope == Scope::Unscoped)
        .map(|used| {
            format!(
                "{} on {}: {}",
                used.access.action, used.access.resource, used.access.rule
            )
        })
        .collect();
    details.dedup();
    let what = format!(
        "the resource of {} could not be told from the records",
        plural(details.len(), "access", "accesses")
    );
    warning(what, details, None)
}

fn kept(findings: &Findings<'_>) -> Option<Warning> {
    let details: Vec<String> = findings
        .suggestion
        .hidden
        .kept
        .iter()
        .map(|kept| format!("{} on {}: {}", kept.action, kept.resource, kept.reason))
        .collect();
    let what = format!(
        "{} kept because this trail cannot show {} use",
        is_are(details.len(), "grant", "grants"),
        if details.len() == 1 { "its" } else { "their" }
    );
    let types = &findings.suggestion.hidden.data_types;
    let hint = if types.is_empty() {
        "leave them out with `--hidden drop`".to_owned()
    } else {
        let Basis {
            coverage, usage, ..
        } = findings.basis;
        format!(
            "leave them out with `--hidden drop`, or make their use visible and run again later: {}",
            coverage.remedy(types, &usage.role.account)
        )
    };
    warning(what, details, Some(&hint))
}

fn dropped(findings: &Findings<'_>) -> Option<Warning> {
    let dropped = &findings.suggestion.hidden.dropped;
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for one in dropped {
        groups
            .entry((&one.reason, &one.hidden))
            .or_default()
            .push(&one.action);
    }
    let detail = |((reason, hidden), actions): (&(&str, &str), &Vec<&str>)| {
        let more = actions.len().saturating_sub(ACTIONS_NAMED);
        let named = actions
            .iter()
            .take(ACTIONS_NAMED)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{named}{more}: {hidden}; {reason}")
    };
    let details = groups.iter().map(detail).collect();
    let what = format!(
        "{} not kept although this trail cannot show {} use",
        is_are(dropped.len(), "action", "actions"),
        if dropped.len() == 1 { "its" } else { "their" }
    );
    let hint = "if one of them is needed, name it in a policy given with `--current`";
    warning(what, details, Some(hint))
}

fn added(report: &Report) -> Option<Warning> {
    let added = report.verified.added.as_deref().unwrap_or_default();
    let details: Vec<String> = added
        .iter()
        .map(|added| format!("{} on {}: {}", added.action, added.resource, added.reason))
        .collect();
    let what = format!(
        "{} not granted by the current policies as given",
        is_are(details.len(), "grant", "grants")
    );
    warning(
        what,
        details,
        Some("give every policy there is with `--current`"),
    )
}

/// What was withheld and why, a line each.
fn withheld_by(findings: &Findings<'_>, by: WithheldBy) -> Vec<String> {
    let withheld = findings.suggestion.withheld.iter();
    withheld
        .filter(|one| one.by == by)
        .map(|one| {
            let uses = match one.uses {
                0 => String::new(),
                uses => format!(", seen {} times", super::grouped(uses)),
            };
            format!("{} on {}{uses}: {}", one.action, one.resource, one.reason)
        })
        .collect()
}

/// Uses of what no policy can name.
fn unnameable(findings: &Findings<'_>) -> Option<Warning> {
    let details = withheld_by(findings, WithheldBy::Name);
    let what = format!(
        "{} not granted because no policy can name {}",
        is_are(details.len(), "use", "uses"),
        if details.len() == 1 {
            "its resource"
        } else {
            "their resources"
        }
    );
    let hint = "look at who made the calls; what they really reached can be granted by a `keep` of polgen.toml";
    warning(what, details, Some(hint))
}

/// Names that became patterns only for their characters: whoever chooses a name chooses how wide the pattern is.
fn starred(findings: &Findings<'_>) -> Option<Warning> {
    let all = findings.suggestion.generalizations.iter();
    let details: Vec<String> = all
        .filter(|one| one.reason == NO_SUCH_CHARACTERS)
        .map(|one| one.pattern.clone())
        .collect();
    let what = format!(
        "{} wider than what was seen because no policy can hold all characters of the names",
        is_are(details.len(), "pattern", "patterns")
    );
    let hint = "whoever can choose such a name chooses the pattern: forbid what it must not reach with a `never` of polgen.toml";
    warning(what, details, Some(hint))
}

/// What pins withheld: a use that is not allowed goes before everything else.
fn withheld(findings: &Findings<'_>) -> Option<Warning> {
    let details = withheld_by(findings, WithheldBy::Pin);
    let what = format!(
        "{} withheld because a pin forbids {}",
        is_are(details.len(), "grant", "grants"),
        if details.len() == 1 { "it" } else { "them" }
    );
    warning(what, details, Some("calls that need them will be denied"))
}

fn expired(findings: &Findings<'_>) -> Option<Warning> {
    let expired = &findings.options.pins.expired;
    let what = format!(
        "{} over and without effect",
        is_are(expired.len(), "pin", "pins")
    );
    warning(
        what,
        expired.clone(),
        Some("remove them, or give them a later `until`"),
    )
}

fn compressed(findings: &Findings<'_>) -> Option<Warning> {
    let compressed = &findings.suggestion.compressed;
    let detail = |one: &crate::synthesis::Compressed| {
        format!(
            "{} stands for {} actions, all that are known",
            one.pattern,
            one.stands_for.len()
        )
    };
    let what = format!(
        "{} in actions, since it did not fit otherwise: what AWS adds under such a name is granted too",
        plural(compressed.len(), "wildcard", "wildcards")
    );
    warning(what, compressed.iter().map(detail).collect(), None)
}

/// Grants without a condition that was asked for, a warning for each condition.
fn left_out<'a>(findings: &'a Findings<'_>) -> impl Iterator<Item = Warning> + use<'a> {
    let restricted = findings.suggestion.restricted.iter();
    restricted.filter_map(|outcome| {
        let details = outcome.left_out.iter();
        let details =
            details.map(|(action, resource, why)| format!("{action} on {resource}: {why}"));
        let what = format!(
            "`{}` is asked of {}, and not of {} more",
            outcome.name,
            plural(outcome.carried, "grant", "grants"),
            outcome.left_out.len()
        );
        warning(what, details.collect(), None)
    })
}

/// IAM attaches only so many managed policies to a role.
fn many(findings: &Findings<'_>, report: &Report) -> Option<Warning> {
    let count = report.policies.len();
    let most = findings.options.quota.policies;
    let details = vec![format!(
        "at most {most} are taken unless the account's quota was raised"
    )];
    (count > most).then(|| Warning {
        what: format!(
            "{} are more than can be attached",
            plural(count, "policy", "policies")
        ),
        details,
        hint: Some(
            "generalize more with `--resources type` or `--name-pattern`, or try `--style compact` and `--compress`"
                .to_owned(),
        ),
    })
}

/// Names that were too many to be kept, so that only what they have in common is known.
fn cut(findings: &Findings<'_>) -> Option<Warning> {
    let cuts = &findings.basis.usage.cuts;
    let line = |parent: &Parent| format!("{} below {}", parent.action, parent.resource);
    let lines: Vec<String> = cuts.parents().map(line).collect();
    let what = format!(
        "the names below {} were too many to be kept one by one",
        plural(lines.len(), "parent", "parents")
    );
    let hint = "they are kept as patterns, which hold more than was seen; look at them before you attach the policy";
    warning(what, lines, Some(hint))
}

/// Denied calls that were too many, so that only what they have in common is known.
fn cut_denied(findings: &Findings<'_>) -> Option<Warning> {
    let cut = findings.basis.usage.denied_below_parents();
    let lines = cut.map(|access| format!("{} on {}", access.action, access.resource));
    let lines: BTreeSet<String> = lines.collect();
    let what = format!(
        "the denied calls on {} were too many to be kept one by one",
        plural(lines.len(), "pattern", "patterns")
    );
    let hint = "with `--allow-denied` such an action is allowed on the whole pattern";
    warning(what, lines.into_iter().collect(), Some(hint))
}

fn denials(findings: &Findings<'_>) -> Option<Warning> {
    let denials = findings.basis.current.denials;
    let what = format!(
        "the current policies hold {} that deny; keep them",
        plural(denials, "statement", "statements")
    );
    let details = vec![
        "they are no part of the suggestion, which without them may allow what they deny"
            .to_owned(),
    ];
    (denials > 0).then_some(Warning {
        what,
        details,
        hint: None,
    })
}

fn unknown(findings: &Findings<'_>) -> Option<Warning> {
    let details: Vec<String> = findings.basis.current.unknown.iter().cloned().collect();
    let what = format!(
        "{} in the current policies match no known action and are not kept",
        plural(details.len(), "pattern", "patterns")
    );
    warning(what, details, None)
}
