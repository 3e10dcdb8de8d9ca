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

/// Two bytes that stand this far from each other in a name: where they do not, the name is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    first: u8,
    second: u8,
    /// From 1 to 63.
    distance: u32,
}

impl Pair {
    /// The rarest byte of a name, and the one that is rarest beside it; `None` if there is none.
    ///
    /// Bytes of one word stand in many names, so the two stand apart if the name is long enough.
    pub(crate) fn of(name: &[u8], commonness: impl Fn(u8) -> u8) -> Option<Self> {
        const APART: u32 = 8;
        let bytes = || (0_u32..).zip(name.iter().copied());
        let how_common = |(_, byte): &(u32, u8)| commonness(*byte);
        let (at, rarest) = bytes().min_by_key(how_common)?;
        let rarest_from = |least: u32| {
            let distances = least..u64::BITS;
            let beside = bytes().filter(|(place, _)| distances.contains(&place.abs_diff(at)));
            beside.min_by_key(how_common)
        };
        let (place, other) = rarest_from(APART).or_else(|| rarest_from(1))?;
        let (first, second) = if place < at {
            (other, rarest)
        } else {
            (rarest, other)
        };
        Some(Self {
            first,
            second,
            distance: place.abs_diff(at),
        })
    }

    /// Says whether the second byte stands in a block where the first is as far before it as it should be. `before` has where in
    /// the block before the first byte stands, and then where in this one.
    #[inline(always)]
    pub(super) fn is_in<S: Simd>(
        self,
        simd: S,
        block: &[u8; BLOCK_BYTES],
        before: &mut u64,
    ) -> bool {
        let bytes = u8x64::from_slice(simd, block);
        let first = bytes.simd_eq(self.first).to_bitmask();
        let second = bytes.simd_eq(self.second).to_bitmask();
        let wanted = (first << self.distance) | (*before >> (u64::BITS - self.distance));
        *before = first;
        wanted & second != 0
    }
}

/// The bytes from each opening quote up to before its closing one.
#[inline(always)]
pub(super) fn strings(quotes: u64, is_in_string: bool, sum: impl Fn(u64) -> u64) -> u64 {
    let inside = sum(quotes);
    if is_in_string { !inside } else { inside }
}

/// Adds up, without carrying, each bit and all below it.
#[inline(always)]
pub(super) fn sum_of_bits(bits: u64) -> u64 {
    if bits == 0 {
        return 0;
    }
    let mut sum = bits;
    for shift in [1, 2, 4, 8, 16, 32] {
        sum ^= sum << shift;
    }
    sum
}
