//! The first members of a record, as CloudTrail itself writes them.
//!
//! They say who called what and when, so a record that is only counted is read no further. They are read off the record's
//! outline: nothing is walked twice.

use super::skip::Outline;

/// How a record starts that CloudTrail wrote.
pub(super) const RECORD_START: &[u8] = b"{\"eventVersion\"";

/// The first members of a record, as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// `userIdentity`.
    pub(super) identity: &'a [u8],
    /// `eventTime`.
    pub(super) time: &'a [u8],
    /// `eventSource`, `eventName` and `awsRegion`.
    pub(super) operation: [&'a [u8]; 3],
    /// The text from the first of them to the end of the second.
    pub(super) called: &'a [u8],
    /// The record.
    pub(super) record: &'a [u8],
    /// Where in the record these members end.
    pub(super) end: usize,
    /// The record's outline.
    pub(super) outline: &'a Outline,
}

impl<'a> Head<'a> {
    /// Reads the head of a record whose outline was drawn.
    ///
    /// `None` if its members stand in another order, are spaced or escaped.
    pub(super) fn of(record: &'a [u8], outline: &'a Outline) -> Option<Self> {
        let reader = Texts { record, outline };
        let (_, at) = reader.text(b"{\"eventVersion\":", 0)?;
        let start = reader.key(b",\"userIdentity\":", at)?;
        let end = match record.get(start)? {
            b'{' => outline.bracket_end(start)?,
            _ => return None,
        };
        let identity = record.get(start..end)?;
        let (time, at) = reader.text(b",\"eventTime\":", end)?;
        let (source, at) = reader.text(b",\"eventSource\":", at)?;
        let called = at - source.len();
        let (name, at) = reader.text(b",\"eventName\":", at)?;
        let called = record.get(called..at)?;
        let (region, end) = reader.text(b",\"awsRegion\":", at)?;
        Some(Self {
            identity,
            time,
            operation: [source, name, region],
            called,
            record,
            end,
            outline,
        })
    }

    /// The record behind its first members.
    pub(super) fn tail(&self) -> &'a [u8] {
        self.record.get(self.end..).unwrap_or_default()
    }
}

/// Splits members off a record.
struct Texts<'a> {
    record: &'a [u8],
    outline: &'a Outline,
}

impl<'a> Texts<'a> {
    /// The place behind a key.
    #[inline]
    fn key<const N: usize>(&self, key: &[u8; N], at: usize) -> Option<usize> {
        (self.record.get(at..)?.first_chunk() == Some(key)).then_some(at + N)
    }

    /// A text without escapes behind a key, and the place behind it.
    #[inline]
    fn text<const N: usize>(&self, key: &[u8; N], at: usize) -> Option<(&'a [u8], usize)> {
        let start = self.key(key, at)?;
        if self.record.get(start) != Some(&b'"') {
            return None;
        }
        let end = self.outline.quote_from(start + 1)? + 1;
        let text = self.record.get(start..end)?;
        let is_plain = !self.outline.may_hold_backslash() || !text.contains(&b'\\');
        is_plain.then_some((text, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::skip::split_value;

    #[test]
    fn a_head_ends_its_record_where_a_walk_does() {
        let start = r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","x":["}"]},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r""#;
        for rest in ["}", "} ,", r#","a":{"b":"\"}"},"c":[{}]},{"x":1}"#, "}}"] {
            let text = format!("{start}{rest}");
            let mut outline = Outline::default();
            let end = outline.draw(text.as_bytes()).unwrap();
            let (record, _) = split_value(text.as_bytes()).unwrap();
            assert_eq!(&text.as_bytes()[..end], record, "{rest}");
            let head = Head::of(record, &outline).unwrap();
            assert_eq!(head.identity, br#"{"type":"Root","x":["}"]}"#);
            assert_eq!(head.operation, [&b"\"s\""[..], b"\"n\"", b"\"r\""]);
            assert_eq!([&text.as_bytes()[..head.end], head.tail()].concat(), record);
        }
    }

    #[test]
    fn another_order_has_no_head() {
        for text in [
            r#"{"eventVersion":"1","eventTime":"t","userIdentity":{}}"#,
            r#"{"eventVersion":"1","userIdentity":"x","eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r"}"#,
            r#"{"eventVersion":"1","userIdentity":{}}"#,
            r#"{"eventVersion":"1\u0030","userIdentity":{},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r"}"#,
            r#"{"eventVersion":"1","userIdentity":{},"eventTime":"t","eventSource":"s","eventName":"n\"","awsRegion":"r"}"#,
            r#"{"eventVersion":"1","userIdentity":{},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":r}"#,
            "{}",
        ] {
            let mut outline = Outline::default();
            assert_eq!(outline.draw(text.as_bytes()), Some(text.len()));
            assert!(Head::of(text.as_bytes(), &outline).is_none(), "{text}");
        }
    }
}
