//! The answer in one look: what goes, what stays, and what was checked.

use std::collections::BTreeSet;

use super::count;
use crate::diff::Fate;
use crate::report::{Report, Within, grouped, plural};

/// The top of the page.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) headline: String,
    pub(super) tiles: Vec<Tile>,
    pub(super) checks: Vec<Check>,
}

/// A number with its meaning.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) note: String,
}

/// Something that was checked, and how it came out.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) state: State,
    pub(super) title: &'static str,
    pub(super) text: String,
    /// Particulars, a line each.
    pub(super) details: Vec<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    Look,
    Open,
}

impl State {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Look => "look",
            Self::Open => "open",
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Look => "!",
            Self::Open => "?",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "holds",
            Self::Look => "look at this",
            Self::Open => "not decided",
        }
    }
}

impl Verdict {
    pub(super) fn of(report: &Report) -> Self {
        Self {
            headline: headline(report),
            tiles: tiles(report),
            checks: [
                sound(report),
                least(report),
                within(report),
                forecast(report),
                honest(report),
                read(report),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}

fn actions(report: &Report) -> usize {
    let actions = report.evidence.iter().map(|entry| entry.action.as_str());
    actions.collect::<BTreeSet<_>>().len()
}

fn headline(report: &Report) -> String {
    let Some(fates) = &report.fates else {
        return format!("It needs {}.", plural(actions(report), "action", "actions"));
    };
    let is_granted = |fate: &&crate::diff::ActionFate| fate.is_granted;
    let stays = fates
        .actions
        .iter()
        .filter(|fate| fate.fate != Fate::Added)
        .filter(is_granted)
        .count();
    let added = fates.actions.iter().filter(is_granted).count() - stays;
    let added = match added {
        0 => String::new(),
        some => format!(", and {} added", count(some)),
    };
    let verb = if stays == 1 { "stays" } else { "stay" };
    format!(
        "Of {} granted today, {} {verb}{added}.",
        plural(fates.before, "action", "actions"),
        grouped(stays as u64)
    )
}

fn tiles(report: &Report) -> Vec<Tile> {
    let mut tiles = Vec::new();
    match &report.fates {
        Some(fates) => tiles.push(Tile {
            name: "Actions",
            value: format!("{} → {}", count(fates.before), count(fates.after)),
            note: "today → suggested".to_owned(),
        }),
        None => tiles.push(Tile {
            name: "Actions",
            value: count(actions(report)),
            note: "give `--current` to compare".to_owned(),
        }),
    }
    tiles.push(Tile {
        name: "Uses seen",
        value: grouped(report.verified.uses),
        note: "the suggestion allows all of them".to_owned(),
    });
    let added = report.verified.added.as_ref().map_or(0, Vec::len);
    let (value, note) = match &report.verified.within_current {
        Some(Within::Proved) => ("none".to_owned(), "by proof"),
        Some(Within::Refuted { .. }) if added > 0 => (count(added), "grants, listed below"),
        Some(Within::Refuted { .. }) => ("some".to_owned(), "with examples below"),
        Some(Within::Unknown { .. }) => ("?".to_owned(), "not decided"),
        None => ("–".to_owned(), "not compared"),
    };
    tiles.push(Tile {
        name: "New access",
        value,
        note: note.to_owned(),
    });
    tiles.push(Tile {
        name: "Denied calls",
        value: grouped(report.coverage.denied_events),
        note: "never widen the policy".to_owned(),
    });
    tiles.push(Tile {
        name: "Warnings",
        value: count(report.warnings.len()),
        note: "to read before it is applied".to_owned(),
    });
    tiles
}

fn check(state: State, title: &'static str, text: String) -> Check {
    Check {
        state,
        title,
        text,
        details: Vec::new(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of a row of checks, of which others may be absent"
)]
fn sound(report: &Report) -> Option<Check> {
    let text = format!(
        "{} were replayed over the finished policy, which stand for {} uses; every one is allowed.",
        plural(
            report.verified.accesses,
            "distinct access",
            "distinct accesses"
        ),
        grouped(report.verified.uses)
    );
    Some(check(State::Good, "Allows all that was seen", text))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of a row of checks, of which others may be absent"
)]
fn least(report: &Report) -> Option<Check> {
    let explained = &report.verified.explained;
    let kinds = [
        (explained.observed, "just as seen"),
        (explained.generalized, "by a pattern of what was seen"),
        (explained.runtime, "needs of the runtime"),
        (explained.kept, "kept because their use is hidden"),
        (explained.pinned, "kept on purpose"),
        (explained.void, "cannot apply"),
    ];
    let named: Vec<String> = kinds
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number)))
        .collect();
    let text = format!(
        "Pairs of an action and a resource by why they are granted: {}. Nothing else is granted.",
        named.join(", ")
    );
    Some(check(State::Good, "Grants nothing without a reason", text))
}

fn within(report: &Report) -> Option<Check> {
    let title = "Gives nothing that is not there today";
    Some(match report.verified.within_current.as_ref()? {
        Within::Proved => check(
            State::Good,
            title,
            "Proved: every request that the suggestion allows is allowed by the current policies too."
                .to_owned(),
        ),
        Within::Unknown { reason } => check(State::Open, title, format!("Not decided: {reason}.")),
        Within::Refuted { witnesses } => {
            let added = report.verified.added.iter().flatten();
            let grants = added.map(|one| {
                format!("`{}` on `{}`: {}", one.action, one.resource, one.reason)
            });
            let examples = witnesses.iter().map(|one| {
                let context: Vec<String> = one
                    .context
                    .iter()
                    .map(|(key, values)| format!(" with `{key}={}`", values.join(",")))
                    .collect();
                format!("for example `{}` on `{}`{}", one.action, one.resource, context.concat())
            });
            Check {
                state: State::Look,
                title,
                text: "Refuted: the suggestion allows requests that the current policies do not."
                    .to_owned(),
                details: grants.chain(examples).collect(),
            }
        }
    })
}

fn forecast(report: &Report) -> Option<Check> {
    let forecast = report.forecast.as_ref()?;
    let walked = forecast.walked.as_ref()?;
    let state = if walked.denied_uses == 0 && forecast.is_settled {
        State::Good
    } else {
        State::Look
    };
    let mut text = format!(
        "Tested backwards: a policy made after day {} would have denied {} of the next {}.",
        walked.learned_days,
        grouped(walked.denied_uses),
        plural(
            usize::try_from(walked.later_uses).unwrap_or(usize::MAX),
            "use",
            "uses"
        )
    );
    if !forecast.is_settled {
        text.push_str(" New needs came lately: a longer window would tell more.");
    }
    Some(check(state, "Would have been enough", text))
}

fn honest(report: &Report) -> Option<Check> {
    let fates = report.fates.as_ref()?;
    let hidden = fates
        .actions
        .iter()
        .filter(|fate| fate.fate == Fate::NotObservable);
    let (kept, gone): (Vec<_>, Vec<_>) = hidden.partition(|fate| fate.is_granted);
    let title = "What the trail cannot show is named";
    let text = match (kept.len(), gone.len()) {
        (0, 0) => {
            return Some(check(
                State::Good,
                title,
                "The use of every action granted today would have shown.".to_owned(),
            ));
        }
        (kept, gone) => format!(
            "The use of {} cannot be seen here: {} kept, {} not. None of them is called unused.",
            plural(kept + gone, "action", "actions"),
            count(kept),
            count(gone)
        ),
    };
    Some(check(State::Look, title, text))
}

fn read(report: &Report) -> Option<Check> {
    let gaps = &report.coverage.gaps;
    let unmapped = report.unmapped.len();
    (!gaps.is_empty() || unmapped > 0).then(|| Check {
        state: State::Look,
        title: "All of the input was read and understood",
        text: format!(
            "{} could not be read; {} to no action and nothing was guessed.",
            plural(gaps.len(), "place", "places"),
            plural(unmapped, "kind of call maps", "kinds of calls map")
        ),
        details: gaps.iter().map(|gap| format!("`{gap}`")).collect(),
    })
}
