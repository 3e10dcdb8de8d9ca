//! Opens a file and feeds its content to a reader: plain or gzip, by its content and not by its name.
//!
//! What comes out of gzip data before its checksum is read may be other names than were logged, and would be believed. So
//! nothing of a damaged or cut off file is used. A file of the usual size is inflated in one piece, which checks it as it
//! goes and is fastest; a large one is read twice. Only what cannot be read twice (standard input, a pipe) gives out
//! events before its end is seen; damage is reported there all the same.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, Read as _, Seek as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use libdeflater::Decompressor;
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::files::{Place, TrailFile, unreadable};
use super::remote::Fetched;
use super::{Limits, stream};
use crate::trail::envelope::{End, GZIP_MAGIC};
use crate::trail::{Found, InputId, OtherCalls, Reader};

/// How a file came in.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Bytes read, as stored.
    pub(super) stored_bytes: u64,
    /// Bytes after decompression.
    pub(super) expanded_bytes: u64,
    /// Why it could not be read to its end.
    pub(super) problem: Option<String>,
    /// Says whether its content was read before, under another name.
    pub(super) is_repeated: bool,
}

impl Opened {
    fn repeated() -> Self {
        Self {
            is_repeated: true,
            ..Self::default()
        }
    }
}

/// The files whose turn has come, by content.
#[derive(Debug, Default)]
pub struct Claims(Mutex<BTreeSet<InputId>>);

impl Claims {
    /// The files of these contents are known already, and will not be read.
    pub fn of(known: BTreeSet<InputId>) -> Self {
        Self(Mutex::new(known))
    }

    /// The same claims, for a second reading.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::of(self.lock().clone())
    }

    /// Says whether no file of this content was there before.
    fn claim(&self, id: InputId) -> bool {
        self.lock().insert(id)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<InputId>> {
        // An insertion is whole or has not been.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The largest file, stored and decompressed, that is held in memory as a whole. CloudTrail's own files have some
/// megabytes, and each thread holds one.
const WHOLE_BYTES: usize = 16 * 1024 * 1024;

/// In which steps the room for the content of a file grows.
const GROWTH_BYTES: usize = 512 * 1024;

/// How much is read at a time to tell a large file.
const ID_BYTES: usize = 64 * 1024;

/// What every gzip member starts with: the magic, and deflate as its method.
const MEMBER_START: &[u8] = b"\x1f\x8b\x08";

/// Opens files one after the other, with buffers that are used again.
pub(super) struct Opener<'a> {
    limits: Limits,
    claims: Option<&'a Claims>,
    fetched: Fetched,
    inflater: Decompressor,
    stored: Vec<u8>,
    expanded: Vec<u8>,
    /// What was counted of all files so far; whoever reads them takes it at the end.
    pub(super) others: OtherCalls,
}

impl<'a> Opener<'a> {
    pub(super) fn new(limits: Limits, claims: Option<&'a Claims>) -> Self {
        Self {
            limits,
            claims,
            fetched: Fetched::default(),
            inflater: Decompressor::new(),
            stored: Vec::new(),
            expanded: Vec::new(),
            others: OtherCalls::default(),
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
        reader: &mut Reader<'_>,
        receive: &mut dyn FnMut(Found),
    ) -> Opened {
        let outcome = match &file.place {
            Place::Path(path) => self.file(path, reader, receive),
            Place::Stdin => self.once(&mut io::stdin().lock(), reader, receive),
            Place::Remote(..) => self.remote(file, reader, receive),
        };
        outcome.unwrap_or_else(|error| Opened {
            problem: Some(unreadable(&error)),
            ..Opened::default()
        })
    }

    /// Reads what can be read only once. Its content is told by all of it, so it is kept in a file where that matters.
    fn once(
        &mut self,
        input: &mut dyn io::Read,
        reader: &mut Reader<'_>,
        receive: &mut dyn FnMut(Found),
    ) -> io::Result<Opened> {
        if self.claims.is_none() {
            return stream::read(input, self.limits, reader, receive);
        }
        let mut kept = tempfile::tempfile()?;
        io::copy(input, &mut kept)?;
        kept.rewind()?;
        self.pieces(&mut kept, reader, receive)
    }

    fn file(
        &mut self,
        path: &Path,
        reader: &mut Reader<'_>,
        receive: &mut dyn FnMut(Found),
    ) -> io::Result<Opened> {
        let mut input = File::open(path)?;
        let metadata = input.metadata()?;
        if !metadata.is_file() {
            return self.once(&mut input, reader, receive);
        }
        let whole_bytes = self.whole_bytes();
        if metadata.len() <= whole_bytes as u64 {
            self.stored.clear();
            // The file may be growing.
            let limit = whole_bytes as u64 + 1;
            (&mut input).take(limit).read_to_end(&mut self.stored)?;
            if let Some(opened) = self.at_once(reader, receive) {
                return Ok(opened);
            }
            input.rewind()?;
        }
        self.pieces(&mut input, reader, receive)
    }

    fn remote(
        &mut self,
        file: &TrailFile,
        reader: &mut Reader<'_>,
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
        if let Some(opened) = self.at_once(reader, receive) {
            return Ok(opened);
        }
        let content = std::mem::take(&mut self.stored);
        self.pieces(&mut io::Cursor::new(content), reader, receive)
    }

    /// Reads a large file, or one of several gzip members: twice, the first time only to see whether it is sound.
    fn pieces(
        &self,
        input: &mut (impl io::Read + io::Seek),
        reader: &mut Reader<'_>,
        receive: &mut dyn FnMut(Found),
    ) -> io::Result<Opened> {
        let checked = stream::check(input, self.limits)?;
        if checked.problem.is_some() {
            return Ok(checked);
        }
        if let Some(claims) = self.claims {
            input.rewind()?;
            let id = id_of(&mut io::BufReader::with_capacity(ID_BYTES, &mut *input))?;
            if !claims.claim(id) {
                return Ok(Opened::repeated());
            }
            receive(Found::Input(id));
        }
        input.rewind()?;
        stream::read(input, self.limits, reader, receive)
    }

    /// Reads what is sound and small enough to be had in one piece; `None` if it is not.
    fn at_once(
        &mut self,
        reader: &mut Reader<'_>,
        receive: &mut dyn FnMut(Found),
    ) -> Option<Opened> {
        let claims = self.claims;
        let stored_bytes = self.stored.len() as u64;
        let id = claims.map(|_| InputId::of_digest(&Sha256::digest(&self.stored).into()));
        let bytes = self.whole(self.whole_bytes())?;
        if let (Some(claims), Some(id)) = (claims, id) {
            if !claims.claim(id) {
                return Some(Opened::repeated());
            }
            receive(Found::Input(id));
        }
        reader.advance(bytes, End::Yes, receive);
        Some(Opened {
            expanded_bytes: bytes.len() as u64,
            stored_bytes,
            ..Opened::default()
        })
    }

    fn whole_bytes(&self) -> usize {
        WHOLE_BYTES.min(self.limits.record_bytes)
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
            // What was there is of no use, and files differ a little in size.
            self.expanded = Vec::new();
            self.expanded = vec![0; length.next_multiple_of(GROWTH_BYTES)];
        }
        let expanded = self.expanded.get_mut(..length)?;
        let written = self.inflater.gzip_decompress(&self.stored, expanded);
        let is_whole = written == Ok(length) && !has_more_members(&self.stored, expanded);
        is_whole.then_some(&*expanded)
    }
}

fn id_of(input: &mut impl BufRead) -> io::Result<InputId> {
    let mut digest = Sha256::new();
    loop {
        let bytes = input.fill_buf()?;
        let length = bytes.len();
        if length == 0 {
            return Ok(InputId::of_digest(&digest.finalize().into()));
        }
        digest.update(bytes);
        input.consume(length);
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
