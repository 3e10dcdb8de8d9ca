//! polgen turns what an AWS role really did into the smallest IAM policy that still allows it.
//!
//! The folders are the pipeline, and each may use only those above it (`tests/architecture.rs`):
//!
//! ```text
//!            arn  time  pattern  nearest     words shared by all
//! pure       trail      CloudTrail bytes -> Event
//!            catalog    services, actions, resource types, operations, visibility
//!            mapping    Event -> Access
//!            usage      accesses folded per role
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

pub mod arn;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod config;
pub mod diff;
pub mod finding;
pub mod forge;
pub mod harden;
pub mod mapping;
pub mod nearest;
pub mod pattern;
pub mod policy;
pub mod posture;
#[cfg(feature = "aws")]
pub mod publish;
pub mod report;
pub mod source;
pub mod synthesis;
pub mod template;
pub mod time;
pub mod trail;
pub mod usage;
