//! Where the quotes and brackets of one value stand, found by one walk over it.
//!
//! Whoever wants a record's members asks for the end of one value after the other. Each end is read off the outline then,
//! and no byte is walked a second time.

use fearless_simd::dispatch;
use fearless_simd::prelude::*;

use super::blocks::{BLOCK_BYTES, Marks, Pair, strings, sum_of_bits};
use super::{LEVEL, padded};

/// The longest value that has an outline: the most that CloudTrail puts into a record.
const MOST_BYTES: usize = 256 * 1024;

/// How much longer a value may be before room is made for more.
const GROWTH_BLOCKS: usize = 64;

/// The outline of an object or array. It is drawn again for each, into the same memory.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// Those behind the value's end are left over from another one.
    blocks: Vec<Structure>,
    end: usize,
    has_backslash: bool,
    /// What is looked for on the way.
    sought: Option<Pair>,
    has_sought: bool,
}

/// Where the bytes that make the structure stand in a block: bit n for byte n.
#[derive(Clone, Copy, Debug, Default)]
struct Structure {
    /// Quotes that start or end a string.
    quotes: u64,
    /// Opening brackets outside of strings.
    opens: u64,
    /// Closing brackets outside of strings.
    closes: u64,
}

/// How far a walk has come.
#[derive(Default)]
struct Walk {
    depth: u64,
    is_in_string: bool,
    is_escaped: bool,
    backslashes: u64,
    /// Where in the last block the first byte stands of what is looked for.
    before: u64,
    has_sought: bool,
}

impl Walk {
    /// Walks over a block.
    #[inline(always)]
    fn structure(&mut self, marks: Marks, sum: impl Fn(u64) -> u64) -> Structure {
        let (escaped, carry) = marks.escaped(self.is_escaped);
        self.is_escaped = carry;
        self.backslashes |= marks.backslashes;
        let quotes = marks.quotes & !escaped;
        let inside = strings(quotes, self.is_in_string, sum);
        self.is_in_string = inside >> (BLOCK_BYTES - 1) == 1;
        let outside = !(inside | escaped);
        Structure {
            quotes,
            opens: marks.opens & outside,
            closes: marks.closes & outside,
        }
    }

    /// Where the value ends, if it does so in this block.
    #[inline(always)]
    fn end(&mut self, block: &Structure) -> Option<usize> {
        let all = u64::from(block.closes.count_ones());
        let mut left = block.closes;
        let mut closed = 0;
        while left != 0 && self.depth <= all {
            let place = left.trailing_zeros();
            left &= left - 1;
            closed += 1;
            let before = (1 << place) - 1;
            let opened = u64::from((block.opens & before).count_ones());
            if self.depth + opened == closed {
                return Some(place as usize + 1);
            }
        }
        self.depth += u64::from(block.opens.count_ones());
        self.depth -= all;
        None
    }
}

impl Outline {
    /// Draws the outline of the object or array that `bytes` start with. Returns the number of bytes up to its end.
    ///
    /// `None` if it is nothing of the kind, if its end is not in sight, or if it is longer than any record.
    pub(crate) fn draw(&mut self, bytes: &[u8]) -> Option<usize> {
        let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
        let is_one = matches!(bytes.first(), Some(b'{' | b'['));
        let end = is_one.then(|| self.walked(bytes));
        self.end = end.flatten().unwrap_or_default();
        end.flatten()
    }

    fn walked(&mut self, bytes: &[u8]) -> Option<usize> {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx512) = LEVEL.as_avx512() {
            return carryless::walk(avx512, self, bytes);
        }
        dispatch!(*LEVEL, simd => self.walk(simd, bytes, sum_of_bits))
    }

    #[inline(always)]
    fn walk<S: Simd>(&mut self, simd: S, bytes: &[u8], sum: impl Fn(u64) -> u64) -> Option<usize> {
        match self.sought {
            None => self.walk_seeking(simd, bytes, sum, |_, _, _| {}),
            Some(pair) => self.walk_seeking(simd, bytes, sum, |simd, block, walk| {
                walk.has_sought |= pair.is_in(simd, block, &mut walk.before);
            }),
        }
    }

    #[inline(always)]
    fn walk_seeking<S: Simd>(
        &mut self,
        simd: S,
        bytes: &[u8],
        sum: impl Fn(u64) -> u64,
        seek: impl Fn(S, &[u8; BLOCK_BYTES], &mut Walk),
    ) -> Option<usize> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        let mut walk = Walk::default();
        let mut done = 0;
        while let Some(left @ [_, ..]) = blocks.get(done..) {
            if self.blocks.len() == done {
                let more = done + GROWTH_BLOCKS.max(done);
                self.blocks.resize(more, Structure::default());
            }
            for (block, structure) in left.iter().zip(self.blocks.iter_mut().skip(done)) {
                *structure = walk.structure(Marks::of(simd, block), &sum);
                seek(simd, block, &mut walk);
                if let Some(end) = walk.end(structure) {
                    self.note(&walk);
                    return Some(done * BLOCK_BYTES + end);
                }
                done += 1;
            }
        }
        let last = padded(rest);
        let structure = walk.structure(Marks::of(simd, &last), &sum);
        seek(simd, &last, &mut walk);
        self.note(&walk);
        self.blocks.truncate(done);
        self.blocks.push(structure);
        let end = walk.end(&structure)?;
        Some(done * BLOCK_BYTES + end)
    }

    fn note(&mut self, walk: &Walk) {
        self.has_backslash = walk.backslashes != 0;
        self.has_sought = walk.has_sought;
    }

    /// An outline that looks for a name on its way.
    pub(crate) fn seeking(sought: Option<Pair>) -> Self {
        Self {
            sought,
            ..Self::default()
        }
    }

    /// Says whether what was looked for may stand in the value; if not, it does not.
    pub(crate) fn may_hold_sought(&self) -> bool {
        self.has_sought || self.sought.is_none()
    }

    /// Says whether there may be a backslash in the value; if not, there is none.
    pub(crate) fn may_hold_backslash(&self) -> bool {
        self.has_backslash
    }

    /// The first quote at a place or behind it.
    #[inline]
    pub(crate) fn quote_from(&self, at: usize) -> Option<usize> {
        let mut start = at - at % BLOCK_BYTES;
        let mut counted = u64::MAX << (at % BLOCK_BYTES);
        for block in self.blocks.iter().skip(at / BLOCK_BYTES) {
            let quotes = block.quotes & counted;
            if quotes != 0 {
                let place = start + quotes.trailing_zeros() as usize;
                return Some(place).filter(|place| *place < self.end);
            }
            counted = u64::MAX;
            start += BLOCK_BYTES;
        }
        None
    }

    /// Where the object or array ends that starts at a place.
    #[inline]
    pub(crate) fn bracket_end(&self, at: usize) -> Option<usize> {
        let mut start = at - at % BLOCK_BYTES;
        let mut counted = u64::MAX << (at % BLOCK_BYTES);
        let mut depth = 0_u64;
        for block in self.blocks.iter().skip(at / BLOCK_BYTES) {
            let mut brackets = (block.opens | block.closes) & counted;
            counted = u64::MAX;
            while brackets != 0 {
                let place = brackets.trailing_zeros();
                brackets &= brackets - 1;
                if (block.opens >> place) & 1 == 1 {
                    depth += 1;
                    continue;
                }
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let end = start + place as usize + 1;
                    return Some(end).filter(|end| *end <= self.end);
                }
            }
            start += BLOCK_BYTES;
        }
        None
    }
}

/// The walk where a processor multiplies without carrying: by ones, that adds up each bit and all below it.
#[cfg(target_arch = "x86_64")]
mod carryless {
    use std::arch::x86_64::{
        _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8,
    };

    use super::Outline;

    fearless_simd::kernel!(
        pub(super) fn walk(avx512: Avx512, outline: &mut Outline, bytes: &[u8]) -> Option<usize> {
            let sum = |bits: u64| {
                let bits = _mm_cvtsi64_si128(bits.cast_signed());
                let product = _mm_clmulepi64_si128::<0>(bits, _mm_set1_epi8(-1));
                _mm_cvtsi128_si64(product).cast_unsigned()
            };
            outline.walk(avx512, bytes, sum)
        }
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trail::skip::Skipper;
    use crate::trail::skip::tests::dense_text;

    #[test]
    fn what_is_no_object_has_no_outline() {
        for text in ["", "x", "\"a\"", "{\"a\":1", "{\"}\"", "1{}"] {
            assert_eq!(Outline::default().draw(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_long_value_has_none_and_leaves_nothing_behind() {
        let mut outline = Outline::default();
        let long = "[".to_owned() + &"\"\\n\",".repeat(60_000) + "1]";
        assert_eq!(outline.draw(long.as_bytes()), None);
        let longest = "[".to_owned() + &" ".repeat(MOST_BYTES - 2) + "]";
        assert_eq!(outline.draw(longest.as_bytes()), Some(MOST_BYTES));
        assert!(!outline.may_hold_backslash());
        assert_eq!(outline.draw(b"[\"\"]"), Some(4));
        assert_eq!(
            (outline.quote_from(0), outline.quote_from(3)),
            (Some(1), None)
        );
    }

    #[test]
    fn a_name_is_looked_for_by_two_of_its_bytes() {
        let rank = |byte: u8| match byte {
            b'x' => 0,
            b'n' => 1,
            _ => byte,
        };
        let holds = |name: &str, text: &str| {
            let mut outline = Outline::seeking(Pair::of(name.as_bytes(), rank));
            assert_eq!(outline.draw(text.as_bytes()), Some(text.len()));
            outline.may_hold_sought()
        };
        for at in 0..140 {
            let before = "-".repeat(at);
            assert!(holds(
                "x-role-of-ana",
                &format!("[\"{before}x-role-of-ana\"]")
            ));
            assert!(!holds(
                "x-role-of-ana",
                &format!("[\"{before}-x-role-of-bob\"]")
            ));
        }
        assert!(holds("x", "[]"), "one byte tells nothing");
        let far = format!("x{}", "y".repeat(100));
        assert!(holds(&far, &format!("[\"{far}\"]")) && !holds(&far, "[\"x\"]"));
    }

    proptest! {
        #[test]
        fn what_is_looked_for_is_never_missed(text in dense_text(), from in 0_usize..400, length in 1_usize..80) {
            let text = [b"{", &*text].concat();
            let name = text.get(from..).unwrap_or_default();
            let name = name.get(..length).unwrap_or(name);
            let mut outline = Outline::seeking(Pair::of(name, |byte| byte));
            if let Some(end) = outline.draw(&text) {
                let is_in = memchr::memmem::find(&text[..end], name).is_some();
                prop_assert!(outline.may_hold_sought() || !is_in);
            }
        }

        #[test]
        fn bits_are_added_up_alike(bits in any::<u64>()) {
            let sums = (0..u64::BITS).map(|at| u64::from((bits << (63 - at)).count_ones() & 1) << at);
            prop_assert_eq!(sum_of_bits(bits), sums.sum::<u64>());
        }

        #[test]
        fn an_outline_ends_where_a_walk_does(texts in prop::collection::vec(dense_text(), 1..4)) {
            let mut outline = Outline::default();
            for text in texts {
                let text = [b"{", &*text].concat();
                let end = Skipper::default().advance(&text);
                prop_assert_eq!(outline.draw(&text), end);
                let Some(end) = end else { continue };
                let value = &text[..end];
                prop_assert!(outline.may_hold_backslash() || !value.contains(&b'\\'));
                prop_assert_eq!(outline.bracket_end(0), Some(end));
                let (mut is_escaped, mut is_in_string) = (false, false);
                for (at, byte) in value.iter().enumerate() {
                    let was_escaped = is_escaped;
                    is_escaped = !was_escaped && *byte == b'\\';
                    let is_quote = *byte == b'"' && !was_escaped;
                    prop_assert_eq!(outline.quote_from(at) == Some(at), is_quote, "at {}", at);
                    if !is_in_string && !was_escaped && matches!(byte, b'{' | b'[') {
                        let expected = Skipper::default().advance(&value[at..]).map(|end| at + end);
                        prop_assert_eq!(outline.bracket_end(at), expected, "at {}", at);
                    }
                    is_in_string ^= is_quote;
                }
            }
        }
    }
}
