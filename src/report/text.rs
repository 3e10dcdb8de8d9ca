//! The screen at a terminal: a head of facts, the fate of each action, then warnings.
//!
//! Signs stand before colours, which carry nothing alone. The policy itself goes to stdout and is not part of this.

mod denied;
mod screen;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr as _;

use super::table::{Align, fit, short_arn};
use super::{ForecastEntry, Report, RuntimeEntry, WalkEntry, Within, grouped, plain, plural};
use crate::diff::{ActionFate, Fate, Fates};
use crate::time::day_of;
pub use screen::Screen;
pub use summary::summary;

/// How many removed actions that a policy names are listed; the rest is counted.
const REMOVED_LISTED: usize = 3;
/// How many runtimes and their units are named; the rest is counted.
const RUNTIMES_NAMED: usize = 3;
/// How many kinds of denied calls are listed; the rest is counted.
const DENIED_LISTED: usize = 10;
/// How wide the resources of a row may grow before the rest is counted.
const RESOURCE_COLUMNS: usize = 48;

/// Writes the screen.
pub fn text(report: &Report, screen: Screen) -> String {
    let is_verbose = screen.is_verbose;
    let mut lines = head(report, screen);
    if let Some(fates) = &report.fates {
        lines.push(String::new());
        lines.extend(table(fates, screen));
    } else {
        lines.push(String::new());
        lines.extend(granted(report, screen));
    }
    lines.extend(denied::denied(report, screen));
    if is_verbose && !report.generalizations.is_empty() {
        let mut rows = vec![
            ["", "Pattern", "Seen", "Holds beyond that"]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(report.generalizations.iter().map(|entry| {
            vec![
                "*".to_owned(),
                plain(&entry.pattern).into_owned(),
                grouped(entry.seen as u64),
                plain(&entry.admits).into_owned(),
            ]
        }));
        lines.push(String::new());
        lines.extend(set(&rows, screen));
    }
    for warning in &report.warnings {
        lines.push(String::new());
        lines.extend(screen.wrap(&format!("warning: {}", plain(&warning.what)), 2));
        let details = warning.details.iter();
        lines.extend(details.flat_map(|detail| screen.wrap(&format!("  {}", plain(detail)), 4)));
        // A hint is there to be pasted: a line end in it would be one in the shell.
        lines.extend(
            warning
                .hint
                .iter()
                .map(|hint| format!("  hint: {}", plain(hint))),
        );
    }
    lines.join("\n")
}

fn head(report: &Report, screen: Screen) -> Vec<String> {
    facts(report)
        .into_iter()
        .flat_map(|(name, fact)| screen.wrap(&format!("{name:<10} {fact}"), 11))
        .collect()
}

/// The facts that every report opens with, each with its name.
pub(super) fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let word = if report.role.is_user { "User" } else { "Role" };
    let mut facts: Vec<(&'static str, String)> =
        vec![(word, role(report)), ("Observed", observed(report))];
    if let Some(runtimes) = runtimes(report) {
        facts.push(("Runtime", runtimes));
    }
    if let Some(fates) = &report.fates {
        let policies = plural(report.current_policies, "policy", "policies");
        let actions = plural(fates.before, "action", "actions");
        let bound = boundary(report)
            .map_or_else(String::new, |name| format!(", within the boundary {name}"));
        facts.push(("Current", format!("{policies}, {actions}{bound}")));
    }
    facts.push(("Suggested", suggested(report)));
    facts.push(("Verified", verified(report)));
    if !report.generalizations.is_empty() {
        facts.push(("Patterns", patterns(report)));
    }
    if let Some(forecast) = &report.forecast {
        let walked = forecast.walked.as_ref();
        facts.extend(walked.map(|walked| ("Forecast", walked_forward(walked))));
        facts.push(("Outlook", outlook(forecast)));
    }
    facts
}

/// The name of the policy that bounds the role.
fn boundary(report: &Report) -> Option<String> {
    let arn = report.role.now.as_ref()?.boundary.as_deref()?;
    Some(plain(arn.rsplit('/').next().unwrap_or(arn)).into_owned())
}

fn role(report: &Report) -> String {
    let role = format!(
        "{} ({})",
        plain(&report.role.name),
        plain(&report.role.account)
    );
    match &report.role.session {
        Some(session) => format!("{role}, session {}", plain(session)),
        None => role,
    }
}

/// What runs under the role, each with its signs.
fn runtimes(report: &Report) -> Option<String> {
    let mut signs: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let sure = || report.runtimes.iter().filter(|entry| entry.is_sure);
    let is_told = |entry: &&RuntimeEntry| {
        entry.unit.is_some()
            || !sure().any(|other| other.runtime == entry.runtime && other.unit.is_some())
    };
    for entry in sure().filter(is_told) {
        let unit = entry.unit.as_ref();
        let unit = unit.map_or_else(String::new, |unit| format!(", {}", plain(unit)));
        let name = format!("{}{unit}", entry.name);
        signs.entry(name).or_default().insert(&entry.sign);
    }
    let more = signs.len().saturating_sub(RUNTIMES_NAMED);
    let named: Vec<String> = signs
        .into_iter()
        .take(RUNTIMES_NAMED)
        .map(|(name, signs)| {
            let signs: Vec<&str> = signs.into_iter().collect();
            format!("{name} ({})", signs.join(", "))
        })
        .collect();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    (!named.is_empty()).then(|| format!("{}{more}", named.join("; ")))
}

fn walked_forward(walked: &WalkEntry) -> String {
    format!(
        "a policy made after day {} would have denied {} of the next {} uses",
        walked.learned_days,
        grouped(walked.denied_uses),
        grouped(walked.later_uses)
    )
}

/// How settled the use is, what is to be expected, and whether to look longer.
fn outlook(forecast: &ForecastEntry) -> String {
    let advice = if forecast.is_settled {
        ""
    } else {
        "; a longer window would tell more"
    };
    format!(
        "nothing new for {} of {} days; {:.0} new needs expected in {} days, at most {:.0}{advice}",
        forecast.quiet_days,
        forecast.days,
        forecast.expected_new_needs,
        forecast.horizon_days,
        forecast.high.ceil()
    )
}

fn observed(report: &Report) -> String {
    let span = match (report.window.first, report.window.last) {
        (Some(first), Some(last)) => format!("{} to {}, ", day_of(first), day_of(last)),
        _ => String::new(),
    };
    let days = plural(
        usize::try_from(report.window.days).unwrap_or_default(),
        "day",
        "days",
    );
    format!(
        "{span}{days}: {} of {} events, {} denied",
        grouped(report.coverage.role_events),
        grouped(report.coverage.events),
        grouped(report.coverage.denied_events)
    )
}

fn suggested(report: &Report) -> String {
    let actions: BTreeSet<&str> = report
        .evidence
        .iter()
        .map(|entry| entry.action.as_str())
        .collect();
    let sizes: Vec<String> = report
        .policies
        .iter()
        .map(|policy| {
            format!(
                "{} of {}",
                grouped(policy.characters as u64),
                grouped(policy.quota as u64)
            )
        })
        .collect();
    let policies = plural(report.policies.len(), "policy", "policies");
    format!(
        "{policies}, {}, {} characters",
        plural(actions.len(), "action", "actions"),
        sizes.join(" + ")
    )
}

fn patterns(report: &Report) -> String {
    let seen: usize = report.generalizations.iter().map(|entry| entry.seen).sum();
    let (patterns, stand) = match report.generalizations.len() {
        1 => ("1 pattern".to_owned(), "stands"),
        many => (plural(many, "pattern", "patterns"), "stand"),
    };
    format!(
        "{patterns} {stand} for {}",
        plural(seen, "resource seen", "resources seen")
    )
}

fn verified(report: &Report) -> String {
    let uses = format!("allows all {} observed uses", grouped(report.verified.uses));
    let added = report.verified.added.as_ref().map_or(0, Vec::len);
    match &report.verified.within_current {
        Some(Within::Proved) => format!("{uses}; grants nothing new"),
        Some(Within::Refuted { witnesses }) if added == 0 => {
            let witness = witnesses.first();
            let example =
                witness.map(|one| format!(", such as {} on {}", one.action, one.resource));
            format!(
                "{uses}; allows something new{}",
                plain(&example.unwrap_or_default())
            )
        }
        Some(Within::Refuted { .. }) => {
            format!(
                "{uses}; {} new, see below",
                plural(added, "grant is", "grants are")
            )
        }
        Some(Within::Unknown { reason }) => {
            format!(
                "{uses}; not decided whether anything is new: {}",
                plain(reason)
            )
        }
        None => format!(
            "{uses}; compare it with the {}'s policies by `--current`",
            report.role.word()
        ),
    }
}

fn table(fates: &Fates, screen: Screen) -> Vec<String> {
    let is_verbose = screen.is_verbose;
    let mut rows = vec![header()];
    let (gone, stays): (Vec<&ActionFate>, Vec<&ActionFate>) =
        fates.actions.iter().partition(|fate| !fate.is_granted);
    rows.extend(stays.iter().map(|fate| row(fate)));
    let is_listed = |fate: &&&ActionFate| is_verbose || fate.fate == Fate::DeniedOnly;
    let mut listed: Vec<&&ActionFate> = gone.iter().filter(is_listed).collect();
    if listed.len() < REMOVED_LISTED {
        let missing = REMOVED_LISTED - listed.len();
        let rest: Vec<&&ActionFate> = gone
            .iter()
            .filter(|fate| fate.fate == Fate::Unused && !listed.contains(fate))
            .take(missing)
            .collect();
        listed.extend(rest);
    }
    rows.extend(listed.iter().map(|fate| row(fate)));
    let hidden = gone
        .iter()
        .filter(|fate| fate.fate == Fate::NotObservable && !listed.contains(fate))
        .count();
    let unused = gone.len() - listed.len() - hidden;
    for (sign, count, what) in [("-", unused, ""), ("!", hidden, " whose use is hidden")] {
        if count > 0 {
            let more = format!("{} more{what}", grouped(count as u64));
            rows.push(vec![
                sign.into(),
                more,
                String::new(),
                String::new(),
                "list them with `--verbose`".into(),
            ]);
        }
    }
    let mut lines = set(&rows, screen);
    lines.push(String::new());
    lines.extend(screen.wrap(&format!("  {}", legend(fates)), 2));
    lines
}

/// Explains the signs that occur.
fn legend(fates: &Fates) -> String {
    const MEANINGS: [(&str, &str); 6] = [
        ("=", "kept"),
        ("~", "narrowed"),
        ("+", "added"),
        ("?", "kept, use is hidden"),
        ("!", "removed, use is hidden"),
        ("-", "removed"),
    ];
    let occurs = |sign: &str| fates.actions.iter().any(|fate| self::sign(fate) == sign);
    let meanings: Vec<String> = MEANINGS
        .iter()
        .filter(|(sign, _)| occurs(sign))
        .map(|(sign, meaning)| format!("{sign} {meaning}"))
        .collect();
    meanings.join("   ")
}

fn sign(fate: &ActionFate) -> &'static str {
    match (fate.fate, fate.is_granted) {
        (Fate::NotObservable, false) => "!",
        (_, false) => "-",
        (Fate::Used, true) => "=",
        (Fate::Narrowed, true) => "~",
        (Fate::Added, true) => "+",
        (Fate::NotObservable | Fate::DeniedOnly | Fate::Unused, true) => "?",
    }
}

fn header() -> Vec<String> {
    ["", "Action", "Uses", "Last seen", "Resource"]
        .map(str::to_owned)
        .to_vec()
}

fn row(fate: &ActionFate) -> Vec<String> {
    let is_hidden = fate.fate == Fate::NotObservable;
    let uses = if is_hidden {
        "–".to_owned()
    } else {
        grouped(fate.uses)
    };
    let seen = match fate.last_seen {
        Some(moment) if fate.uses > 0 && fate.failed == fate.uses => {
            format!("{} failed", day_of(moment))
        }
        Some(moment) if fate.uses > 0 => day_of(moment).to_string(),
        Some(_) => "denied".to_owned(),
        None if is_hidden => "hidden".to_owned(),
        None if fate.fate == Fate::Added => String::new(),
        None => "never".to_owned(),
    };
    let from = shortened(&fate.from);
    let to = shortened(&fate.to);
    let resource = match (fate.is_granted, from == to || fate.from.is_empty()) {
        (false, _) => from,
        (true, true) => to,
        (true, false) => format!("{from} -> {to}"),
    };
    vec![
        sign(fate).to_owned(),
        plain(&fate.action).into_owned(),
        uses,
        seen,
        resource,
    ]
}

/// As many resources as fit a cell, at least one.
fn shortened(resources: &[String]) -> String {
    let mut cell = String::new();
    for (index, resource) in resources.iter().enumerate() {
        let arn = short_arn(resource);
        let shown = plain(&arn);
        if index > 0 && cell.width() + shown.width() > RESOURCE_COLUMNS {
            return format!("{cell} and {} more", resources.len() - index);
        }
        if index > 0 {
            cell.push_str(", ");
        }
        cell.push_str(&shown);
    }
    cell
}

fn set(rows: &[Vec<String>], screen: Screen) -> Vec<String> {
    let align = [
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Left,
    ];
    fit(rows, &align, screen.width.map(|width| width - 2))
        .into_iter()
        .map(|line| format!("  {line}"))
        .collect()
}

/// The table when no current policy is known.
fn granted(report: &Report, screen: Screen) -> Vec<String> {
    let mut rows = vec![header()];
    for entry in &report.evidence {
        let (uses, seen) = match entry.last_seen {
            Some(moment) if entry.failed == entry.count => {
                (grouped(entry.count), format!("{} failed", day_of(moment)))
            }
            Some(moment) => (grouped(entry.count), day_of(moment).to_string()),
            None if entry.count > 0 => (grouped(entry.count), "no time".to_owned()),
            None => ("–".to_owned(), "hidden".to_owned()),
        };
        let resource = plain(&short_arn(&entry.resource)).into_owned();
        rows.push(vec![
            "+".into(),
            plain(&entry.action).into_owned(),
            uses,
            seen,
            resource,
        ]);
    }
    set(&rows, screen)
}
