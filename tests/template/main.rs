//! Infrastructure code: read, written and changed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set up its world should fail at once"
)]

mod bounds;
mod elsewhere;
mod modules;
mod outputs;
mod patching;
mod plans;
mod reading;
