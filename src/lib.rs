//! polgen turns what an AWS role really did into the smallest IAM policy that still allows it.
//!
//! The folders are the pipeline, and each may use only those above it (`tests/architecture.rs`):
//!
//! ```text
//!            arn  time  pattern  nearest  name  digest     words shared by all
//! pure       trail      CloudTrail bytes -> Event
//!            catalog    services, actions, resource types, operations, visibility
//!            mapping    Event -> Access
//!            usage      accesses folded per role
//!            sql        the fold as SQL, and its rows read back
//!            policy     the IAM language: document, evaluate, prove
//!            template   infrastructure code -> roles and policies, and back into it
//!            posture    what is configured: buckets, functions, stacks
//!            synthesis  usage + current grants -> Suggestion
//!            finding    a rule, a place, and whether the rule holds there
//!            config     polgen.toml -> pins, allowed findings
//!            diff       fates of grants, semantic and text diff
//!            check      the gate: policies against rules, the base, and use
//!            harden     what is configured against rules, and how to mend it
//!            report     a report -> text, markdown, html, json
//! edges      source     where bytes come from
//!            forge      GitHub and GitLab: one comment
//!            publish    where results go: a role, and back
//!            cli        arguments, exit codes, the clock
//! ```
//!
//! # Example
//!
//! From a trail to a policy, as `polgen suggest` goes:
//!
//! ```
//! use polgen::catalog::Catalog;
//! use polgen::source::{self, Folding, ReadOptions, TrailSource};
//! use polgen::synthesis::{Basis, CurrentGrants, Options, suggest};
//! use polgen::usage::{RoleQuery, Usage};
//!
//! let query = RoleQuery::parse("ReportInstanceRole").ok_or("expected a role")?;
//! let trail = [TrailSource::from_argument("samples/trail".as_ref())];
//! let mut usage = Usage::default();
//! let learned = Default::default();
//! let start = || Folding::new(&query, &learned);
//! let reading = source::gather(&trail, &ReadOptions::default(), &start, &mut |share| {
//!     usage.merge(share.usage());
//! });
//! usage.finish();
//! // What could not be read might be a use: a caller looks at this before it trusts the result.
//! assert!(reading.gaps.is_empty());
//!
//! let role = usage.roles.values().next().ok_or("no event by the role")?;
//! let suggestion = suggest(
//!     Basis {
//!         usage: role,
//!         coverage: &usage.coverage,
//!         current: &CurrentGrants::expand(&[], Catalog::bundled()),
//!         catalog: Catalog::bundled(),
//!     },
//!     &Options::unwritten(),
//! )?;
//! let policy = suggestion.policies.first().ok_or("no policy")?;
//! assert!(policy.document.to_string().contains("s3:PutObject"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The library is silent: nothing in the pure part prints, exits, panics, or reads a clock. What of it may change, and when, is
//! said in `docs/library.md`.

pub mod arn;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod config;
pub mod diff;
mod digest;
pub mod finding;
pub mod forge;
pub mod harden;
pub mod mapping;
pub mod name;
pub mod nearest;
pub mod pattern;
pub mod policy;
pub mod posture;
pub mod publish;
pub mod report;
pub mod source;
pub mod sql;
pub mod synthesis;
pub mod template;
pub mod time;
pub mod trail;
pub mod usage;
