//! The IAM policy language: documents, their sizes, and what they decide.
//!
//! [`document`] holds the text's structure, as strings; [`evaluate`] compiles it once and decides requests. Every promise of
//! the program rests on this module, so it is compared with plain models of the rules in `tests/spec/`.

pub mod document;
pub mod evaluate;
pub mod lint;
pub mod operator;
pub mod prove;
pub mod trust;

pub use document::{
    ActionElement, Conditions, Document, DocumentError, Effect, PolicyKind, PrincipalElement,
    Principals, ResourceElement, Statement, Version,
};
pub use evaluate::{CompiledPolicy, Context, Decision, PolicySet, Request, StatementRef, Verdict};
