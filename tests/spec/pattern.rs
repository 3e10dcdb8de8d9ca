//! Patterns by definition: a pattern is the set of texts that it matches.
//!
//! Every pattern of up to five elements over `a`, `b`, `*`, `?` is compared with every other, by the texts of up to eight
//! characters that they match. The third letter, `c`, stands for every character that no pattern names.

use polgen::pattern::Pattern;
use std::collections::BTreeMap;

/// The rule: what `*`, `?` and a literal mean.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            matches(rest, text) || (!text.is_empty() && matches(pattern, &text[1..]))
        }
        ([b'?', rest @ ..], [_, later @ ..]) => matches(rest, later),
        ([wanted, rest @ ..], [found, later @ ..]) => wanted == found && matches(rest, later),
        _ => false,
    }
}

/// All words over `letters` of up to `longest` letters.
fn words(letters: &[u8], longest: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut start = 0;
    for _ in 0..longest {
        let end = all.len();
        for index in start..end {
            for letter in letters {
                let mut longer = all[index].clone();
                longer.push(*letter);
                all.push(longer);
            }
        }
        start = end;
    }
    all
}

/// The texts that a pattern matches, a bit each.
fn language(pattern: &[u8], texts: &[Vec<u8>]) -> Vec<u64> {
    let mut bits = vec![0; texts.len().div_ceil(64)];
    for (index, text) in texts.iter().enumerate() {
        if matches(pattern, text) {
            bits[index / 64] |= 1 << (index % 64);
        }
    }
    bits
}

fn text(word: &[u8]) -> &str {
    std::str::from_utf8(word).unwrap()
}

#[test]
fn every_short_pattern_matches_as_defined() {
    let texts = words(b"abc", 8);
    for word in words(b"ab*?", 5) {
        let pattern = Pattern::parse(text(&word));
        for candidate in &texts {
            assert_eq!(
                pattern.matches(text(candidate)),
                matches(&word, candidate),
                "{} on {}",
                text(&word),
                text(candidate)
            );
        }
    }
}

#[test]
fn every_pair_of_short_patterns_relates_as_defined() {
    let texts = words(b"abc", 8);
    let mut languages = BTreeMap::new();
    for word in words(b"ab*?", 5) {
        let pattern = Pattern::parse(text(&word));
        let language = language(&word, &texts);
        let known = languages.entry(pattern).or_insert_with(|| language.clone());
        assert_eq!(*known, language, "one form for {}", text(&word));
    }
    let mut compared = 0_u32;
    for (one, mine) in &languages {
        for (other, theirs) in &languages {
            let both = || mine.iter().zip(theirs);
            let is_covered = both().all(|(mine, theirs)| theirs & !mine == 0);
            let is_shared = both().any(|(mine, theirs)| mine & theirs != 0);
            assert_eq!(one.covers(other), is_covered, "`{one}` covers `{other}`");
            assert_eq!(one.intersects(other), is_shared, "`{one}` and `{other}`");
            compared += 1;
        }
    }
    assert!(compared > 500_000, "{compared} pairs");
}
