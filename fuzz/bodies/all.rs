//! What each fuzz target checks, apart from the fuzzer: the fuzzer calls it with what it invents, and `tests/fuzzed` with the seeds and
//! with changes of them, on any compiler.

mod catalog;
mod config;
mod denial;
mod digest;
mod forge;
mod infrastructure;
mod markdown;
mod pattern;
mod policy;
mod posture;
mod publish;
mod rows;
mod terraform;
mod trail;
mod usage;

/// Checks some bytes; panics if what must hold of them does not.
pub(crate) type Check = fn(&[u8]);

/// The targets by name. The seeds of each lie in the folder of its name.
pub(crate) const ALL: &[(&str, Check)] = &[
    ("catalog", catalog::check),
    ("config", config::check),
    ("denial", denial::check),
    ("digest", digest::check),
    ("forge", forge::check),
    ("infrastructure", infrastructure::check),
    ("markdown", markdown::check),
    ("pattern", pattern::check),
    ("policy", policy::check),
    ("posture", posture::check),
    ("publish", publish::check),
    ("rows", rows::check),
    ("terraform", terraform::check),
    ("trail", trail::check),
    ("usage", usage::check),
];

/// The text that bytes are, if they are one.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
