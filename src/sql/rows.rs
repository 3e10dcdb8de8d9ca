//! The rows of a query, read as if each were so many records.

mod record;

use std::collections::BTreeMap;

use super::about::About;
use super::query::KEYS;
use crate::catalog::Catalog;
use crate::time::Window;
use crate::trail::{Gap, RoleName};
use crate::usage::{RoleQuery, Span, Usage};
use record::Row;

/// After how many rows names are cut where there are too many.
const ROWS_BETWEEN: u64 = 64 * 1024;

/// How many gaps are kept with their words; of more, how many there are.
const MOST_GAPS: usize = 1000;
/// The most bytes of one cell, as of a record in a file: JSON takes many times that when it is read.
const MOST_CELL: usize = 16 * 1024 * 1024;
/// The most that the rows may count together. Whoever writes a row may claim any number.
const MOST_RECORDS: u64 = 10_000_000_000_000;

/// Columns beside those that rows are told apart by.
pub(super) const OTHERS: [&str; 14] = [
    "row",
    "count",
    "with_endpoint",
    "with_public",
    "with_tls",
    "files",
    "first",
    "last",
    "days",
    "examples",
    "sessions",
    "endpoints",
    "addresses",
    "ids",
];

/// What is wrong with rows as a whole; a single row that cannot be read is a gap.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RowError {
    /// What was wanted and what was found.
    pub problem: String,
    /// What can be done.
    pub hint: Option<&'static str>,
}

impl RowError {
    fn new(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

/// What rows came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The usage; not [finished](Usage::finish).
    pub usage: Usage,
    /// How many trail files the engine read; none if the table does not tell.
    pub files: Option<u64>,
    /// How many records there were.
    pub records: u64,
    /// What could not be read, with the row's number as its place.
    pub gaps: Vec<Gap>,
    /// How many more rows could not be read.
    pub more_gaps: u64,
    /// The time that the rows cover.
    pub window: Window,
}

/// Reads rows.
#[derive(Debug)]
pub struct Rows<'q> {
    columns: BTreeMap<&'static str, usize>,
    query: &'q RoleQuery,
    window: Window,
    catalog: &'q Catalog,
    found: Found,
    about: Option<About>,
    /// Rows of calls.
    calls: u64,
    read: u64,
    /// In rows of all kinds.
    counted: u64,
    total: Option<u64>,
}

impl<'q> Rows<'q> {
    /// Starts with the header.
    ///
    /// # Errors
    ///
    /// If a column is missing.
    pub fn new(
        header: &[&str],
        (query, window): (&'q RoleQuery, Window),
        catalog: &'q Catalog,
    ) -> Result<Self, RowError> {
        let mut columns = BTreeMap::new();
        for wanted in OTHERS.into_iter().chain(KEYS) {
            let Some(at) = header
                .iter()
                .position(|name| name.eq_ignore_ascii_case(wanted))
            else {
                return Err(RowError::new(format!(
                    "expected the result of a query that `polgen sql` prints, found no column `{wanted}`"
                ))
                .hint("keep the header row and all columns"));
            };
            columns.insert(wanted, at);
        }
        Ok(Self {
            columns,
            query,
            window,
            catalog,
            found: Found::default(),
            about: None,
            calls: 0,
            read: 0,
            counted: 0,
            total: None,
        })
    }

    /// Takes the next row.
    ///
    /// # Errors
    ///
    /// If it shows that these are not the rows that were asked for.
    pub fn add(&mut self, cells: &[&str], number: u64) -> Result<(), RowError> {
        let row = Row {
            columns: &self.columns,
            cells,
        };
        let count = counted(&row, number, (&mut self.counted, &mut self.read))?;
        if cells.iter().any(|cell| cell.len() > MOST_CELL) {
            let problem = format!("expected at most {MOST_CELL} bytes in a column, found more");
            self.gap(number, problem);
            return Ok(());
        }
        match row.get("row") {
            "call" => {
                let folded = record::fold(
                    &row,
                    count,
                    (&mut self.found.usage, self.query),
                    (self.window, self.catalog),
                );
                if folded.is_ok() {
                    self.found.records += count;
                }
                if let Some(problem) = folded.unwrap_or_else(Some) {
                    self.gap(number, problem);
                }
                self.calls += 1;
                if self.calls.is_multiple_of(ROWS_BETWEEN) {
                    self.found.usage.bound();
                }
            }
            "principal" => {
                // Services are callers too, and none that is looked for.
                if let Some(principal) = row.principal() {
                    self.found.usage.note_seen(&principal, count);
                }
            }
            "role" | "network" | "client" => match row.principal() {
                Some(principal) if self.query.matches(&principal) => {
                    of_role(&row, &principal, count, &mut self.found.usage);
                    if let Some(problem) = row.oddity() {
                        self.gap(number, problem);
                    }
                }
                Some(_) => {}
                None if row.has_caller() => {}
                None => self.gap(number, "expected a caller that can be told".to_owned()),
            },
            "files" => {
                let files = row.number("files").unwrap_or_default();
                let all = self.found.files.get_or_insert_default();
                *all = all.saturating_add(files);
            }
            "total" => *self.total.get_or_insert_default() += count,
            "about" => {
                let text = row.get("request").to_owned();
                self.about(&text)?;
            }
            other => return Err(broken(number, "row", other)),
        }
        Ok(())
    }

    fn gap(&mut self, number: u64, problem: String) {
        if self.found.gaps.len() < MOST_GAPS {
            let place = format!("row {number}");
            self.found.gaps.push(Gap { place, problem });
        } else {
            self.found.more_gaps += 1;
        }
    }

    fn about(&mut self, text: &str) -> Result<(), RowError> {
        let about: About = serde_json::from_str(text).map_err(|_| {
            RowError::new(
                "expected a row that says what the query was made for, found another text",
            )
        })?;
        if let Some(problem) = about.problem(self.query, self.window) {
            return Err(
                RowError::new(problem).hint("print the query anew with `polgen sql`, and run it")
            );
        }
        self.found.window = about.window();
        self.about = Some(about);
        Ok(())
    }

    /// Ends with what the rows came to.
    ///
    /// # Errors
    ///
    /// If rows are missing.
    pub fn finish(self) -> Result<Found, RowError> {
        let cut = |problem: String| {
            Err(RowError::new(problem)
                .hint("the result is cut off, or only a part of it: get all of it"))
        };
        if self.about.is_none() {
            return cut(
                "expected a row that says what the query was made for, found none".to_owned(),
            );
        }
        let total = self.total.unwrap_or_default();
        if total != self.read {
            return cut(format!(
                "expected rows of {total} records, found those of {}",
                self.read
            ));
        }
        Ok(self.found)
    }
}

/// How often what a row tells of was recorded: counted together, and as read where it is a call, be it one that cannot be read.
fn counted(
    row: &Row<'_>,
    number: u64,
    (counted, read): (&mut u64, &mut u64),
) -> Result<u64, RowError> {
    let left = MOST_RECORDS - *counted;
    let is_call = row.get("row") == "call";
    let is_right = |it: &u64| *it <= left && !(is_call && *it == 0);
    let Some(count) = row.number("count").filter(is_right) else {
        return Err(broken(number, "count", row.get("count")));
    };
    *counted += count;
    *read += if is_call { count } else { 0 };
    Ok(count)
}

fn broken(number: u64, column: &str, found: &str) -> RowError {
    let shown: String = found.chars().take(40).collect();
    RowError::new(format!(
        "row {number}: {column}: expected what `polgen sql` asks for, found `{shown}`"
    ))
}

/// Takes what a row tells of a role as a whole.
fn of_role(row: &Row<'_>, principal: &RoleName, count: u64, usage: &mut Usage) {
    let span = Span {
        count,
        first: row.moment("first"),
        last: row.moment("last"),
    };
    match row.get("row") {
        "network" => usage.note_network(principal, row.get("address"), span),
        "client" => usage.note_client(principal, row.get("agent"), span),
        _ => usage.note_sessions(principal, row.texts("sessions"), row.texts("ids")),
    }
}
