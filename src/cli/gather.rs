//! From where events come from to usage: the folding that every command shares.

use std::collections::BTreeSet;

use super::input::Input;
use super::live::Sources;
use super::{Exit, Failure};
use crate::catalog::Catalog;
use crate::source::{self, Claims, Fold, ReadOptions, Reading, TrailSource};
use crate::time::Window;
use crate::trail::{Event, InputId};
use crate::usage::{Daily, PartKey, RoleQuery, Usage};

/// Folds a part of the input on a thread of its own.
pub(super) struct Folding<'a> {
    pub(super) usage: Usage,
    query: &'a RoleQuery,
}

impl<'a> Folding<'a> {
    pub(super) fn new(query: &'a RoleQuery) -> Self {
        Self {
            usage: Usage::default(),
            query,
        }
    }
}

impl Fold for Folding<'_> {
    fn event(&mut self, event: Event) {
        self.usage.fold(&event, self.query, Catalog::bundled());
    }
}

/// Folds a part of the input by day and account.
pub(super) struct DailyFolding<'a> {
    pub(super) daily: Daily,
    input: InputId,
    query: &'a RoleQuery,
    /// For the event history, which has no files: each day of a region counts as one, and these are known already.
    known_days: Option<&'a BTreeSet<InputId>>,
}

impl<'a> DailyFolding<'a> {
    pub(super) fn new(query: &'a RoleQuery, known_days: Option<&'a BTreeSet<InputId>>) -> Self {
        Self {
            daily: Daily::default(),
            input: InputId::default(),
            query,
            known_days,
        }
    }
}

impl Fold for DailyFolding<'_> {
    fn event(&mut self, event: Event) {
        let mut input = self.input;
        if let Some(known) = self.known_days {
            let part = PartKey::of(&event);
            input = InputId::of_text(&format!("event history {part} {}", event.region));
            if known.contains(&input) {
                return;
            }
        }
        let catalog = Catalog::bundled();
        self.daily.fold(&event, input, self.query, catalog);
    }

    fn input(&mut self, id: InputId) {
        self.input = id;
    }
}

/// Folds the usage of whom `query` asks for, from trails and from usage files.
///
/// The first reading of trails counts other principals' records without parsing them. Only when it finds no event by the role
/// do the others' names matter, and all is read once more.
pub(super) fn usage_of(
    query: &RoleQuery,
    input: &Input,
    (window, sources): (Window, &Sources),
) -> Result<(Usage, Reading), Failure> {
    let (mut usage, mut reading) = kept(query, (window, sources))?;
    if !sources.list.is_empty() {
        let claims = Claims::of(sources.kept.inputs());
        let is_kept = !sources.kept.parts.is_empty();
        let options = ReadOptions {
            claims: is_kept.then_some(&claims),
            ..input.options(window)
        };
        let (read_usage, read) = folded(query, &options, &sources.list);
        usage.merge(read_usage);
        reading.add(read);
    }
    usage.finish();
    Ok((usage, reading))
}

/// What usage files hold.
fn kept(
    query: &RoleQuery,
    (window, sources): (Window, &Sources),
) -> Result<(Usage, Reading), Failure> {
    let daily = &sources.kept;
    let mut reading = Reading::default();
    if daily.parts.is_empty() {
        return Ok((Usage::default(), reading));
    }
    if !query.exclusions.is_empty() || query.is_split_by_session {
        let flag = if query.is_split_by_session {
            "--split-by"
        } else {
            "--exclude"
        };
        let problem =
            format!("{flag}: expected trails, found a usage file, which holds no single events");
        return Err(Failure::new(Exit::WrongCommandLine, problem)
            .hint("give the trail itself with `--trail`"));
    }
    let mut usage = daily.within(window).map_err(|moment| {
        let problem = format!(
            "--until: expected the end of a day, since usage files are kept by day, found {moment}"
        );
        Failure::new(Exit::WrongCommandLine, problem)
            .hint("give a date, as in `--until 2026-06-01`")
    })?;
    usage.roles.retain(|_, role| query.matches(&role.role));
    reading.files = daily.inputs().len() as u64;
    reading.tally.records = usage.coverage.events;
    reading.tally.events = usage.coverage.events;
    reading.add_gaps(daily.gaps.iter().cloned().collect());
    Ok((usage, reading))
}

fn folded(
    query: &RoleQuery,
    options: &ReadOptions<'_>,
    sources: &[TrailSource],
) -> (Usage, Reading) {
    let catalog = Catalog::bundled();
    let read = |naming: Option<String>| {
        let claims = options.claims.map(Claims::again);
        let options = ReadOptions {
            naming,
            operations: catalog.configuring_operations(),
            claims: claims.as_ref(),
            ..options.clone()
        };
        let mut usage = Usage::default();
        let start = || Folding::new(query);
        let reading = source::fold(sources, &options, &start, &mut |part| {
            usage.merge(part.usage);
        });
        usage.note_others(&reading.tally, catalog);
        (usage, reading)
    };
    if query.name.is_some() && sources.iter().all(TrailSource::can_be_read_again) {
        let (usage, reading) = read(query.name.clone());
        if usage.roles.values().any(|role| role.events > 0) {
            return (usage, reading);
        }
    }
    read(None)
}
