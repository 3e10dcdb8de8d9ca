//! Says what bytes are that are no JSON: a web page, a table, a picture.
//!
//! The wrong file is the commonest mistake, and "invalid JSON" helps nobody to see which file it was.

/// What UTF-8 files from Windows tools start with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What gzip data starts with.
pub const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// Bytes that suffice to recognise an envelope's first member or a foreign format.
pub(super) const ENOUGH_BYTES: usize = 512;

/// How foreign formats start. Each is a fact of its own format's definition.
const FORMATS: [(&[u8], &str); 8] = [
    (GZIP_MAGIC, "gzip data inside of gzip data"),
    (b"\xFF\xFE", "UTF-16 text (save it as UTF-8)"),
    (b"\xFE\xFF", "UTF-16 text (save it as UTF-8)"),
    (b"PK\x03\x04", "a zip archive (unpack it first)"),
    (b"PAR1", "a Parquet file"),
    (b"ORC", "an ORC file"),
    (b"(\xB5\x2F\xFD", "Zstandard data"),
    (b"BZh", "bzip2 data"),
];

/// Describes bytes that do not start a JSON value, for a message.
pub fn describe(bytes: &[u8]) -> String {
    if let Some((_, name)) = FORMATS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*name).to_owned();
    }
    if bytes.starts_with(b"<") {
        return format!("HTML or XML (`{}`)", excerpt(bytes));
    }
    if bytes
        .iter()
        .take(ENOUGH_BYTES)
        .any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
    {
        return "binary data".to_owned();
    }
    let line = first_line(bytes);
    let commas = memchr::memchr_iter(b',', line).count();
    if commas >= 2 && !line.contains(&b'{') {
        return format!("a table in CSV with the columns `{}`", excerpt(line));
    }
    format!("the text `{}`", excerpt(bytes))
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
}

/// The first few characters of the first line.
fn excerpt(bytes: &[u8]) -> String {
    crate::trail::fields::quotable(&String::from_utf8_lossy(first_line(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_formats_are_named() {
        for (bytes, expected) in [
            (
                &b"<!DOCTYPE html><html>"[..],
                "HTML or XML (`<!DOCTYPE html><html>`)",
            ),
            (
                b"Event Type,Event Name,Request ID\nx,y,z",
                "a table in CSV with the columns `Event Type,Event Name,Request ID`",
            ),
            (b"\x00\x00\x00\x01Bud1", "binary data"),
            (b"PK\x03\x04abc", "a zip archive (unpack it first)"),
            (b"hello\nworld", "the text `hello`"),
        ] {
            assert_eq!(describe(bytes), expected);
        }
    }
}
