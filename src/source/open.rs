//! Opens a file and feeds its content to a reader: plain or gzip, by its content and not by its name.
//!
//! What comes out of gzip data before its checksum is read may be other names than were logged, and would be believed. So
//! nothing of a damaged or cut off file is used. A file of the usual size is inflated in one piece, which checks it as it
//! goes and is fastest; a large one is read twice. Only what cannot be read twice (standard input, a pipe) gives out
//! events before its end is seen; damage is reported there all the same.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use libdeflater::Decompressor;
use memchr::memmem;

use super::files::{Place, TrailFile, unreadable};
use super::remote::Fetched;
use super::{Limits, stream};
use crate::trail::envelope::{End, GZIP_MAGIC};
use crate::trail::{Found, Reader};

/// How a file came in.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Bytes read, as stored.
    pub(super) stored_bytes: u64,
    /// Bytes after decompression.
    pub(super) expanded_bytes: u64,
    /// Why it could not be read to its end.
    pub(super) problem: Option<String>,
}

/// The largest file, stored and decompressed, that is held in memory as a whole. CloudTrail's own files have some
/// megabytes, and each thread holds one.
const WHOLE_BYTES: usize = 16 * 1024 * 1024;

/// What every gzip member starts with: the magic, and deflate as its method.
const MEMBER_START: &[u8] = b"\x1f\x8b\x08";

/// Opens files one after the other, with buffers that are used again.
pub(super) struct Opener {
    limits: Limits,
    fetched: Fetched,
    inflater: Decompressor,
    stored: Vec<u8>,
    expanded: Vec<u8>,
}

impl Opener {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            fetched: Fetched::default(),
            inflater: Decompressor::new(),
            stored: Vec::new(),
            expanded: Vec::new(),
        }
    }

    /// Fetches what has to be fetched of these files, all at once.
    pub(super) fn fetch(&mut self, files: &[TrailFile]) {
        self.fetched = Fetched::of(files);
    }

    /// Reads a file into `reader`.
    pub(super) fn read(
        &mut self,
        file: &TrailFile,
        reader: &mut Reader,
        receive: &mut dyn FnMut(Found),
    ) -> Opened {
        let outcome = match &file.place {
            Place::Path(path) => self.file(path, reader, receive),
            Place::Stdin => stream::read(&mut io::stdin().lock(), self.limits, reader, receive),
            Place::Remote(..) => self.remote(file, reader, receive),
        };
        outcome.unwrap_or_else(|error| Opened {
            problem: Some(unreadable(&error)),
            ..Opened::default()
        })
    }

    fn file(
        &mut self,
        path: &Path,
        reader: &mut Reader,
        receive: &mut dyn FnMut(Found),
    ) -> io::Result<Opened> {
        let mut input = File::open(path)?;
        let metadata = input.metadata()?;
        if !metadata.is_file() {
            return stream::read(&mut input, self.limits, reader, receive);
        }
        let whole_bytes = WHOLE_BYTES.min(self.limits.record_bytes);
        if metadata.len() <= whole_bytes as u64 {
            self.stored.clear();
            // The file may be growing.
            let limit = whole_bytes as u64 + 1;
            (&mut input).take(limit).read_to_end(&mut self.stored)?;
            if let Some(bytes) = self.whole(whole_bytes) {
                reader.advance(bytes, End::Yes, receive);
                return Ok(Opened {
                    expanded_bytes: bytes.len() as u64,
                    stored_bytes: self.stored.len() as u64,
                    problem: None,
                });
            }
            input.rewind()?;
        }
        let checked = stream::check(&mut input, self.limits)?;
        if checked.problem.is_some() {
            return Ok(checked);
        }
        input.rewind()?;
        stream::read(&mut input, self.limits, reader, receive)
    }

    fn remote(
        &mut self,
        file: &TrailFile,
        reader: &mut Reader,
        receive: &mut dyn FnMut(Found),
    ) -> io::Result<Opened> {
        let name = file.name();
        let ahead = self.fetched.take(&name);
        let content = ahead.or_else(|| Fetched::of(std::slice::from_ref(file)).take(&name));
        self.stored = match content {
            Some(Ok(content)) => content,
            Some(Err(problem)) => {
                return Ok(Opened {
                    problem: Some(problem),
                    ..Opened::default()
                });
            }
            None => Vec::new(),
        };
        if let Some(bytes) = self.whole(WHOLE_BYTES.min(self.limits.record_bytes)) {
            reader.advance(bytes, End::Yes, receive);
            return Ok(Opened {
                expanded_bytes: bytes.len() as u64,
                stored_bytes: self.stored.len() as u64,
                problem: None,
            });
        }
        let content = std::mem::take(&mut self.stored);
        let checked = stream::check(&mut content.as_slice(), self.limits)?;
        if checked.problem.is_some() {
            return Ok(checked);
        }
        stream::read(&mut content.as_slice(), self.limits, reader, receive)
    }

    /// The content of a file that is sound and small enough to be had in one piece.
    fn whole(&mut self, whole_bytes: usize) -> Option<&[u8]> {
        if self.stored.len() > whole_bytes {
            return None;
        }
        if !self.stored.starts_with(GZIP_MAGIC) {
            return Some(&self.stored);
        }
        // The last four bytes are the length of the content. Source: RFC 1952, section 2.3.1.
        let length = u32::from_le_bytes(*self.stored.last_chunk()?) as usize;
        if length > whole_bytes {
            return None;
        }
        if self.expanded.len() < length {
            self.expanded.resize(length, 0);
        }
        let expanded = self.expanded.get_mut(..length)?;
        let written = self.inflater.gzip_decompress(&self.stored, expanded);
        let is_whole = written == Ok(length) && !has_more_members(&self.stored, expanded);
        is_whole.then_some(&*expanded)
    }
}

/// Says whether a first member with this content is followed by another one.
///
/// libdeflate decodes the first member and does not say where it ended. Another could start only behind the first one's
/// checksum and length. Source: RFC 1952, section 2.3.1.
fn has_more_members(stored: &[u8], content: &[u8]) -> bool {
    let mut starts = memmem::find_iter(stored, MEMBER_START)
        .filter(|start| *start > 0)
        .peekable();
    if starts.peek().is_none() {
        return false;
    }
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let trailer = [
        libdeflater::crc32(content).to_le_bytes(),
        length.to_le_bytes(),
    ]
    .concat();
    starts.any(|start| {
        stored
            .get(..start)
            .is_some_and(|before| before.ends_with(&trailer))
    })
}
