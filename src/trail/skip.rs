//! Finds where JSON values end without reading them.
//!
//! Trail files are long and most of what is in them is of no interest, so their structure is walked before anything is
//! parsed. The walk is iterative (nesting costs a counter, never stack), and it can stop at the end of one buffer and go
//! on in the next. It looks at strings and brackets only: whether what it delimits is valid JSON is for the parser to say.

#![expect(
    clippy::inline_always,
    reason = "what a processor can do at once, it can do only inside of the function that was made for it"
)]

mod blocks;
mod outline;

use std::borrow::Cow;
use std::sync::LazyLock;

pub(crate) use blocks::Pair;
use blocks::{BLOCK_BYTES, Marks, strings, sum_of_bits};
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};
use memchr::memchr2;
pub(crate) use outline::Outline;

/// What this processor can do at once.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Walks over one value that starts with `{`, `[` or `"`.
///
/// A backslash takes the byte behind it along wherever it stands; outside of strings JSON has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skipper {
    depth: u64,
    is_in_string: bool,
    is_escaped: bool,
}

impl Skipper {
    /// Goes on inside of an object whose start lies behind.
    pub(crate) fn inside_object() -> Self {
        Self {
            depth: 1,
            ..Self::default()
        }
    }

    /// Reads on. Returns the number of bytes up to the value's end, or `None` if `bytes` are used up before it.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        dispatch!(*LEVEL, simd => self.walk(simd, bytes))
    }

    #[inline(always)]
    fn walk<S: Simd>(&mut self, simd: S, bytes: &[u8]) -> Option<usize> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        let mut at = 0;
        for block in blocks {
            if let Some(end) = self.block(Marks::of(simd, block), BLOCK_BYTES) {
                return Some(at + end);
            }
            at += BLOCK_BYTES;
        }
        if rest.is_empty() {
            return None;
        }
        let end = self.block(Marks::of(simd, &padded(rest)), rest.len())?;
        Some(at + end)
    }

    /// Walks over a block of which `length` bytes count and the others are spaces.
    #[inline(always)]
    fn block(&mut self, marks: Marks, length: usize) -> Option<usize> {
        let (escaped, carry) = marks.escaped(self.is_escaped);
        self.is_escaped = match length {
            BLOCK_BYTES => carry,
            _ => (escaped >> length) & 1 == 1,
        };
        let quotes = marks.quotes & !escaped;
        let inside = strings(quotes, self.is_in_string, sum_of_bits);
        self.is_in_string = inside >> (BLOCK_BYTES - 1) == 1;
        let outside = !inside & !escaped;
        let (opens, closes) = (marks.opens & outside, marks.closes & outside);
        if self.depth == 0 {
            // Only where a value starts or ends can a string be the value.
            return self.step_by_step(opens, closes, quotes & !inside);
        }
        let mut left = closes;
        let mut closed = 0;
        while left != 0 && self.depth <= u64::from(closes.count_ones()) {
            let place = left.trailing_zeros();
            left &= left - 1;
            closed += 1;
            let opened = u64::from((opens & ((1 << place) - 1)).count_ones());
            if self.depth + opened == closed {
                self.depth = 0;
                return Some(place as usize + 1);
            }
        }
        self.depth += u64::from(opens.count_ones());
        self.depth -= u64::from(closes.count_ones());
        None
    }

    /// Walks over a block in which a value may start and end.
    fn step_by_step(&mut self, opens: u64, closes: u64, ends: u64) -> Option<usize> {
        let mut places = opens | closes | ends;
        while places != 0 {
            let place = places.trailing_zeros();
            let bit = 1 << place;
            places ^= bit;
            if closes & bit != 0 {
                self.depth = self.depth.saturating_sub(1);
            } else if opens & bit != 0 {
                self.depth += 1;
            } else if self.depth > 0 {
                // A text inside of the value.
                continue;
            }
            if self.depth == 0 {
                return Some(place as usize + 1);
            }
        }
        None
    }
}

/// Fills a block up with spaces.
fn padded(rest: &[u8]) -> [u8; BLOCK_BYTES] {
    let mut block = [b' '; BLOCK_BYTES];
    block
        .iter_mut()
        .zip(rest)
        .for_each(|(to, from)| *to = *from);
    block
}

/// Where a string ends that starts at the front. Most strings are short, so blocks would not pay.
fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = bytes.get(at..)?;
        let found = memchr2(b'"', b'\\', rest)?;
        if rest.get(found) == Some(&b'"') {
            return Some(at + found + 1);
        }
        at += found + 2;
    }
}

/// Says what a value is, in words for a message.
pub(crate) fn describe(value: &[u8]) -> &'static str {
    match value.first() {
        None => "nothing",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a text",
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        Some(byte) if byte.is_ascii_digit() || *byte == b'-' => "a number",
        Some(_) => "no JSON",
    }
}

/// Drops JSON's white space from the front.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let space = bytes
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        .count();
    bytes.get(space..).unwrap_or_default()
}

/// Splits the value off that `bytes` start with; `None` if it does not end within them.
///
/// A number or word that touches the end of `bytes` counts as ended: whoever reads in pieces has to look at that itself.
pub(crate) fn split_value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match bytes.first()? {
        b'{' | b'[' => Skipper::default().advance(bytes)?,
        b'"' => string_end(bytes)?,
        _ => bytes
            .iter()
            .position(|byte| {
                matches!(
                    byte,
                    b',' | b'}' | b']' | b':' | b' ' | b'\t' | b'\n' | b'\r'
                )
            })
            .unwrap_or(bytes.len()),
    };
    bytes.split_at_checked(end).filter(|_| end > 0)
}

/// The members of an object, as slices of its text.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    rest: &'a [u8],
    is_first: bool,
}

/// A key without its quotes, still escaped, and its value.
type Member<'a> = (&'a [u8], &'a [u8]);

/// Marks a place where an object or array does not go on as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl<'a> Members<'a> {
    /// Starts at an object's `{`. Anything else has one broken member.
    pub(crate) fn of(object: &'a [u8]) -> Self {
        Self {
            rest: object.strip_prefix(b"{").unwrap_or(b"?"),
            is_first: true,
        }
    }

    /// Goes on behind a member.
    pub(crate) fn going_on(rest: &'a [u8]) -> Self {
        Self {
            rest,
            is_first: false,
        }
    }

    /// What lies behind the members so far.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn step(&mut self) -> Option<Result<Member<'a>, Broken>> {
        let mut rest = trim(self.rest);
        if let Some(b'}') = rest.first() {
            return None;
        }
        if !self.is_first {
            let Some(after) = rest.strip_prefix(b",") else {
                return Some(Err(Broken));
            };
            rest = trim(after);
        }
        self.is_first = false;
        let member = split_value(rest)
            .filter(|(key, _)| key.starts_with(b"\""))
            .and_then(|(key, after)| Some((key, trim(after).strip_prefix(b":")?)))
            .and_then(|(key, after)| Some((key, split_value(trim(after))?)));
        let Some((key, (value, after))) = member else {
            return Some(Err(Broken));
        };
        self.rest = after;
        Some(Ok((key.get(1..key.len() - 1).unwrap_or_default(), value)))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Member<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.step();
        if !matches!(item, Some(Ok(_))) {
            // An object ends once, and is broken once.
            self.rest = b"}";
        }
        item
    }
}

/// Decodes a key as [`Members`] gives it.
pub(crate) fn key_text(key: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', key).is_none() {
        return Cow::Borrowed(key);
    }
    let quoted = [b"\"", key, b"\""].concat();
    serde_json::from_slice::<String>(&quoted)
        .map_or(Cow::Borrowed(key), |text| Cow::Owned(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn ends(text: &str) -> Option<usize> {
        Skipper::default().advance(text.as_bytes())
    }

    #[test]
    fn a_value_ends_at_its_own_bracket() {
        assert_eq!(ends(r#"{"a":[1,{"b":2}]},3"#), Some(17));
        assert_eq!(ends(r#""a\"b" "#), Some(6));
        assert_eq!(ends(r#"["]","\\"]x"#), Some(10));
        assert_eq!(ends(r#"{"a":"#), None);
    }

    #[test]
    fn a_walk_goes_on_in_the_next_buffer() {
        let text = r#"{"k\\\"}":"a]\\","n":[{},[]]}tail"#.as_bytes();
        let whole = Skipper::default().advance(text).unwrap();
        for cut in 0..whole {
            let mut skipper = Skipper::default();
            assert_eq!(skipper.advance(&text[..cut]), None, "cut at {cut}");
            assert_eq!(
                skipper.advance(&text[cut..]),
                Some(whole - cut),
                "cut at {cut}"
            );
        }
    }

    /// The rule in plain steps, a byte at a time.
    fn plain_end(bytes: &[u8]) -> Option<usize> {
        let (mut depth, mut is_in_string, mut is_escaped) = (0_u64, false, false);
        for (at, byte) in bytes.iter().enumerate() {
            let was_escaped = std::mem::replace(&mut is_escaped, false);
            let closes = match byte {
                _ if was_escaped => false,
                b'\\' => {
                    is_escaped = true;
                    false
                }
                b'"' => {
                    is_in_string = !is_in_string;
                    !is_in_string
                }
                _ if is_in_string => false,
                b'{' | b'[' => {
                    depth += 1;
                    false
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    true
                }
                _ => false,
            };
            if closes && depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    /// Text with many of the bytes that matter, and some of those that differ from them in one bit.
    pub(super) fn dense_text() -> impl Strategy<Value = Vec<u8>> {
        let bytes = prop::sample::select(br#"{}[]"\\""\{[;[]}=,: a0"#.to_vec());
        prop::collection::vec(bytes, 0..400)
    }

    proptest! {
        #[test]
        fn blocks_find_what_the_plain_rule_finds(text in dense_text(), cut in 0_usize..400) {
            let expected = plain_end(&text);
            prop_assert_eq!(Skipper::default().advance(&text), expected);
            let (first, second) = text.split_at(cut.min(text.len()));
            let mut skipper = Skipper::default();
            let found = skipper
                .advance(first)
                .or_else(|| skipper.advance(second).map(|end| first.len() + end));
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_walked(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(Skipper::default().advance(&bytes), plain_end(&bytes));
            let _ = Members::of(&bytes).count();
        }

        #[test]
        fn valid_json_ends_where_a_parser_says(value in json(), tail in "[,}\\] ]?") {
            let text = value.to_string();
            let whole = format!("{text}{tail}");
            let (found, rest) = split_value(whole.as_bytes()).unwrap();
            prop_assert_eq!((found, rest), (text.as_bytes(), tail.as_bytes()));
            if let Value::Object(object) = &value {
                let members: Vec<_> = Members::of(found).map(|member| {
                    let (key, value) = member.unwrap();
                    (String::from_utf8(key_text(key).into_owned()).unwrap(), serde_json::from_slice::<Value>(value).unwrap())
                }).collect();
                let expected: Vec<_> = object.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                prop_assert_eq!(members, expected);
            }
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        let values = leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        });
        values.prop_filter("a number touches what follows", |value| !value.is_number())
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(ends(&deep), Some(2_000_000));
    }

    #[test]
    fn members_are_slices_and_break_once() {
        let all: Vec<_> = Members::of(br#"{ "a" : 1 , "b":{"c":[]},"d":"x" }"#).collect();
        let expected: [(&[u8], &[u8]); 3] =
            [(b"a", b"1"), (b"b", br#"{"c":[]}"#), (b"d", br#""x""#)];
        assert_eq!(all, expected.map(Ok));
        for broken in [
            r#"{"a" 1}"#,
            r#"{"a":1 "b":2}"#,
            "{a:1}",
            "[1]",
            r#"{"a":1,}"#,
            r#"{"a":"#,
        ] {
            let all: Vec<_> = Members::of(broken.as_bytes()).collect();
            assert_eq!(all.last(), Some(&Err(Broken)), "{broken}");
        }
    }

    #[test]
    fn keys_are_unescaped() {
        assert_eq!(&*key_text(br"event\u0049D"), b"eventID");
        assert_eq!(&*key_text(b"eventID"), b"eventID");
    }
}
