//! A file's content in pieces, within limits: whatever its size, only a record's worth of it is in memory.
//!
//! Standard input and large files come this way, and files with several gzip members.

use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::Limits;
use super::files::unreadable;
use super::open::Opened;
use crate::trail::envelope::{End, GZIP_MAGIC};
use crate::trail::{Found, Reader};

/// How much is read at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// The content of a plain or gzip input.
struct Content<'a> {
    input: Box<dyn Read + 'a>,
    is_gzip: bool,
    limits: Limits,
    stored: Rc<Cell<u64>>,
    expanded_bytes: u64,
}

impl<'a> Content<'a> {
    fn new(input: &'a mut dyn Read, limits: Limits) -> io::Result<Self> {
        let stored = Rc::new(Cell::new(0));
        let mut counted = Counted {
            input,
            bytes: Rc::clone(&stored),
        };
        let mut start = Vec::new();
        let magic_bytes = GZIP_MAGIC.len() as u64;
        (&mut counted).take(magic_bytes).read_to_end(&mut start)?;
        let is_gzip = start == GZIP_MAGIC;
        let whole = Cursor::new(start).chain(counted);
        let input: Box<dyn Read + 'a> = if is_gzip {
            let buffered = BufReader::with_capacity(PIECE_BYTES, whole);
            Box::new(MultiGzDecoder::new(buffered))
        } else {
            Box::new(whole)
        };
        Ok(Self {
            input,
            is_gzip,
            limits,
            stored,
            expanded_bytes: 0,
        })
    }

    /// Adds up to `wanted` bytes to `buffer`; none at the end.
    ///
    /// # Errors
    ///
    /// What is wrong with the input, in words. What was read before is in `buffer`.
    fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<usize, String> {
        let before = buffer.len();
        let outcome = (&mut self.input).take(wanted as u64).read_to_end(buffer);
        self.expanded_bytes += (buffer.len() - before) as u64;
        match outcome {
            Ok(length) => self.within_limits().map(|()| length),
            Err(error) => Err(self.damage(&error)),
        }
    }

    fn within_limits(&self) -> Result<(), String> {
        let limits = self.limits;
        if self.expanded_bytes > limits.expanded_bytes {
            let most = limits.expanded_bytes;
            return Err(format!(
                "expected a content of at most {most} bytes, found more"
            ));
        }
        let allowed = self.stored.get().saturating_mul(limits.expansion_ratio);
        if self.expanded_bytes > limits.judged_bytes.max(allowed) {
            let ratio = limits.expansion_ratio;
            return Err(format!(
                "expected gzip data that grows at most {ratio} : 1, found a decompression bomb"
            ));
        }
        Ok(())
    }

    fn damage(&self, error: &io::Error) -> String {
        let expanded = self.expanded_bytes;
        match error.kind() {
            io::ErrorKind::UnexpectedEof => format!(
                "expected whole gzip data, found that it is cut off after {expanded} bytes of content"
            ),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => format!(
                "expected valid gzip data, found that it is damaged after {expanded} bytes of content"
            ),
            _ => unreadable(error),
        }
    }

    fn opened(&self, problem: Option<String>) -> Opened {
        Opened {
            stored_bytes: self.stored.get(),
            expanded_bytes: self.expanded_bytes,
            problem,
            is_repeated: false,
        }
    }
}

/// Reads gzip data to its end and only says whether it is sound; what is not gzip always is.
pub(super) fn check(input: &mut dyn Read, limits: Limits) -> io::Result<Opened> {
    let mut content = Content::new(input, limits)?;
    let mut buffer = Vec::new();
    let mut outcome = Ok(usize::from(content.is_gzip));
    while let Ok(1..) = outcome {
        buffer.clear();
        outcome = content.fill(&mut buffer, PIECE_BYTES);
    }
    Ok(content.opened(outcome.err()))
}

/// Reads an input into `reader`.
pub(super) fn read(
    input: &mut dyn Read,
    limits: Limits,
    reader: &mut Reader<'_>,
    receive: &mut dyn FnMut(Found),
) -> io::Result<Opened> {
    let mut content = Content::new(input, limits)?;
    let mut buffer = Vec::new();
    loop {
        // A value that needs more is walked again from its start, so each round doubles what is there, up to the limit.
        let room = limits
            .record_bytes
            .saturating_add(1)
            .saturating_sub(buffer.len());
        let wanted = buffer.len().min(room).max(PIECE_BYTES);
        let outcome = content.fill(&mut buffer, wanted);
        let end = match outcome {
            Ok(0) => End::Yes,
            Ok(_) => End::No,
            Err(_) => End::Lost,
        };
        advance(&mut buffer, end, reader, receive);
        if end != End::No {
            return Ok(content.opened(outcome.err()));
        }
        if buffer.len() > limits.record_bytes {
            reader.skip_oversized(limits.record_bytes, receive);
            advance(&mut buffer, end, reader, receive);
        }
    }
}

fn advance(
    buffer: &mut Vec<u8>,
    end: End,
    reader: &mut Reader<'_>,
    receive: &mut dyn FnMut(Found),
) {
    let done = reader.advance(buffer, end, receive);
    buffer.drain(..done.min(buffer.len()));
}

/// Counts what is read from a file, since a decompressor does not tell.
struct Counted<'a> {
    input: &'a mut dyn Read,
    bytes: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.bytes.set(self.bytes.get() + length as u64);
        Ok(length)
    }
}
