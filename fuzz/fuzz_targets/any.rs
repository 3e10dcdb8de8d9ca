//! The fuzzer for every target; `POLGEN_FUZZ` names it. One program, so that the library is built and linked once.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../bodies/all.rs"]
mod bodies;

static CHECK: LazyLock<bodies::Check> = LazyLock::new(|| {
    let wanted = std::env::var("POLGEN_FUZZ").unwrap_or_default();
    let found = bodies::ALL.iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("POLGEN_FUZZ: wanted a target, found `{wanted}`")).1
});

fuzz_target!(|bytes: &[u8]| CHECK(bytes));
