//! Opens a file and feeds its bytes to a reader: plain or gzip, by its content and not by its name.
//!
//! Small gzip files are inflated in one piece, which is fastest. What is large, has several members or is damaged goes
//! through a stream of bounded size, which also gives out all that can be saved of a damaged file.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::Limits;
use super::files::{TrailFile, unreadable};
use crate::trail::envelope::{End, GZIP_MAGIC};
use crate::trail::{Found, Reader};

/// How a file came in.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Bytes read, as stored.
    pub(super) stored_bytes: u64,
    /// Bytes after decompression.
    pub(super) expanded_bytes: u64,
    /// Why not all of it could be read.
    pub(super) problem: Option<String>,
}

/// How much is read at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Reads a file into `reader`.
pub(super) fn read(
    file: &TrailFile,
    limits: Limits,
    reader: &mut Reader,
    receive: &mut dyn FnMut(Found),
) -> Opened {
    let opened = match &file.path {
        Some(path) => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
        None => Ok(Box::new(io::stdin().lock()) as Box<dyn Read>),
    };
    match opened {
        Ok(input) => stream(input, limits, reader, receive),
        Err(error) => Opened {
            problem: Some(unreadable(&error)),
            ..Opened::default()
        },
    }
}

/// Reads any input in pieces.
fn stream(
    input: Box<dyn Read>,
    limits: Limits,
    reader: &mut Reader,
    receive: &mut dyn FnMut(Found),
) -> Opened {
    let stored = Rc::new(Cell::new(0));
    let mut counted = Counted {
        input,
        bytes: Rc::clone(&stored),
    };
    let mut start = Vec::new();
    let sniffed = counted
        .by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut start);
    let is_gzip = start == GZIP_MAGIC;
    let whole = io::Cursor::new(start).chain(counted);
    let mut pump = Pump {
        limits,
        stored: Rc::clone(&stored),
        buffer: Vec::new(),
        expanded_bytes: 0,
    };
    let problem = match sniffed {
        Err(error) => Some(unreadable(&error)),
        Ok(_) if is_gzip => {
            let buffered = io::BufReader::with_capacity(PIECE_BYTES, whole);
            let mut inflated = MultiGzDecoder::new(buffered);
            pump.run(&mut inflated, reader, receive)
        }
        Ok(_) => pump.run(&mut { whole }, reader, receive),
    };
    Opened {
        stored_bytes: stored.get(),
        expanded_bytes: pump.expanded_bytes,
        problem,
    }
}

/// Moves bytes from an input to a reader through a buffer of bounded size.
struct Pump {
    limits: Limits,
    stored: Rc<Cell<u64>>,
    buffer: Vec<u8>,
    expanded_bytes: u64,
}

impl Pump {
    /// Returns why not all could be read.
    fn run(
        &mut self,
        input: &mut dyn Read,
        reader: &mut Reader,
        receive: &mut dyn FnMut(Found),
    ) -> Option<String> {
        loop {
            // A value that needs more is walked again from its start, so each round at least doubles what is there.
            let wanted = self.buffer.len().max(PIECE_BYTES);
            let before = self.buffer.len();
            let outcome = input.take(wanted as u64).read_to_end(&mut self.buffer);
            self.expanded_bytes += (self.buffer.len() - before) as u64;
            let problem = match outcome {
                Ok(0) => {
                    reader.advance(&self.buffer, End::Yes, receive);
                    return None;
                }
                Ok(_) => self.excess(),
                Err(error) => Some(self.damage(&error)),
            };
            let end = if problem.is_some() {
                End::Lost
            } else {
                End::No
            };
            let done = reader.advance(&self.buffer, end, receive);
            self.buffer.drain(..done.min(self.buffer.len()));
            if problem.is_some() {
                return problem;
            }
            if self.buffer.len() > self.limits.record_bytes {
                reader.skip_oversized(self.limits.record_bytes, receive);
                let done = reader.advance(&self.buffer, end, receive);
                self.buffer.drain(..done.min(self.buffer.len()));
            }
        }
    }

    /// Says whether more comes out than a trail file can hold.
    fn excess(&self) -> Option<String> {
        let expanded = self.expanded_bytes;
        let allowed = self
            .stored
            .get()
            .saturating_mul(self.limits.expansion_ratio);
        if expanded > self.limits.expanded_bytes {
            let limit = self.limits.expanded_bytes;
            return Some(format!(
                "expected at most {limit} bytes after decompression, found more"
            ));
        }
        if expanded > self.limits.judged_bytes && expanded > allowed {
            let ratio = self.limits.expansion_ratio;
            return Some(format!(
                "expected gzip data that grows at most {ratio} : 1, found a decompression bomb"
            ));
        }
        None
    }

    fn damage(&self, error: &io::Error) -> String {
        let expanded = self.expanded_bytes;
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!(
                    "expected whole gzip data, found that it is cut off ({expanded} bytes came out)"
                )
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                format!(
                    "expected valid gzip data, found that it is damaged ({expanded} bytes came out)"
                )
            }
            _ => unreadable(error),
        }
    }
}

/// Counts what is read from a file, since a decompressor does not tell.
struct Counted {
    input: Box<dyn Read>,
    bytes: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.bytes.set(self.bytes.get() + length as u64);
        Ok(length)
    }
}
