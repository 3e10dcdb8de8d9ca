//! From a suggestion to what people and programs read.

mod plain;

pub use plain::plain;
