//! The binary as people and scripts meet it: run as a process, in an empty environment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up its world should fail at once"
)]

mod all_roles;
mod bounds;
mod catalog;
mod check;
mod code;
mod comment;
mod conditions;
mod diff;
mod eval;
mod explain;
mod faults;
mod harden;
mod help;
mod honest;
mod html;
mod hung_up;
mod injected;
mod interrupted;
mod map;
mod pins;
mod plans;
mod proof;
mod redact;
mod redefined;
mod refusals;
mod refused_calls;
mod rows;
mod runtimes;
mod sarif;
mod screen;
mod sql;
mod start;
mod suggest;
mod unusual;
mod usage;
mod users;
mod windows;

mod world;
