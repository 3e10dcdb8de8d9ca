//! Nothing that is read may cost without bound: size, depth, counts, expansion and time, each by the command that reads it. The table is in
//! `docs/security.md`.

use std::fmt;
use std::io::Write as _;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{Place, call, gzip, polgen, polgen_reading, s3_call, stderr, stdout, trail};

/// The longest that any of these may take, without optimization, on a busy machine.
const LONGEST: Duration = Duration::from_mins(1);
/// So deep that a reader which calls itself for each level dies of it.
const DEEP: usize = 100_000;

/// Runs polgen and asserts that it ended by itself, said something, and was no fault of its own.
#[track_caller]
fn refused(arguments: &[&str], wanted: &str) -> Output {
    let start = Instant::now();
    let output = polgen(arguments);
    let said = stderr(&output);
    let code = output.status.code();
    assert!(
        matches!(code, Some(1 | 4)),
        "{arguments:?}: {code:?} {said}"
    );
    assert!(
        said.contains(wanted),
        "{arguments:?}: wanted {wanted}, {said}"
    );
    assert!(!said.contains("panicked"), "{said}");
    assert!(start.elapsed() < LONGEST, "{arguments:?}");
    output
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_read_up_to_its_limit() {
    let place = Place::new();
    let own = place.file("t.json", trail(&[s3_call(1, "GetObject", "data", "in/a")]));
    let policy = place.file("p.json", r#"{"Version":"2012-10-17","Statement":[]}"#);
    let endless = "/dev/zero";
    let suggest = ["suggest", "--role", "app", "--trail", &own];
    let with = |more: &[&'static str]| [&suggest[..], more].concat();
    refused(
        &with(&["--config", endless]),
        "holds more than the 1048576 bytes that are read",
    );
    refused(
        &with(&["--current", endless]),
        "holds more than the 268435456 bytes that are read",
    );
    refused(
        &with(&["--event-selectors", endless]),
        "holds more than the 67108864 bytes that are read",
    );
    refused(
        &["diff", endless, &policy],
        "holds more than the 268435456 bytes that are read",
    );
    refused(
        &["eval", "--policy", endless, "--requests", "-"],
        "holds more than the 67108864 bytes that are read",
    );
    refused(
        &["suggest", "--role", "app", "--usage", endless],
        "expected lines of less than",
    );
    refused(
        &["harden", endless],
        "holds more than the 67108864 bytes that are read",
    );
    refused(
        &["check", endless],
        "holds more than the 67108864 bytes that are read",
    );
}

#[cfg(all(unix, feature = "aws"))]
#[test]
fn what_changes_roles_has_limits_too() {
    refused(
        &["apply", "/dev/zero"],
        "holds more than the 67108864 bytes that are read",
    );
    refused(&["rollback", "/dev/zero"], "holds more than the");
}

#[expect(clippy::too_many_lines, reason = "a table of inputs and commands")]
#[test]
fn what_is_nested_without_end_is_refused() {
    let place = Place::new();
    let own = place.file("t.json", trail(&[s3_call(1, "GetObject", "data", "in/a")]));
    let brackets = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let members = format!("{}1{}", "{\"Statement\":".repeat(DEEP), "}".repeat(DEEP));
    let list = place.file("list.json", &brackets);
    let object = place.file("object.json", &members);
    for file in [&list, &object] {
        refused(
            &[
                "suggest",
                "--role",
                "app",
                "--trail",
                &own,
                "--current",
                file,
            ],
            "expected",
        );
        refused(&["diff", file, file], "expected");
        refused(&["suggest", "--role", "app", "--usage", file], "expected");
        refused(&["eval", "--policy", file, "--requests", "-"], "expected");
        refused(&["harden", file], "");
    }
    let config = place.file("deep.toml", format!("x = {brackets}"));
    refused(
        &[
            "suggest", "--role", "app", "--trail", &own, "--config", &config,
        ],
        "deep.toml",
    );
    for (name, text) in [
        ("flow.yaml", brackets.clone()),
        (
            "block.yaml",
            (0..2_000).fold(String::new(), |text, depth| {
                text + &" ".repeat(depth) + "a:\n"
            }),
        ),
        ("deep.tf", format!("locals {{ x = {brackets} }}")),
        (
            "blocks.tf",
            format!("{}{}", "a {\n".repeat(DEEP), "}\n".repeat(DEEP)),
        ),
        (
            "parens.tf",
            format!("locals {{ x = {}1{} }}", "(".repeat(DEEP), ")".repeat(DEEP)),
        ),
        (
            "strings.tf",
            format!(
                "locals {{ x = {}{} }}",
                "\"${".repeat(DEEP),
                "}\"".repeat(DEEP)
            ),
        ),
    ] {
        let file = place.file(name, text);
        refused(&["harden", &file], "");
        refused(&["check", &file], "");
    }
    // A record that is too deep costs itself alone.
    let mut deep = s3_call(2, "GetObject", "data", "in/b").to_string();
    deep = deep.replace("\"in/b\"", &brackets);
    let file = place.file(
        "deep-trail.json",
        format!("{}\n{deep}\n", s3_call(1, "GetObject", "data", "in/a")),
    );
    refused(
        &["suggest", "--role", "app", "--trail", &file],
        "requestParameters",
    );
}

#[test]
fn what_unfolds_without_end_is_refused() {
    let place = Place::new();
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let above = format!("*a{}, ", level - 1).repeat(10);
        fmt::Write::write_fmt(&mut laughs, format_args!("a{level}: &a{level} [{above}]\n"))
            .unwrap();
    }
    laughs += "Resources: { R: { Type: AWS::IAM::Role, Properties: { Policies: *a11 } } }\n";
    let file = place.file("laughs.yaml", laughs);
    refused(&["harden", &file], "");
    // A usage file of one line after the other that shrinks to nothing.
    let gap = json!({ "gap": { "place": "p", "problem": "x".repeat(1 << 20) } });
    let lines = format!("{gap}\n").repeat(70);
    let bomb = place.gzip("bomb.usage", &format!("{{\"polgen_usage\":1}}\n{lines}"));
    refused(
        &["suggest", "--role", "app", "--usage", &bomb],
        "expected at most 250 times what is stored",
    );
    let bytes = gzip(&" ".repeat(1 << 24)).repeat(5);
    let bomb = place.file("bomb.json.gz", bytes);
    refused(&["suggest", "--role", "app", "--trail", &bomb], "found");
}

#[test]
fn patterns_and_proofs_end_in_time() {
    let place = Place::new();
    let stars = "*a".repeat(2_000);
    let policy = |resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource }] })
            .to_string()
    };
    let hard = place.file("hard.json", policy(&format!("arn:aws:s3:::{stars}b")));
    let request = json!({ "action": "s3:GetObject", "resource": format!("arn:aws:s3:::{}", "a".repeat(20_000)) });
    let start = Instant::now();
    let output = polgen_reading(
        &["eval", "--policy", &hard, "--requests", "-"],
        request.to_string().as_bytes(),
    );
    assert!(
        stdout(&output).contains("implicit-deny"),
        "{}",
        stderr(&output)
    );
    assert!(start.elapsed() < LONGEST);
    // Whether one holds the other takes more steps than are spent on it: then it is not known, and nothing is claimed.
    let many = |letter: char| format!("arn:aws:s3:::{}", format!("*{letter}?").repeat(60));
    let old = place.file("old.json", policy(&many('a')));
    let new = place.file("new.json", policy(&many('b')));
    let start = Instant::now();
    let output = polgen(&["diff", &old, &new, "--format", "json"]);
    assert!(start.elapsed() < LONGEST);
    assert!(output.status.code() == Some(0), "{}", stderr(&output));
    let long = format!("{}\n", "x".repeat(2 << 20));
    let output = polgen_reading(
        &["eval", "--policy", &old, "--requests", "-"],
        long.as_bytes(),
    );
    assert!(
        stderr(&output).contains("a line is longer than 1048576 bytes")
            || stdout(&output).contains("longer"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_record_may_hold_so_much_and_no_more() {
    let place = Place::new();
    let many: Vec<String> = (0..50_000).map(|at| format!("table-{at}")).collect();
    let tables = many
        .iter()
        .map(|name| (name.clone(), json!({})))
        .collect::<serde_json::Map<_, _>>();
    let record = call(
        1,
        "dynamodb.amazonaws.com",
        "BatchGetItem",
        &json!({ "requestItems": tables }),
    );
    let path = place.file("t.json", trail(&[record]));
    let output = polgen(&[
        "suggest", "--role", "app", "--trail", &path, "--format", "policy",
    ]);
    assert!(stdout(&output).contains("table/*"), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("could not be told"),
        "{}",
        stderr(&output)
    );
    let large = s3_call(1, "GetObject", "data", &"k".repeat(17 << 20)).to_string();
    let mut both = large.into_bytes();
    both.write_all(format!("\n{}\n", s3_call(2, "GetObject", "data", "in/a")).as_bytes())
        .unwrap();
    let path = place.file("large.json", both);
    refused(
        &["suggest", "--role", "app", "--trail", &path],
        "large.json",
    );
    let output = polgen(&[
        "suggest",
        "--role",
        "app",
        "--trail",
        &path,
        "--allow-gaps",
        "--format",
        "policy",
    ]);
    assert!(stdout(&output).contains("data/in/a"), "{}", stderr(&output));
}

#[test]
fn a_saved_answer_and_a_module_may_hold_so_much_and_no_more() {
    let place = Place::new();
    let file = place.file("saved/buckets/data/get-bucket-policy.json", "");
    let sparse = std::fs::File::create(&file).unwrap();
    sparse.set_len((64 << 20) + 1).unwrap();
    refused(
        &["harden", "--saved", &format!("{}/saved", place.path())],
        "holds more than the 67108864 bytes that are read",
    );
    let blocks = |count: usize| "locals {}\n".repeat(count);
    let largest = place.file("largest/main.tf", blocks(20_000));
    let output = polgen(&["harden", &largest]);
    assert!(
        !stderr(&output).contains("that are read"),
        "{}",
        stderr(&output)
    );
    let larger = place.file("larger/main.tf", blocks(20_001));
    for command in ["harden", "check"] {
        refused(
            &[command, &larger],
            "20001 blocks, more than the 20000 that are read",
        );
    }
}
