//! Whoever reads what polgen prints may have seen enough: `polgen map … | head -1` is no fault, and nothing is said of it.

#![cfg(unix)]

use std::io::pipe;
use std::process::{Output, Stdio};

use crate::world::{ROLE, assert_exit, command, stderr};

const TRAIL: &str = "samples/trail";

/// Runs polgen with somebody behind its standard output who is gone already.
fn unread(arguments: &[&str]) -> Output {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut run = command(arguments);
    run.stdout(writer).stderr(Stdio::piped()).output().unwrap()
}

#[test]
fn a_reader_that_hangs_up_ends_the_program_quietly() {
    for arguments in [
        vec!["map", "--trail", TRAIL],
        vec![
            "suggest", "--role", ROLE, "--trail", TRAIL, "--format", "json",
        ],
        vec!["usage", "--trail", TRAIL, "--format", "json"],
        vec!["self-policy"],
        vec!["diff", "ReadOnlyAccess", "SecurityAudit"],
        vec!["explain", "s3:GetObject", "--role", ROLE, "--trail", TRAIL],
        vec!["catalog", "s3:*"],
    ] {
        let output = unread(&arguments);
        assert_exit(&output, 0);
        let said = stderr(&output).to_lowercase();
        for word in ["error", "panicked", "pipe"] {
            assert!(!said.contains(word), "{arguments:?}: {said}");
        }
    }
}
