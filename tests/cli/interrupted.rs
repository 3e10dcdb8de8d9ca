//! Ctrl-C: what was read so far is kept where that was asked for, and nothing is half written.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::world::{Place, ROLE, assert_exit, command, polgen, s3_call, stdout, trail};

const TRAIL: &str = "samples/trail";

fn fold(place: &Place, name: &str, arguments: &[&str]) -> Vec<u8> {
    let path = format!("{}/{name}", place.path());
    let mut all = vec!["usage", "--output", &path];
    all.extend(arguments);
    assert_exit(&polgen(&all), 0);
    fs::read(path).unwrap()
}

/// Ends `polgen usage --partial` by Ctrl-C while its first input, standard input, is still open.
#[test]
fn an_end_by_ctrl_c_keeps_what_was_read_and_can_be_gone_on_with() {
    let place = Place::new();
    let path = format!("{}/partial.usage", place.path());
    let first = trail(&[s3_call(1, "GetObject", "acme-first", "in/a")]);
    // More than a pipe holds, so that the write ends only once polgen reads.
    let mut text = " ".repeat(1 << 20).into_bytes();
    text.extend_from_slice(first.as_bytes());
    let input = place.file("first.json", &text);
    let mut child = command(&[
        "usage",
        "--partial",
        "--threads",
        "1",
        "--trail",
        "-",
        "--trail",
        TRAIL,
        "--output",
        &path,
    ])
    .stdin(Stdio::piped())
    .stdout(Stdio::null())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&text).unwrap();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    assert!(line.starts_with("ending after"), "{line}");
    drop(stdin);
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let rest = rest.join("\n");
    assert_eq!(child.wait().unwrap().code(), Some(4), "{rest}");
    assert!(rest.contains("stopped before all was read"), "{rest}");
    assert!(rest.contains("--usage "), "{rest}");
    let kept = polgen(&["usage", "--format", "json", "--usage", &path]);
    assert_exit(&kept, 0);
    assert!(stdout(&kept).contains("acme-first"));
    assert!(!stdout(&kept).contains(ROLE), "{}", stdout(&kept));
    let whole = fold(
        &place,
        "whole.usage",
        &["--trail", &input, "--trail", TRAIL],
    );
    let again = fold(&place, "again.usage", &["--usage", &path, "--trail", TRAIL]);
    assert_eq!(whole, again);
}
