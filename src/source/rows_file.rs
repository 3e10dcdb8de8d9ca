//! Results of queries: CSV with a header row, as engines write them, packed or not.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::files::unreadable;
use crate::catalog::Catalog;
use crate::sql::{Found, Rows};
use crate::time::Window;
use crate::trail::envelope::GZIP_MAGIC;
use crate::usage::RoleQuery;

/// The most that is read of one file after decompression.
const MOST_BYTES: u64 = 256 * 1024 * 1024 * 1024;

/// Why a result could not be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct RowsFileError {
    /// The file.
    pub place: String,
    /// What was wanted and what was found.
    pub problem: String,
    /// What can be done.
    pub hint: Option<&'static str>,
}

/// Says whether a file is the result of a query, by its name.
pub fn is_rows(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    [".csv", ".csv.gz"].iter().any(|end| name.ends_with(end))
}

/// Reads the usage of whom `query` asks for.
///
/// # Errors
///
/// If the file cannot be read to its end, or does not hold what was asked for; nothing of it is used then.
pub fn read(path: &Path, query: &RoleQuery, window: Window) -> Result<Found, RowsFileError> {
    let place = path.display().to_string();
    let fail = |problem: String, hint| RowsFileError {
        place: place.clone(),
        problem,
        hint,
    };
    let file = File::open(path).map_err(|error| fail(unreadable(&error), None))?;
    let mut input = BufReader::new(file);
    let start = input
        .fill_buf()
        .map_err(|error| fail(unreadable(&error), None))?;
    let input: Box<dyn Read> = if start.starts_with(GZIP_MAGIC) {
        Box::new(MultiGzDecoder::new(input))
    } else {
        Box::new(input)
    };
    read_rows(input, query, window).map_err(|(problem, hint)| fail(problem, hint))
}

type Fault = (String, Option<&'static str>);

/// Reads rows from anywhere.
pub(super) fn read_rows(
    input: impl Read,
    query: &RoleQuery,
    window: Window,
) -> Result<Found, Fault> {
    let mut reader = csv::ReaderBuilder::new().from_reader(input.take(MOST_BYTES));
    let broken = |error: csv::Error| (format!("expected CSV with a header row: {error}"), None);
    let fault = |error: crate::sql::RowError| (error.problem, error.hint);
    let header = reader.headers().map_err(broken)?.clone();
    let header: Vec<&str> = header.iter().collect();
    let mut rows = Rows::new(&header, (query, window), Catalog::bundled()).map_err(fault)?;
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(broken)? {
        number += 1;
        let cells: Vec<&str> = record.iter().collect();
        rows.add(&cells, number).map_err(fault)?;
    }
    rows.finish().map_err(fault)
}
