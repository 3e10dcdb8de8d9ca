//! The promises of synthesis over generated usages, over real records where they are at hand, and at size.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test should fail at once, and a skipped one has to say so"
)]

mod backtest;
mod corpus;
mod open_parts;
mod properties;
mod size;
mod world;
