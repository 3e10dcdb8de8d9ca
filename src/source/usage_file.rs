//! Usage files: what was folded, kept small, to be joined with others or asked again without reading a trail.
//!
//! Gzip around JSON lines: a head, the gaps, then each part followed by its roles, and an end that counts the lines, so that
//! a file that was cut is not taken for a whole one. `docs/usage-file.md` describes the form for other programs.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use libdeflater::{CompressionLvl, Compressor};
use serde::{Deserialize, Serialize};

use super::files::unreadable;
use crate::arn::Arn;
use crate::catalog::Catalog;
use crate::trail::Gap;
use crate::trail::envelope::GZIP_MAGIC;
use crate::usage::{Daily, Part, PartKey, RoleUsage};

/// The form that this version writes and reads.
const FORM: u32 = 1;
/// The longest line that is read: a role with the most names that are kept is a tenth of it.
const LINE_BYTES: u64 = 64 * 1024 * 1024;
/// The most that is read of one file after decompression.
const MOST_BYTES: u64 = 16 * 1024 * 1024 * 1024;
/// How many times larger than what is stored the content may be; such files shrink 5 to 30 times. Judged once [`JUDGED_BYTES`] are read.
const MOST_RATIO: u64 = 250;
/// How much is read before the ratio counts.
const JUDGED_BYTES: u64 = 64 * 1024 * 1024;

/// Why a usage file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct UsageFileError {
    /// The file, and the line in it.
    pub place: String,
    /// What was wanted and what was found.
    pub problem: String,
}

#[derive(Serialize, Deserialize)]
struct Head {
    polgen_usage: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Gap(Gap),
    Part(Box<PartLine>),
    Role(Box<RoleUsage>),
    End { lines: u64 },
}

#[derive(Deserialize)]
struct PartLine {
    #[serde(flatten)]
    key: PartKey,
    #[serde(flatten)]
    part: Part,
}

/// The same, to be written.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Written<'a> {
    Gap(&'a Gap),
    Part(WrittenPart<'a>),
    Role(&'a RoleUsage),
    End { lines: u64 },
}

/// A part without its roles, which have lines of their own.
#[derive(Serialize)]
struct WrittenPart<'a> {
    #[serde(flatten)]
    key: &'a PartKey,
    #[serde(flatten)]
    part: &'a Part,
}

/// How much is packed at once. Each piece is a gzip member of its own.
const PIECE_BYTES: usize = 1024 * 1024;
/// Lines are so alike that more effort hardly makes them smaller.
const EFFORT: i32 = 4;

/// Writes a usage file. The same usage gives the same bytes.
pub fn write(daily: &Daily, output: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines {
        output,
        packer: Compressor::new(CompressionLvl::new(EFFORT).unwrap_or_default()),
        waiting: Vec::new(),
        packed: Vec::new(),
        count: 0,
    };
    lines.write(&Head { polgen_usage: FORM })?;
    for gap in &daily.gaps {
        lines.write(&Written::Gap(gap))?;
    }
    for (key, part) in &daily.parts {
        lines.write(&Written::Part(WrittenPart { key, part }))?;
        for role in part.usage.roles.values() {
            lines.write(&Written::Role(role))?;
        }
    }
    let end = Written::End { lines: lines.count };
    lines.write(&end)?;
    lines.pack()?;
    lines.output.flush()
}

/// Lines that are packed piece by piece: one at a time would cost more than packing itself.
struct Lines<W: Write> {
    output: W,
    packer: Compressor,
    waiting: Vec<u8>,
    packed: Vec<u8>,
    count: u64,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.waiting, line)?;
        self.waiting.push(b'\n');
        self.count += 1;
        if self.waiting.len() < PIECE_BYTES {
            return Ok(());
        }
        self.pack()
    }

    fn pack(&mut self) -> io::Result<()> {
        let most = self.packer.gzip_compress_bound(self.waiting.len());
        self.packed.resize(most, 0);
        let packed = self.packer.gzip_compress(&self.waiting, &mut self.packed);
        let length = packed.map_err(io::Error::other)?;
        self.waiting.clear();
        self.output
            .write_all(self.packed.get(..length).unwrap_or_default())
    }
}

/// Reads a usage file, packed or not.
///
/// # Errors
///
/// If it cannot be read to its end, or is none; nothing of it is used then.
pub fn read(path: &Path) -> Result<Daily, UsageFileError> {
    let place = path.display().to_string();
    let fail = |problem: String| UsageFileError {
        place: place.clone(),
        problem,
    };
    let file = File::open(path).map_err(|error| fail(unreadable(&error)))?;
    read_from(&place, file)
}

/// Reads what a usage file holds, packed or not; `place` is its name.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(place: &str, input: impl Read) -> Result<Daily, UsageFileError> {
    let fail = |problem: String| UsageFileError {
        place: place.to_owned(),
        problem,
    };
    let stored = Rc::new(Cell::new(0));
    let mut input = BufReader::new(Counted {
        input,
        bytes: Rc::clone(&stored),
    });
    let start = input.fill_buf().map_err(|error| fail(unreadable(&error)))?;
    let is_packed = start.starts_with(GZIP_MAGIC);
    let mut input: Box<dyn Read + '_> = if is_packed {
        Box::new(MultiGzDecoder::new(input))
    } else {
        Box::new(input)
    };
    read_lines(&mut input, &stored, MOST_BYTES).map_err(|(line, problem)| UsageFileError {
        place: format!("{place}: line {line}"),
        problem,
    })
}

fn read_lines(input: &mut dyn Read, stored: &Cell<u64>, most: u64) -> Result<Daily, (u64, String)> {
    let mut reading = LineReader {
        stored,
        expanded: 0,
        input: BufReader::new(input.take(most)),
        line: Vec::new(),
        count: 0,
    };
    let head = reading.next::<Head>()?;
    if head.polgen_usage != FORM {
        let found = head.polgen_usage;
        return Err((
            1,
            format!("expected a usage file of form {FORM}, found form {found}"),
        ));
    }
    let mut daily = Daily::default();
    let mut part: Option<(PartKey, Part)> = None;
    loop {
        let before = reading.count;
        let fault = |problem: String| (before + 1, problem);
        match reading.next::<Line>()? {
            Line::Gap(gap) => {
                daily.gaps.insert(gap);
            }
            Line::Part(line) => {
                keep(&mut daily, part.replace((line.key, line.part))).map_err(fault)?;
            }
            Line::Role(mut role) => {
                let Some((_, part)) = &mut part else {
                    return Err(fault("expected a part before its roles".to_owned()));
                };
                set_unknown_aside(&mut role);
                if part.usage.roles.contains_key(&role.role.arn) {
                    let arn = &role.role.arn;
                    return Err(fault(format!("expected `{arn}` once in its part")));
                }
                part.usage.insert(*role);
            }
            Line::End { lines } if lines == before => {
                keep(&mut daily, part.take()).map_err(fault)?;
                reading.end()?;
                return Ok(daily);
            }
            Line::End { lines } => {
                return Err(fault(format!(
                    "expected {lines} lines before the end, found {before}"
                )));
            }
        }
    }
}

fn keep(daily: &mut Daily, part: Option<(PartKey, Part)>) -> Result<(), String> {
    let Some((key, part)) = part else {
        return Ok(());
    };
    let name = key.to_string();
    match daily.parts.insert(key, part) {
        None => Ok(()),
        Some(_) => Err(format!("expected one part for {name}, found two")),
    }
}

/// Sets aside what this catalog cannot vouch for: an action that it does not know, a resource that is none. A usage file may
/// come from anywhere.
fn set_unknown_aside(role: &mut RoleUsage) {
    let catalog = Catalog::bundled();
    let is_known = |action: &str| {
        let Some((prefix, name)) = action.split_once(':') else {
            return false;
        };
        catalog
            .service(prefix)
            .is_some_and(|service| service.action(name).is_some())
    };
    let uses = std::mem::take(&mut role.uses);
    for (used, evidence) in uses {
        let access = &used.access;
        let problem = if !is_known(&access.action) {
            format!(
                "the usage file names `{}`, which is no action of this catalog",
                access.action
            )
        } else if access.resource != "*" && Arn::parse(&access.resource).is_none() {
            format!(
                "the usage file names `{}`, which is no ARN",
                access.resource
            )
        } else {
            role.uses.insert(used, evidence);
            continue;
        };
        role.unmapped
            .update((used.operation, problem), |known| known.merge(evidence));
    }
}

/// Counts what is read of an input, as stored.
struct Counted<R> {
    input: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.bytes.set(self.bytes.get() + length as u64);
        Ok(length)
    }
}

struct LineReader<'s, R> {
    stored: &'s Cell<u64>,
    expanded: u64,
    input: BufReader<R>,
    line: Vec<u8>,
    count: u64,
}

impl<R: Read> LineReader<'_, R> {
    fn next<T: for<'a> Deserialize<'a>>(&mut self) -> Result<T, (u64, String)> {
        self.count += 1;
        let count = self.count;
        if self.fill()? == 0 {
            return Err((count, "expected more lines: the file is cut off".to_owned()));
        }
        serde_json::from_slice(&self.line).map_err(|error| {
            let problem = if count == 1 {
                "expected a usage file as `polgen usage` writes it".to_owned()
            } else {
                format!("expected a line of a usage file: {error}")
            };
            (count, problem)
        })
    }

    fn end(&mut self) -> Result<(), (u64, String)> {
        match self.fill()? {
            0 => Ok(()),
            _ => Err((
                self.count + 1,
                "expected nothing after the end, found another line".to_owned(),
            )),
        }
    }

    fn fill(&mut self) -> Result<usize, (u64, String)> {
        self.line.clear();
        let mut limited = (&mut self.input).take(LINE_BYTES);
        let length = limited.read_until(b'\n', &mut self.line);
        match length {
            Ok(length) if length as u64 == LINE_BYTES => Err((
                self.count,
                format!("expected lines of less than {LINE_BYTES} bytes"),
            )),
            Ok(length) => {
                self.expanded += length as u64;
                let allowed = self.stored.get().saturating_mul(MOST_RATIO);
                if self.expanded > JUDGED_BYTES.max(allowed) {
                    let problem =
                        format!("expected at most {MOST_RATIO} times what is stored, found more");
                    return Err((self.count, problem));
                }
                Ok(length)
            }
            Err(error) => Err((self.count, unreadable(&error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_the_limit_counts_as_cut_off() {
        let mut whole = Vec::new();
        write(&Daily::default(), &mut whole).unwrap();
        let mut text = Vec::new();
        let mut unpacked = MultiGzDecoder::new(whole.as_slice());
        unpacked.read_to_end(&mut text).unwrap();
        let length = text.len() as u64;
        let read = |most| read_lines(&mut text.as_slice(), &Cell::new(length), most);
        assert!(read(length).is_ok());
        // The end is read whole without its line break, and not at all without its line.
        assert!(read(length - 2).is_err());
        let head = text.split(|byte| *byte == b'\n').next().unwrap().len();
        let (line, problem) = read(head as u64 + 1).unwrap_err();
        assert_eq!(
            (line, problem.as_str()),
            (2, "expected more lines: the file is cut off")
        );
    }
}
