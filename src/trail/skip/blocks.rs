//! Finds quotes, backslashes and brackets 64 bytes at a time.
//!
//! A trail's text is walked in full even where hardly anything of it is read, so this walk has to cost little beside the
//! decompression. Source of the way escapes and strings are told from bit masks: Langdale and Lemire, "Parsing Gigabytes
//! of JSON per Second", section 3.1.

use fearless_simd::prelude::*;
use fearless_simd::u8x64;

/// Bytes in a block, one for each bit of a mask.
pub(super) const BLOCK_BYTES: usize = 64;

/// Where the bytes that matter stand in a block: bit n for byte n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) opens: u64,
    pub(super) closes: u64,
}

impl Marks {
    #[inline(always)]
    pub(super) fn of<S: Simd>(simd: S, block: &[u8; BLOCK_BYTES]) -> Self {
        let bytes = u8x64::from_slice(simd, block);
        // `[` and `{`, `]` and `}` differ in this bit alone, and no third byte is like them in the others.
        let braces = bytes | 0x20_u8;
        Self {
            quotes: bytes.simd_eq(b'"').to_bitmask(),
            backslashes: bytes.simd_eq(b'\\').to_bitmask(),
            opens: braces.simd_eq(b'{').to_bitmask(),
            closes: braces.simd_eq(b'}').to_bitmask(),
        }
    }

    /// The bytes that a backslash before them takes along, the byte behind the block included as the carry.
    ///
    /// `is_escaped` says whether a backslash before the block takes its first byte.
    #[inline(always)]
    pub(super) fn escaped(&self, is_escaped: bool) -> (u64, bool) {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let first = u64::from(is_escaped);
        if self.backslashes == 0 {
            return (first, false);
        }
        let starts = self.backslashes & !first;
        let behind = (starts << 1) | first;
        // A run of backslashes that starts at an odd place is carried past its end by the sum.
        let odd_starts = starts & !EVEN & !behind;
        let (sum, carry) = odd_starts.overflowing_add(starts);
        (((sum << 1) ^ EVEN) & behind, carry)
    }
}

/// The bytes from each opening quote up to before its closing one.
#[inline(always)]
pub(super) fn strings(quotes: u64, is_in_string: bool) -> u64 {
    if quotes == 0 {
        return if is_in_string { u64::MAX } else { 0 };
    }
    let mut inside = quotes;
    for shift in [1, 2, 4, 8, 16, 32] {
        inside ^= inside << shift;
    }
    if is_in_string { !inside } else { inside }
}
