//! What a new user meets first: a role to pick, a file to fill in, completions and man pages.

#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::world::{Place, assert_exit, polgen, stderr, stdout};

/// Types into polgen at a terminal of its own, once its list is there.
fn typed(line: &str, keys: &[u8]) -> Output {
    let mut child = Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .env("POLGEN", env!("CARGO_BIN_EXE_polgen"))
        .env("TERM", "xterm-256color")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Keys wait in the terminal until they are read.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(keys).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    output
}

#[test]
fn the_role_with_most_to_remove_is_offered_first_and_others_are_found_by_typing() {
    let line =
        "\"$POLGEN\" suggest --trail samples/trail --current samples/role.json --format summary";
    let output = typed(line, b"\r");
    let text = stdout(&output);
    assert!(text.contains("275 of 307 actions removable"), "{text}");
    assert!(!text.contains("AWSServiceRoleForConfig"), "{text}");
    assert!(
        text.contains("ReportInstanceRole (111122223333): 307 -> "),
        "{text}"
    );
    let text = stdout(&typed(line, b"prototype\r"));
    assert!(
        text.contains("PrototypeFunctionRole (111122223333): 286 -> 14 actions"),
        "{text}"
    );
}

#[test]
fn leaving_the_list_suggests_nothing() {
    let text = stdout(&typed("\"$POLGEN\" suggest --trail samples/trail", b"\x1b"));
    assert!(text.contains("no role was picked"), "{text}");
    assert!(!text.contains("\"Statement\""), "{text}");
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let output = polgen(&["suggest", "--trail", "samples/trail"]);
    assert_exit(&output, 2);
    assert!(
        stderr(&output).contains("--role <ROLE>"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_file_to_fill_in_is_written_once() {
    let place = Place::new();
    let path = format!("{}/polgen.toml", place.path());
    assert_exit(&polgen(&["init", &path]), 0);
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("#[[keep]]") && written.contains("#[[allow]]"));
    fs::write(&path, "# mine\n").unwrap();
    let output = polgen(&["init", &path]);
    assert_exit(&output, 1);
    assert!(stderr(&output).contains("hint: write over it with `--force`"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
    assert_exit(&polgen(&["init", &path, "--force"]), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    // Nothing else is left in the folder, and the file decides nothing.
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    let suggest = [
        "suggest",
        "--role",
        "ReportInstanceRole",
        "--trail",
        "samples/trail",
    ];
    let plain = polgen(&suggest);
    let with = polgen(&[&suggest[..], &["--config", &path]].concat());
    assert_exit(&with, 0);
    assert_eq!(stdout(&with), stdout(&plain));
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    let place = Place::new();
    let path = format!("{}/no/such/folder/polgen.toml", place.path());
    let output = polgen(&["init", &path]);
    assert_exit(&output, 1);
    assert!(stderr(&output).contains("could not be written"));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

/// Lets a shell complete, with the completions loaded.
fn completed(shell: &str, script: &str) -> Option<String> {
    let place = Place::new();
    let output = polgen(&["completions", shell]);
    assert_exit(&output, 0);
    let file = place.file("completions", stdout(&output));
    let done = Command::new(shell)
        .args(["-c", script])
        .env("COMPLETIONS", &file)
        .env("HOME", place.path())
        .output()
        .ok()?;
    assert!(done.status.success(), "{shell}: {}", stderr(&done));
    Some(stdout(&done))
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let script = |line: &str, word: &str, before: &str| {
        format!(
            "source \"$COMPLETIONS\"; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _polgen polgen '{word}' '{before}'; echo \"${{COMPREPLY[@]}}\""
        )
    };
    let complete = |line, word, before| completed("bash", &script(line, word, before)).unwrap();
    assert_eq!(complete("polgen sug", "sug", "polgen"), "suggest\n");
    assert_eq!(
        complete("polgen suggest --ro", "--ro", "suggest"),
        "--role\n"
    );
    assert_eq!(
        complete("polgen suggest --style com", "com", "--style"),
        "compact\n"
    );
    assert_eq!(complete("polgen usage mer", "mer", "usage"), "merge\n");
}

#[test]
fn other_shells_read_their_completions() {
    if let Some(shown) = completed("fish", "source $COMPLETIONS; complete -C 'polgen sug'") {
        assert!(shown.starts_with("suggest\t"), "{shown}");
    }
    let zsh = "autoload -U compinit; compinit -u -D; source $COMPLETIONS; whence -w _polgen";
    if let Some(shown) = completed("zsh", zsh) {
        assert_eq!(shown, "_polgen: function\n");
    }
    let output = polgen(&["completions", "powershell"]);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("Register-ArgumentCompleter"));
    let output = polgen(&["completions", "tcsh"]);
    assert_exit(&output, 2);
}

#[test]
fn every_command_has_a_man_page() {
    let place = Place::new();
    let folder = format!("{}/man", place.path());
    assert_exit(&polgen(&["man", &folder]), 0);
    let help = stdout(&polgen(&["-h"]));
    let commands = help
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let mut seen = 0;
    for name in commands.filter_map(|line| line.split_whitespace().next()) {
        if name.starts_with('-') || name == "polgen" {
            continue;
        }
        let page = fs::read_to_string(format!("{folder}/polgen-{name}.1"));
        let page = page.unwrap_or_else(|error| panic!("polgen-{name}.1: {error}"));
        assert!(
            page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"),
            "{name}"
        );
        seen += 1;
    }
    assert!(seen > 15, "{seen} pages");
    assert!(
        fs::read_to_string(format!("{folder}/polgen.1"))
            .unwrap()
            .contains("polgen")
    );
    // The same again gives the same bytes.
    let first = fs::read(format!("{folder}/polgen-suggest.1")).unwrap();
    assert_exit(&polgen(&["man", &folder]), 0);
    assert_eq!(
        fs::read(format!("{folder}/polgen-suggest.1")).unwrap(),
        first
    );
}
