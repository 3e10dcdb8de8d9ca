//! Tells the stable part of a name from dates, ids and counters, which will be different next time.
//!
//! A segment is stable up to its first volatile run: three or more digits, a hexadecimal run of eight or more with a digit in
//! it, or a random-looking run of twenty or more. Names with one or two digits (`v2`, `part-07`) are stable.

/// The fewest digits in a row that make a counter or a year.
const COUNTER_DIGITS: usize = 3;
/// The shortest run of hexadecimal digits that is an id.
const HEX_RUN: usize = 8;
/// The shortest mixed run of letters and digits that is an id.
const MIXED_RUN: usize = 20;

/// Returns the length in bytes of the stable start of `segment`; its whole length if all of it is stable.
pub(crate) fn stable_length(segment: &str) -> usize {
    let bytes = segment.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let run = run_length(bytes, start);
        if run == 0 {
            start += 1;
            continue;
        }
        let word = bytes.get(start..start + run).unwrap_or_default();
        if let Some(offset) = volatile_offset(word) {
            return start + offset;
        }
        start += run;
    }
    segment.len()
}

/// The length of the run of letters and digits at `start`.
fn run_length(bytes: &[u8], start: usize) -> usize {
    bytes
        .iter()
        .skip(start)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count()
}

/// Where a run of letters and digits becomes volatile, if it does.
fn volatile_offset(word: &[u8]) -> Option<usize> {
    let has_digit = word.iter().any(u8::is_ascii_digit);
    let is_hex = word.iter().all(u8::is_ascii_hexdigit);
    if has_digit && (is_hex && word.len() >= HEX_RUN || word.len() >= MIXED_RUN) {
        return Some(0);
    }
    word.windows(COUNTER_DIGITS)
        .position(|digits| digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_ids_and_counters_are_volatile() {
        for (segment, stable) in [
            ("2026/", ""),
            ("dt=2026-06-01/", "dt="),
            ("order-000123.json", "order-"),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", ""),
            ("deadbeef01", ""),
            ("x/deadbee1", "x/"),
            ("z1z2z3z4z5z6z7z8z9z0", ""),
            ("run-a1b2c3d4e5f6a7b8c9d0e1", "run-"),
            ("invoice20260601.pdf", "invoice"),
        ] {
            assert_eq!(
                segment.get(..stable_length(segment)),
                Some(stable),
                "{segment}"
            );
        }
    }

    #[test]
    fn words_and_small_numbers_are_stable() {
        for segment in [
            "incoming/",
            "v2/",
            "part-07.csv",
            "config.json",
            "decade",
            "deadbe1",
            "z1z2z3z4z5z6z7z8z9z",
            "facade.txt",
            "höfe-1",
            "",
        ] {
            assert_eq!(stable_length(segment), segment.len(), "{segment}");
        }
    }
}
