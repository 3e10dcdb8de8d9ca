//! Hardening: for every rule a bad and a good example from code and from saved answers, and what a fix leaves behind.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot read its files should fail at once"
)]

mod documented;
mod edit;
mod examples;
mod fixes;
mod good;
mod merging;
mod prowler;
mod reading;
mod replies;
mod serverless;
mod world;
