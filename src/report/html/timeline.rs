//! The heat map: each grant, day by day, with the days on which needs came to be known and the test backwards.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::chart::{bars, percent, scaled, steps};
use super::{count, day};
use crate::report::{Calendar, EvidenceEntry, Report, WalkEntry, grouped, plural};

/// How many rows stand in the table at once; the others unfold.
const ROWS_SHOWN: usize = 250;
/// The height of a row's drawing.
const ROW: usize = 9;
/// The height of the two drawings above them.
const TALL: usize = 40;
/// The least uses of a day for each of the four steps, with the step's height.
const STEPS: [(u64, usize); 4] = [(1, 3), (2, 5), (10, 7), (100, 9)];

/// The drawings.
#[derive(Debug)]
pub(super) struct Timeline<'a> {
    pub(super) days: usize,
    pub(super) first: Date,
    pub(super) last: Date,
    /// Uses by day, of all.
    pub(super) total: String,
    pub(super) most: u64,
    /// Days without any event.
    pub(super) empty: String,
    pub(super) empty_days: usize,
    /// Needs known, by day.
    pub(super) curve: String,
    pub(super) needs: usize,
    pub(super) quiet: String,
    pub(super) backtest: Option<Backtest<'a>>,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) rest: Vec<Row<'a>>,
    /// Grants without a day to show.
    pub(super) unseen: Vec<&'a EvidenceEntry>,
}

/// The test backwards.
#[derive(Debug)]
pub(super) struct Backtest<'a> {
    pub(super) walked: &'a WalkEntry,
    /// Where the first day after it stands.
    pub(super) at: usize,
    /// The same in percent of the width.
    pub(super) percent: String,
    pub(super) denied: String,
    pub(super) later: String,
}

/// One grant.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    /// A path for each step.
    pub(super) steps: [String; 4],
    pub(super) label: String,
    pub(super) uses: String,
    pub(super) days: String,
    pub(super) first: String,
    pub(super) last: String,
}

impl<'a> Timeline<'a> {
    pub(super) fn of(report: &'a Report) -> Option<Self> {
        let calendar = report.calendar.as_ref()?;
        let days = place(calendar, calendar.last)? + 1;
        let (mut seen, unseen): (Vec<&EvidenceEntry>, Vec<&EvidenceEntry>) = report
            .evidence
            .iter()
            .partition(|entry| !entry.by_day.is_empty());
        seen.sort_by_key(|entry| {
            let first = entry.by_day.keys().next().copied();
            (first, entry.action.as_str(), entry.resource.as_str())
        });
        let mut rows: Vec<Row<'a>> = seen.into_iter().map(|entry| row(entry, calendar)).collect();
        let rest = rows.split_off(rows.len().min(ROWS_SHOWN));
        let most = calendar.uses.values().copied().max().unwrap_or_default();
        let (curve, needs, quiet) = curve(report, calendar, days);
        Some(Self {
            days,
            first: calendar.first,
            last: calendar.last,
            total: drawn(&calendar.uses, calendar, |uses| {
                usize::try_from(scaled(uses, most, TALL as u64)).unwrap_or_default()
            }),
            most,
            empty: empty(calendar),
            empty_days: calendar.empty.len(),
            curve,
            needs,
            quiet,
            backtest: backtest(report, calendar, days),
            rows,
            rest,
            unseen,
        })
    }
}

/// The place of a day, from 0.
fn place(calendar: &Calendar, day: Date) -> Option<usize> {
    usize::try_from((day - calendar.first).get_days()).ok()
}

fn drawn(uses: &BTreeMap<Date, u64>, calendar: &Calendar, height: impl Fn(u64) -> usize) -> String {
    let columns: Vec<(usize, usize)> = uses
        .iter()
        .filter_map(|(day, uses)| Some((place(calendar, *day)?, height(*uses))))
        .collect();
    bars(&columns, TALL)
}

fn empty(calendar: &Calendar) -> String {
    let days = calendar.empty.iter();
    let columns: Vec<(usize, usize)> = days
        .filter_map(|day| Some((place(calendar, *day)?, TALL)))
        .collect();
    bars(&columns, TALL)
}

/// The curve of needs known, how many they are, and how long it has been quiet.
fn curve(report: &Report, calendar: &Calendar, days: usize) -> (String, usize, String) {
    let Some(forecast) = &report.forecast else {
        return (String::new(), 0, String::new());
    };
    let all: usize = forecast.first_seen_by_day.values().sum();
    let mut known = 0;
    let mut points = Vec::new();
    for (day, new) in &forecast.first_seen_by_day {
        known += new;
        let height = scaled(known as u64, all as u64, TALL as u64 - 2);
        points.extend(place(calendar, *day).zip(usize::try_from(height).ok()));
    }
    let quiet = format!(
        "nothing new for {} of {} days; {:.0} new needs expected in the next {}, at most {:.0}",
        forecast.quiet_days,
        forecast.days,
        forecast.expected_new_needs,
        plural(forecast.horizon_days as usize, "day", "days"),
        forecast.high.ceil()
    );
    (steps(&points, (days, TALL)), all, quiet)
}

fn backtest<'a>(report: &'a Report, calendar: &Calendar, days: usize) -> Option<Backtest<'a>> {
    let walked = report.forecast.as_ref()?.walked.as_ref()?;
    let at = place(calendar, walked.learned_until)? + 1;
    Some(Backtest {
        walked,
        at,
        percent: percent(at, days),
        denied: grouped(walked.denied_uses),
        later: grouped(walked.later_uses),
    })
}

fn row<'a>(entry: &'a EvidenceEntry, calendar: &Calendar) -> Row<'a> {
    let mut columns: [Vec<(usize, usize)>; 4] = Default::default();
    for (day, uses) in &entry.by_day {
        let mut steps = STEPS.iter().zip(&mut columns).rev();
        let step = steps.find(|((least, _), _)| uses >= least);
        if let (Some(((_, height), columns)), Some(at)) = (step, place(calendar, *day)) {
            columns.push((at, *height));
        }
    }
    let first = day(entry.first_seen.as_ref());
    let last = day(entry.last_seen.as_ref());
    Row {
        action: &entry.action,
        resource: &entry.resource,
        steps: columns.map(|columns| bars(&columns, ROW)),
        label: format!(
            "used on {}, {first} to {last}",
            plural(entry.days, "day", "days")
        ),
        uses: grouped(entry.count),
        days: count(entry.days),
        first,
        last,
    }
}
