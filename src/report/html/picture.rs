//! Before and after as a picture: actions by service and access level, what is granted today against what is needed.

use std::collections::BTreeMap;

use super::chart::{percent, scaled};
use super::count;
use super::fates::Standing;
use crate::catalog::Catalog;
use crate::diff::Fate;
use crate::report::Report;

/// How many services have a row of their own.
const SERVICES_SHOWN: usize = 24;
/// The width of a bar's drawing.
const WIDTH: u64 = 100;
/// The access levels, as AWS's service reference names them.
pub(super) const LEVELS: [&str; 5] = ["List", "Read", "Tagging", "Write", "Permissions management"];

/// The picture.
#[derive(Debug)]
pub(super) struct Picture {
    /// What becomes of all actions, as parts of one bar.
    pub(super) parts: Vec<Part>,
    pub(super) rows: Vec<Row>,
    pub(super) is_compared: bool,
}

/// A part of the bar.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) standing: Standing,
    pub(super) number: usize,
    /// Where it begins and how wide it is, in percent.
    pub(super) start: String,
    pub(super) width: String,
}

/// A service.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) cells: Vec<Cell>,
    pub(super) total: Cell,
}

/// Actions of one level.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) used: u64,
    /// The most of any cell that it is compared with.
    most: u64,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.before += other.before;
        self.after += other.after;
        self.used += other.used;
    }

    pub(super) fn is_empty(self) -> bool {
        self.before == 0 && self.after == 0
    }

    pub(super) fn width_before(self) -> u64 {
        scaled(self.before, self.most, WIDTH)
    }

    pub(super) fn width_after(self) -> u64 {
        scaled(self.after, self.most, WIDTH)
    }

    pub(super) fn width_used(self) -> u64 {
        scaled(self.used, self.most, WIDTH)
    }
}

impl Picture {
    pub(super) fn of(report: &Report) -> Self {
        let mut services: BTreeMap<&str, [Cell; 5]> = BTreeMap::new();
        for (action, cell) in cells(report) {
            let Some((service, _)) = action.split_once(':') else {
                continue;
            };
            let cells = services.entry(service).or_default();
            if let Some(place) = cells.get_mut(level_of(action)) {
                place.add(cell);
            }
        }
        let mut rows: Vec<Row> = services
            .into_iter()
            .map(|(service, cells)| row(service.to_owned(), cells))
            .collect();
        rows.sort_by(|one, other| {
            let by = |row: &Row| (row.total.before, row.total.after);
            by(other)
                .cmp(&by(one))
                .then_with(|| one.service.cmp(&other.service))
        });
        if rows.len() > SERVICES_SHOWN {
            let others = rows.split_off(SERVICES_SHOWN - 1);
            rows.push(together(&others));
        }
        scale(&mut rows);
        Self {
            parts: parts(report),
            rows,
            is_compared: report.fates.is_some(),
        }
    }
}

/// Each action with what it counts for.
fn cells(report: &Report) -> Vec<(&str, Cell)> {
    let cell = |before: bool, after: bool, used: bool| Cell {
        before: before.into(),
        after: after.into(),
        used: used.into(),
        most: 0,
    };
    if let Some(fates) = &report.fates {
        let fates = fates.actions.iter();
        return fates
            .map(|fate| {
                let is_before = fate.fate != Fate::Added;
                let cell = cell(is_before, fate.is_granted, fate.uses > 0);
                (fate.action.as_str(), cell)
            })
            .collect();
    }
    let mut used: BTreeMap<&str, bool> = BTreeMap::new();
    for entry in &report.evidence {
        *used.entry(&entry.action).or_default() |= entry.count > 0;
    }
    used.into_iter()
        .map(|(action, is_used)| (action, cell(false, true, is_used)))
        .collect()
}

fn level_of(action: &str) -> usize {
    let known = Catalog::bundled().action(action);
    let level = known.map_or("Write", |(_, _, facts)| facts.access_level.as_str());
    LEVELS.iter().position(|one| *one == level).unwrap_or(3)
}

fn row(service: String, cells: [Cell; 5]) -> Row {
    let mut total = Cell::default();
    for cell in cells {
        total.add(cell);
    }
    let known = Catalog::bundled().service(&service);
    Row {
        name: known.map_or_else(String::new, |known| known.name.clone()),
        service,
        cells: cells.to_vec(),
        total,
    }
}

/// The row of all services that have none of their own.
fn together(rows: &[Row]) -> Row {
    let mut cells = [Cell::default(); 5];
    for row in rows {
        for (sum, cell) in cells.iter_mut().zip(&row.cells) {
            sum.add(*cell);
        }
    }
    Row {
        name: String::new(),
        ..row(format!("{} more services", count(rows.len())), cells)
    }
}

fn scale(rows: &mut [Row]) {
    let size = |cell: &Cell| cell.before.max(cell.after);
    let cells = rows.iter().flat_map(|row| &row.cells);
    let most = cells.map(size).max().unwrap_or_default();
    let most_total = rows.iter().map(|row| size(&row.total)).max();
    for row in rows {
        for cell in &mut row.cells {
            cell.most = most;
        }
        row.total.most = most_total.unwrap_or_default();
    }
}

fn parts(report: &Report) -> Vec<Part> {
    let Some(fates) = &report.fates else {
        return Vec::new();
    };
    let all = fates.actions.len();
    let mut start = 0;
    let mut parts = Vec::new();
    for standing in Standing::ALL {
        let of = fates
            .actions
            .iter()
            .filter(|fate| Standing::of(fate) == standing);
        let number = of.count();
        if number > 0 {
            parts.push(Part {
                standing,
                number,
                start: percent(start, all),
                width: percent(number, all),
            });
        }
        start += number;
    }
    parts
}
