//! The rules themselves, plain and slow, and the library's fast code compared with them over all small inputs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails may panic"
)]

mod containment;
mod decision;
mod documented;
mod fuzzed;
mod pattern;
