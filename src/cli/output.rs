//! Standard output, buffered. Whoever reads it may hang up at any time; see [`Failure`](super::Failure).

use std::io::{self, BufWriter, Stdout, Write as _};

/// Where data goes.
#[derive(Debug)]
pub(crate) struct Output(BufWriter<Stdout>);

impl Output {
    /// Opens standard output.
    pub(crate) fn stdout() -> Self {
        Self(BufWriter::with_capacity(64 * 1024, io::stdout()))
    }

    /// Writes `text` and a line end.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())?;
        self.0.write_all(b"\n")
    }

    /// Writes `text` as it is.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())
    }

    /// Takes what is no text.
    pub(crate) fn writer(&mut self) -> &mut dyn io::Write {
        &mut self.0
    }

    /// Writes all that is still held back.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
