//! The first members of a record, as CloudTrail itself writes them.
//!
//! They say who called what and when, so a record that is only counted is read no further, and the walk to its end goes on
//! behind them: nothing is walked twice.

use memchr::memchr2;

use super::skip::{Skipper, split_value};

/// How a record starts that CloudTrail wrote.
pub(super) const RECORD_START: &[u8] = b"{\"eventVersion\"";

/// The first members of a record, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// `userIdentity`.
    pub(super) identity: &'a [u8],
    /// `eventTime`.
    pub(super) time: &'a [u8],
    /// `eventSource`, `eventName` and `awsRegion`.
    pub(super) operation: [&'a [u8]; 3],
    /// The record behind them.
    pub(super) tail: &'a [u8],
    /// Says whether there may be a backslash in the record; if not, there is none.
    pub(super) may_hold_backslash: bool,
}

impl<'a> Head<'a> {
    /// Reads the head of the record that `bytes` start with, and splits the record off.
    ///
    /// `None` if its members stand in another order, are spaced or escaped, or if its end is not in sight.
    pub(super) fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8], &'a [u8])> {
        let (_, rest) = plain_text(bytes.strip_prefix(b"{\"eventVersion\":")?)?;
        let rest = rest.strip_prefix(b",\"userIdentity\":")?;
        let (identity, rest, has_backslash) = walk_object(rest)?;
        let (time, rest) = plain_text(rest.strip_prefix(b",\"eventTime\":")?)?;
        let (source, rest) = plain_text(rest.strip_prefix(b",\"eventSource\":")?)?;
        let (name, rest) = plain_text(rest.strip_prefix(b",\"eventName\":")?)?;
        let (region, rest) = plain_text(rest.strip_prefix(b",\"awsRegion\":")?)?;
        let mut skipper = Skipper::inside_object();
        let (tail, after) = rest.split_at_checked(skipper.advance(rest)?)?;
        let record = bytes.get(..bytes.len() - after.len())?;
        let head = Self {
            identity,
            time,
            operation: [source, name, region],
            tail,
            may_hold_backslash: has_backslash || skipper.may_hold_backslash(),
        };
        Some((head, record, after))
    }
}

/// Splits off an object, or whatever else stands there; says whether there may be a backslash in it.
fn walk_object(bytes: &[u8]) -> Option<(&[u8], &[u8], bool)> {
    if bytes.first() != Some(&b'{') {
        let (value, rest) = split_value(bytes)?;
        return Some((value, rest, true));
    }
    let mut skipper = Skipper::default();
    let (object, rest) = bytes.split_at_checked(skipper.advance(bytes)?)?;
    Some((object, rest, skipper.may_hold_backslash()))
}

/// Splits off a text without escapes.
fn plain_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = bytes.strip_prefix(b"\"")?;
    let end = memchr2(b'"', b'\\', inside)?;
    let is_plain = inside.get(end) == Some(&b'"');
    bytes.split_at_checked(end + 2).filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_its_record_where_a_walk_does() {
        let start = r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","x":["}"]},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r""#;
        for rest in ["}", "} ,", r#","a":{"b":"\"}"},"c":[{}]},{"x":1}"#, "}}"] {
            let text = format!("{start}{rest}");
            let (head, record, after) = Head::split(text.as_bytes()).unwrap();
            assert_eq!(
                (record, after),
                split_value(text.as_bytes()).unwrap(),
                "{rest}"
            );
            assert_eq!(head.identity, br#"{"type":"Root","x":["}"]}"#);
            assert_eq!(head.operation, [&b"\"s\""[..], b"\"n\"", b"\"r\""]);
        }
    }

    #[test]
    fn another_order_or_a_cut_has_no_head() {
        for text in [
            r#"{"eventVersion":"1","eventTime":"t","userIdentity":{}}"#,
            r#"{"eventVersion":"1","userIdentity":{},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r""#,
            r#"{"eventVersion":"1","userIdentity":{"#,
            r#"{"eventVersion":"1\u0030","userIdentity":{},"eventTime":"t","eventSource":"s","eventName":"n","awsRegion":"r"}"#,
            "{}",
        ] {
            assert_eq!(Head::split(text.as_bytes()), None, "{text}");
        }
    }
}
