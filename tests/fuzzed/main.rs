//! The checks of the fuzz targets (`fuzz/bodies`) over their seeds, and over changes of these: every parser meets damaged input in each run
//! of the tests, on any compiler. What the fuzzer found lies among the seeds.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a check that fails has to stop"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "../../fuzz/bodies/all.rs"]
mod bodies;

/// How often each seed is changed.
const CHANGES: u64 = 150;
/// The longest that one input may take, in a build without optimization on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds")
}

fn seeds_of(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = seeds().join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}"));
    let mut found: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

/// What means something to one of the parsers.
const WORDS: [&str; 24] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "*",
    "${",
    "?",
    "\n",
    "\t",
    "&a ",
    "*a",
    "<<: ",
    "!Sub ",
    "null",
    "1e999",
    "\u{0}",
    "\u{202e}",
    "arn:aws:",
    "{\"eventVersion\"",
    "\u{fffd}",
];

/// Changes a seed a little: bytes lost, doubled, flipped, put in, moved, cut off.
fn changed(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(24)).min(bytes.len());
        match numbers.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part.repeat(1 + numbers.below(8)));
            }
            2 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            3 => drop(bytes.splice(at..at, WORDS[numbers.below(WORDS.len())].bytes())),
            4 => {
                let part: Vec<u8> = bytes.drain(at..end).collect();
                let to = numbers.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            _ => bytes.truncate(bytes.len() - numbers.below(bytes.len() / 8 + 1)),
        }
    }
    bytes
}

fn run(target: &str, check: bodies::Check) {
    let seeds = seeds_of(target);
    assert!(!seeds.is_empty(), "{target} has no seed");
    let mut numbers = Numbers(target.len() as u64);
    let mut slowest = Duration::ZERO;
    for (name, seed) in &seeds {
        let rounds = if seed.len() > 64 * 1024 { 0 } else { CHANGES };
        for round in 0..=rounds {
            let input = if round == 0 {
                seed.clone()
            } else {
                changed(seed, &mut numbers)
            };
            let start = Instant::now();
            let outcome = std::panic::catch_unwind(|| check(&input));
            slowest = slowest.max(start.elapsed());
            assert!(
                outcome.is_ok(),
                "{target}/{name}, change {round}: {:?}",
                String::from_utf8_lossy(&input)
            );
        }
    }
    assert!(slowest < LONGEST, "{target}: {slowest:?}");
}

#[test]
fn every_target_has_seeds_and_every_folder_a_target() {
    let folders: BTreeSet<String> = fs::read_dir(seeds())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let targets: BTreeSet<String> = bodies::ALL
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(folders, targets);
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            let name = stringify!($name);
            let found = bodies::ALL.iter().find(|(known, _)| *known == name);
            run(name, found.unwrap().1);
        })*

        #[test]
        fn every_target_is_run() {
            let run = [$(stringify!($name)),*];
            for (name, _) in bodies::ALL {
                assert!(run.contains(name), "{name}");
            }
        }
    };
}

targets!(
    catalog,
    config,
    denial,
    digest,
    forge,
    infrastructure,
    markdown,
    pattern,
    policy,
    posture,
    publish,
    rows,
    terraform,
    trail,
    usage
);
