//! Standard output, buffered, or the pager that was asked for. Whoever reads it may hang up at any time; see
//! [`Failure`].

use std::io::{self, BufWriter, Stdout, Write as _};

use super::Failure;
use super::pager::Pager;

/// Where data goes.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: BufWriter<Stdout>,
    pager: Option<Pager>,
}

impl Output {
    /// Opens standard output; with `is_paged` a pager in its place, where somebody looks.
    pub(crate) fn open(is_paged: bool) -> Result<Self, Failure> {
        let pager = if is_paged { Pager::open()? } else { None };
        Ok(Self {
            stdout: BufWriter::with_capacity(64 * 1024, io::stdout()),
            pager,
        })
    }

    /// Says whether all goes to a pager, words too.
    pub(crate) fn is_paged(&self) -> bool {
        self.pager.is_some()
    }

    /// Writes `text` and a line end.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())?;
        self.write_all(b"\n")
    }

    /// Writes `text` as it is.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())
    }

    /// Takes what is no text.
    pub(crate) fn writer(&mut self) -> &mut dyn io::Write {
        self
    }

    /// Writes all that is still held back, and waits for who reads it in a pager.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match &mut self.pager {
            Some(pager) => pager.finish(),
            None => self.stdout.flush(),
        }
    }
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.pager {
            Some(pager) => pager.write(bytes).map(|()| bytes.len()),
            None => self.stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.pager {
            Some(_) => Ok(()),
            None => self.stdout.flush(),
        }
    }
}
