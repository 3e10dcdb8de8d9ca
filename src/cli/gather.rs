//! From where events come from to usage: the folding that every command shares.

use std::sync::Arc;

use super::input::Input;
use super::live::Sources;
use super::progress::Waiting;
use super::{Exit, Failure};
use crate::catalog::Catalog;
use crate::source::{
    self, Claims, Folding, ReadOptions, Reading, TrailSource, kept_days, rows_file,
};
use crate::time::Window;
use crate::usage::{RoleQuery, Usage};

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
    if !sources.rows.is_empty() {
        rows(query, (window, sources), (&mut usage, &mut reading))?;
    }
    let mut known = sources.kept.inputs();
    let mut rest: &[TrailSource] = &sources.list;
    if let (Some(cache), [TrailSource::Remote(remote), others @ ..]) = (&sources.cache, rest)
        && known.is_empty()
        && query.exclusions.is_empty()
        && !query.is_split_by_session
    {
        let waiting = Waiting::new("reading the trail's bucket");
        let found = kept_days(remote, cache, query, &input.options(window));
        drop(waiting);
        known = found.whole.inputs();
        known.extend(found.cut.inputs());
        let parts = found
            .whole
            .parts
            .into_values()
            .chain(found.cut.parts.into_values());
        parts.for_each(|part| usage.merge(part.usage));
        reading.add(found.reading);
        rest = others;
    }
    if !rest.is_empty() {
        let claims = Claims::of(known.clone());
        let options = ReadOptions {
            claims: (!known.is_empty()).then_some(&claims),
            ..input.options(window)
        };
        let waiting = Waiting::new("reading the trail");
        let (read_usage, read) = folded(query, &options, rest);
        drop(waiting);
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
    refuse_without_events(query, "a usage file")?;
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

/// What results of queries hold.
fn rows(
    query: &RoleQuery,
    (window, sources): (Window, &Sources),
    (usage, reading): (&mut Usage, &mut Reading),
) -> Result<(), Failure> {
    refuse_without_events(query, "the result of a query")?;
    let mut windows: Vec<Window> = Vec::new();
    for path in &sources.rows {
        let found = rows_file::read(path, query, window).map_err(|error| {
            let failure = Failure::new(Exit::Gaps, &error);
            match error.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        if windows.iter().any(|other| other.overlaps(found.window)) {
            let problem = format!(
                "{}: expected results of different times, found one of the same time as another, whose calls would count twice",
                path.display()
            );
            return Err(Failure::new(Exit::WrongCommandLine, problem));
        }
        windows.push(found.window);
        usage.merge(found.usage);
        let files = found.files.unwrap_or_default();
        reading.files = reading.files.saturating_add(files);
        reading.tally.records += found.records;
        reading.tally.events += found.records;
        reading.add_gaps(found.gaps);
        reading.tally.gaps += found.more_gaps;
    }
    Ok(())
}

/// Refuses what only single events can answer.
pub(super) fn refuse_without_events(query: &RoleQuery, found: &str) -> Result<(), Failure> {
    if query.exclusions.is_empty() && !query.is_split_by_session {
        return Ok(());
    }
    let flag = if query.is_split_by_session {
        "--split-by"
    } else {
        "--exclude"
    };
    let problem = format!("{flag}: expected trails, found {found}, which holds no single events");
    Err(Failure::new(Exit::WrongCommandLine, problem).hint("give the trail itself with `--trail`"))
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
        let learned = Arc::default();
        let start = || Folding::new(query, &learned);
        let reading = source::gather(sources, &options, &start, &mut |share| {
            usage.merge(share.usage());
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
