//! What people see at a terminal: any width, colours and links only where they are taken, a wait that is told, a clean end.

#![cfg(unix)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use unicode_width::UnicodeWidthStr as _;

use crate::world::{Place, ROLE, assert_exit, assert_golden, command, polgen, stderr, stdout};

const SUGGEST: [&str; 7] = [
    "suggest",
    "--role",
    ROLE,
    "--trail",
    "samples/trail",
    "--current",
    "samples/role.json",
];

/// The screen with these variables in the environment.
fn screen(variables: &[(&str, &str)]) -> String {
    let output = command(&SUGGEST)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert_exit(&output, 0);
    stderr(&output)
}

/// Runs a shell's command at a terminal of its own, and returns all that the terminal was sent.
fn at_a_terminal(line: &str) -> String {
    let output = Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .env("POLGEN", env!("CARGO_BIN_EXE_polgen"))
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_screen_fits_any_width() {
    for width in [60, 80, 120] {
        let text = screen(&[("COLUMNS", &width.to_string())]);
        for line in text.lines() {
            // A hint is there to be pasted, and a name to be copied: neither is broken.
            let stays_whole = line.starts_with("  hint: ") || !line.trim().contains(' ');
            assert!(
                stays_whole || line.width() <= width,
                "{width} columns: {line}"
            );
        }
        assert_golden(&format!("suggest/sample.screen.{width}.txt"), &text);
    }
}

#[test]
fn no_word_of_the_tables_head_is_lost_by_the_width() {
    let words = |text: &str| -> Vec<String> {
        let head = text.split("\n\n").next().unwrap();
        head.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(words(&screen(&[("COLUMNS", "60")])), words(&screen(&[])));
}

#[test]
fn colours_and_links_come_only_where_they_are_taken() {
    let plain = screen(&[]);
    assert!(!plain.contains('\u{1b}'));
    let forced = screen(&[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains("\u{1b}[1m") && !forced.contains("\u{1b}]8;;"));
    let linked = screen(&[("CLICOLOR_FORCE", "1"), ("FORCE_HYPERLINK", "1")]);
    let link = "\u{1b}]8;;https://console.aws.amazon.com/iam/home#/roles/details/PrototypeFunctionRole\u{1b}\\";
    assert!(linked.contains(link), "{linked}");
    for variables in [
        &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")][..],
        &[("NO_COLOR", "1"), ("FORCE_HYPERLINK", "1")],
    ] {
        assert_eq!(screen(variables), plain);
    }
}

#[test]
fn a_wait_is_told_at_a_terminal_and_leaves_no_trace() {
    let place = Place::new();
    let out = format!("{}/policy.json", place.path());
    let line = format!(
        "(sleep 1.2; cat samples/trail/AWSLogs/*/CloudTrail/eu-central-1/2026/06/01/*.gz) | \"$POLGEN\" suggest --role {ROLE} --trail - --allow-gaps > {out}"
    );
    let sent = at_a_terminal(&line);
    assert!(sent.contains("reading the trail"), "{sent}");
    assert!(sent.contains("Suggested"), "{sent}");
    // The same without a terminal says nothing of it.
    let output = polgen(&SUGGEST);
    assert!(!stderr(&output).contains("reading"));
}

#[test]
fn a_pager_comes_when_asked_for_and_somebody_looks() {
    let line = "PAGER=\"sed 's/^/paged: /'\" \"$POLGEN\" catalog sqs:SendMessage";
    assert!(!at_a_terminal(line).contains("paged: "));
    let sent = at_a_terminal(&format!("{line} --pager"));
    assert!(sent.contains("paged: sqs:SendMessage"), "{sent}");
    let sent = at_a_terminal(&format!(
        "PAGER=\"sed 's/^/paged: /'\" \"$POLGEN\" --pager {}",
        SUGGEST.join(" ")
    ));
    assert!(
        sent.contains("paged: ") && sent.contains("\"Version\""),
        "{sent}"
    );
    // Without a terminal there is none.
    let output = command(&["catalog", "sqs:SendMessage", "--pager"])
        .env("PAGER", "false")
        .output()
        .unwrap();
    assert_exit(&output, 0);
    assert!(stdout(&output).starts_with("sqs:SendMessage"));
}

#[test]
fn ctrl_c_ends_a_run_at_once() {
    let mut child = command(&["suggest", "--role", ROLE, "--trail", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds: once this is written, polgen reads, and so has begun to listen.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&vec![b' '; 1 << 20]).unwrap();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_exit(&output, 130);
    assert_eq!(stderr(&output), "cancelled\n");
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_summary_is_plain_text_to_paste() {
    let mut arguments = SUGGEST.to_vec();
    arguments.extend(["--format", "summary"]);
    let output = polgen(&arguments);
    assert_exit(&output, 0);
    assert_eq!(stderr(&output), "");
    assert_golden("suggest/sample.summary.txt", &stdout(&output));
}
