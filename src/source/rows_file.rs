//! Results of queries: CSV with a header row, as engines write them, packed or not.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
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

/// The most bytes of one row. Athena's own rows have at most 32 MB.
const ROW_BYTES: u64 = 64 * 1024 * 1024;

/// The most bytes of the header: each column costs far more than its name.
const HEADER_BYTES: u64 = 64 * 1024;

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

/// Reads rows from anywhere; `place` names them.
///
/// # Errors
///
/// As those of a file.
pub fn read_from(
    place: &str,
    input: impl Read,
    query: &RoleQuery,
    window: Window,
) -> Result<Found, RowsFileError> {
    read_rows(input, query, window).map_err(|(problem, hint)| RowsFileError {
        place: place.to_owned(),
        problem,
        hint,
    })
}

/// Reads the usage of whom `query` asks for.
///
/// # Errors
///
/// If the file cannot be read to its end, or does not hold what was asked for; nothing of it is used then.
pub fn read(path: &Path, query: &RoleQuery, window: Window) -> Result<Found, RowsFileError> {
    let place = path.display().to_string();
    let fail = |error: io::Error| RowsFileError {
        place: place.clone(),
        problem: unreadable(&error),
        hint: None,
    };
    let mut input = BufReader::new(File::open(path).map_err(fail)?);
    let start = input.fill_buf().map_err(fail)?;
    let input: Box<dyn Read> = if start.starts_with(GZIP_MAGIC) {
        Box::new(MultiGzDecoder::new(input))
    } else {
        Box::new(input)
    };
    read_from(&place, input, query, window)
}

type Fault = (String, Option<&'static str>);

fn read_rows(input: impl Read, query: &RoleQuery, window: Window) -> Result<Found, Fault> {
    let (read, most) = (Cell::new(0), Cell::new(HEADER_BYTES));
    let input = ByRow {
        input,
        all: 0,
        read: &read,
        most: &most,
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(input);
    let broken = |error: csv::Error| {
        let problem = match error.kind() {
            csv::ErrorKind::Io(error) => error.to_string(),
            _ => format!("expected CSV with a header row: {error}"),
        };
        (problem, None)
    };
    let fault = |error: crate::sql::RowError| (error.problem, error.hint);
    let header = reader.headers().map_err(broken)?.clone();
    let header: Vec<&str> = header.iter().collect();
    let mut rows = Rows::new(&header, (query, window), Catalog::bundled()).map_err(fault)?;
    let mut record = csv::StringRecord::new();
    most.set(ROW_BYTES);
    let mut number = 0;
    while reader.read_record(&mut record).map_err(broken)? {
        number += 1;
        read.set(0);
        let cells: Vec<&str> = record.iter().collect();
        rows.add(&cells, number).map_err(fault)?;
    }
    rows.finish().map_err(fault)
}

/// An input of which no row may be longer than so much: a quote that nothing closes has no end.
struct ByRow<'c, R> {
    input: R,
    /// What was read in all.
    all: u64,
    /// The most bytes of the row that is read.
    most: &'c Cell<u64>,
    /// What was read since the last row ended.
    read: &'c Cell<u64>,
}

impl<R: Read> Read for ByRow<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (read, most) = (self.read.get(), self.most.get());
        // What is read ahead counts for the row that is read.
        let problem = if read > most.saturating_add(into.len() as u64) {
            format!("expected a row of at most {most} bytes, found a longer one")
        } else if self.all > MOST_BYTES {
            format!("expected at most {MOST_BYTES} bytes, found more")
        } else {
            let found = self.input.read(into)?;
            self.read.set(read + found as u64);
            self.all += found as u64;
            return Ok(found);
        };
        Err(io::Error::new(io::ErrorKind::FileTooLarge, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::lake;
    use crate::usage::PrincipalKind;

    #[test]
    fn a_row_without_an_end_is_not_waited_for() {
        let header = lake::header().join(",") + "\n\"";
        let row = header.as_bytes().chain(io::repeat(b'x'));
        let query = RoleQuery::every(PrincipalKind::Role);
        let commas = Box::new(io::repeat(b','));
        let inputs: [(Box<dyn Read>, u64); 3] = [
            (Box::new(row), ROW_BYTES),
            (Box::new(io::repeat(b'x')), HEADER_BYTES),
            (commas, HEADER_BYTES),
        ];
        for (input, most) in inputs {
            let (problem, _) =
                read_rows(input.take(4 * ROW_BYTES), &query, Window::default()).unwrap_err();
            assert!(
                problem.contains(&format!("a row of at most {most} bytes")),
                "{problem}"
            );
        }
    }
}
