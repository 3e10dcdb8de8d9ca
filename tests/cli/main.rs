//! The binary as people and scripts meet it: run as a process, in an empty environment.

mod help;
mod map;
mod refusals;
mod suggest;
mod world;
