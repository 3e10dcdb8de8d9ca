//! The row of a role: counts before and after, and whether it gives new access.

use super::{Notice, Unseen, said};
use crate::diff::Replayed;
use crate::policy::prove::Relation;
use crate::policy::{ActionElement, Document, PolicyKind, ResourceElement};
use crate::report::escape::code_span;
use crate::report::section::{Rank, Section};
use crate::report::{Within, grouped, plural};

/// The numbers of a role: before, where something was given, and after.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) actions: (Option<usize>, usize),
    pub(super) broken: u64,
    pub(super) undecided: u64,
    pub(super) calls: u64,
    pub(super) is_gaining: bool,
    pub(super) is_gain_unknown: bool,
    access: String,
    before: Option<Size>,
    after: Size,
}

/// What a role's policies take.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    policies: usize,
    managed: usize,
    wildcards: usize,
    characters: usize,
}

impl Size {
    fn of<'d>(policies: impl Iterator<Item = (bool, &'d Document)>) -> Self {
        let mut size = Self::default();
        for (is_managed, document) in policies {
            size.policies += 1;
            size.managed += usize::from(is_managed);
            size.characters += document.size();
            size.wildcards += wildcards(document);
        }
        size
    }
}

/// Counts what stands for more than it names: actions with a wildcard, resources that are all there are, and negations.
fn wildcards(document: &Document) -> usize {
    let has = |text: &String| text.contains(['*', '?']);
    let statements = document.statements.iter();
    statements
        .map(|statement| {
            let actions = match &statement.action {
                ActionElement::Action(patterns) => patterns.iter().filter(|one| has(one)).count(),
                ActionElement::NotAction(_) => 1,
            };
            let resources = match &statement.resource {
                Some(ResourceElement::Resource(patterns)) => {
                    patterns.iter().filter(|one| *one == "*").count()
                }
                Some(ResourceElement::NotResource(_)) => 1,
                None => 0,
            };
            actions + resources
        })
        .sum()
}

impl Numbers {
    pub(super) fn of(notice: &Notice<'_>) -> Self {
        match &notice.change {
            Some(change) => {
                let proposal = change.proposal;
                let gains = !proposal.proof.only_in_new.is_empty();
                let is_unknown = proposal.proof.relation == Relation::Unknown;
                let access = match proposal.proof.relation {
                    Relation::Equal | Relation::Narrower => "none, proved".to_owned(),
                    Relation::Unknown => "not decided".to_owned(),
                    Relation::Broader | Relation::Incomparable => "**yes**".to_owned(),
                };
                let size = |policies: &[crate::synthesis::CurrentPolicy]| {
                    Size::of(
                        policies
                            .iter()
                            .map(|one| (one.arn.is_some(), &one.document)),
                    )
                };
                Self {
                    actions: (Some(proposal.before), proposal.after),
                    broken: Replayed::count(&proposal.replayed.broken),
                    undecided: Replayed::count(&proposal.replayed.undecided),
                    calls: proposal.replayed.calls,
                    is_gaining: gains,
                    is_gain_unknown: is_unknown,
                    access,
                    before: Some(size(change.before)),
                    after: size(notice.current),
                }
            }
            None => Self::of_suggestion(notice),
        }
    }

    fn of_suggestion(notice: &Notice<'_>) -> Self {
        let report = notice.report;
        let within = report.verified.within_current.as_ref();
        let access = match within {
            Some(Within::Proved) => "none, proved",
            Some(Within::Refuted { .. }) => "**yes**",
            Some(Within::Unknown { .. }) => "not decided",
            None => "not compared",
        };
        let documents: Vec<Document> = report
            .policies
            .iter()
            .filter_map(|policy| {
                Document::parse(&policy.document.to_string(), PolicyKind::Identity).ok()
            })
            .collect();
        let mut actions: Vec<&str> = report
            .evidence
            .iter()
            .map(|entry| entry.action.as_str())
            .collect();
        actions.sort_unstable();
        actions.dedup();
        let given = notice.current.iter();
        let before = Size::of(given.map(|one| (one.arn.is_some(), &one.document)));
        Self {
            actions: match &report.fates {
                Some(fates) => (Some(fates.before), fates.after),
                None => (None, actions.len()),
            },
            // The replay is a condition of there being a suggestion.
            broken: 0,
            undecided: 0,
            calls: report.verified.uses,
            is_gaining: matches!(within, Some(Within::Refuted { .. })),
            is_gain_unknown: matches!(within, Some(Within::Unknown { .. })),
            access: access.to_owned(),
            before: report.fates.is_some().then_some(before),
            after: Size::of(documents.iter().map(|document| (false, document))),
        }
    }

    fn row(&self, name: &str) -> String {
        let pair = |of: fn(&Size) -> usize| match &self.before {
            Some(before) => format!(
                "{} → {}",
                grouped(of(before) as u64),
                grouped(of(&self.after) as u64)
            ),
            None => grouped(of(&self.after) as u64),
        };
        let before = self.actions.0.map_or_else(
            || "–".to_owned(),
            |number| plural(number, "action", "actions"),
        );
        format!(
            "| {} | {before} | {} | {} | {} | {} | {} |",
            code_span(name),
            plural(self.actions.1, "action", "actions"),
            self.access,
            pair(|size| size.wildcards),
            pair(|size| size.managed),
            self.size()
        )
    }

    /// The characters after, and how much more or less that is.
    fn size(&self) -> String {
        let after = grouped(self.after.characters as u64);
        match self.before.map(|before| before.characters) {
            None | Some(0) => format!("{after} characters"),
            Some(before) if before == self.after.characters => {
                format!("{after} characters, as before")
            }
            Some(before) => {
                let (before, after_count) = (before as u64, self.after.characters as u64);
                let percent = after_count.abs_diff(before).saturating_mul(100) / before;
                let sign = if after_count < before { "−" } else { "+" };
                format!("{after} characters, {sign}{} %", grouped(percent))
            }
        }
    }
}

/// The table of all roles.
pub(super) fn table(notices: &[Notice<'_>], numbers: &[Numbers], unseen: &[Unseen]) -> Section {
    let head = [
        "| Role | Before | After | New access | Wildcards | Managed policies | Size |",
        "|---|--:|--:|---|--:|--:|--:|",
    ];
    let rows = notices
        .iter()
        .zip(numbers)
        .map(|(notice, numbers)| numbers.row(&notice.report.role.name));
    let unseen = unseen.iter().map(|one| {
        let why = said(&one.why);
        format!(
            "| {} | – | – | not looked at: {why} | – | – | – |",
            code_span(&one.role)
        )
    });
    let rows = rows.chain(unseen).collect();
    Section::table(Rank::Table, None, head, rows)
}
