//! Texts that are read whole, each within a limit.
//!
//! What a file says of its size is not believed: it may grow, and devices and pipes have none. So no more than the limit is ever read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of a policy, a template and the like. The largest that any tool takes is a megabyte.
pub const MOST_TEXT: u64 = 64 * 1024 * 1024;

/// Reads a file.
///
/// # Errors
///
/// If it cannot be read, is no text, or holds more than `most` bytes.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    text_of(File::open(path)?, most)
}

/// Reads what is left of an input.
///
/// # Errors
///
/// As [`read_text`].
pub fn text_of(input: impl Read, most: u64) -> io::Result<String> {
    let bytes = bytes_of(input, most)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("expected UTF-8, found something else at byte {at}"),
        )
    })
}

/// Reads a file, whatever it holds.
///
/// # Errors
///
/// If it cannot be read, or holds more than `most` bytes.
pub fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    bytes_of(File::open(path)?, most)
}

fn bytes_of(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("holds more than the {most} bytes that are read"),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_the_limit() {
        assert_eq!(text_of(&b"abc"[..], 3).unwrap(), "abc");
        let error = text_of(&b"abcd"[..], 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "holds more than the 3 bytes that are read"
        );
        let error = text_of(io::repeat(b'a'), 1024).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        // A limit in the middle of a character is no other fault.
        assert_eq!(
            text_of("aé".as_bytes(), 2).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        let error = text_of(&b"a\xff"[..], 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected UTF-8, found something else at byte 1"
        );
    }
}
