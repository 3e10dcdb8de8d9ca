//! Holds that policies made to be slow are told to be too large, after a bounded amount of work.

use std::fmt::Write as _;

use super::*;
use crate::pattern::counted;

/// The most elements of patterns that are held against others for one pair of roles.
const MOST_ELEMENTS: usize = 100_000_000;

/// A role whose policy has many resources with many stars, other ones for each seed.
fn hostile(resources: usize, seed: usize, variable: &str) -> Subject {
    let mut list = String::new();
    let mut state = seed;
    for index in 0..resources {
        let mut name = String::new();
        for _ in 0..12 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            name.push('*');
            name.push(char::from(b'a' + u8::try_from(state >> 60).unwrap() % 3));
        }
        let _ = write!(list, "'arn:aws:s3:::{variable}{name}{index}*', ");
    }
    role(&inline("['s3:*a*b*', 's3:*b*a*']", &format!("[{list}]")))
}

#[test]
fn many_stars_are_too_large_to_compare_and_end() {
    for variable in ["", "${aws:username}"] {
        let (old, new) = (hostile(900, 1, variable), hostile(900, 2, variable));
        let mut outcome = Outcome::default();
        let elements = counted::during(|| outcome = against(&new, &old));
        assert!(elements < MOST_ELEMENTS, "{variable}: {elements}");
        let found = shown(&outcome);
        assert!(
            found
                .iter()
                .any(|one| one.contains("not-checked") && one.contains("too large to compare")),
            "{variable}: {}",
            found.len()
        );
    }
}
