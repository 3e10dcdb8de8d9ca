//! The help texts, committed, so that a change to them is seen and meant.

use crate::world::{assert_exit, assert_golden, polgen, stdout};

/// How a terminal of ordinary size shows a help text without scrolling.
const MOST_LINES: usize = 40;
const MOST_COLUMNS: usize = 80;

#[test]
fn short_help_fits_a_screen() {
    for command in commands() {
        let arguments: Vec<&str> = command
            .split(' ')
            .filter(|word| !word.is_empty())
            .chain(["-h"])
            .collect();
        let output = polgen(&arguments);
        assert_exit(&output, 0);
        let text = stdout(&output);
        assert!(
            text.lines().count() <= MOST_LINES,
            "`polgen {command} -h` is too long:\n{text}"
        );
        for line in text.lines() {
            assert!(
                line.chars().count() <= MOST_COLUMNS,
                "`polgen {command} -h` is too wide: {line}"
            );
        }
        assert_golden(&format!("help/{}.short.txt", name_of(&command)), &text);
    }
}

#[test]
fn long_help_is_as_committed() {
    for command in commands() {
        let arguments: Vec<&str> = command
            .split(' ')
            .filter(|word| !word.is_empty())
            .chain(["--help"])
            .collect();
        let output = polgen(&arguments);
        assert_exit(&output, 0);
        assert_golden(
            &format!("help/{}.long.txt", name_of(&command)),
            &stdout(&output),
        );
    }
}

fn name_of(command: &str) -> String {
    if command.is_empty() {
        "polgen".to_owned()
    } else {
        command.replace(' ', "-")
    }
}

/// The program itself, each of its commands, and theirs, as the help lists them.
fn commands() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut at = 0;
    while let Some(command) = all.get(at).cloned() {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("-h");
        for name in listed(&stdout(&polgen(&arguments))) {
            all.push(format!("{command} {name}").trim().to_owned());
        }
        at += 1;
    }
    assert!(
        all.len() > 18 && all.iter().any(|name| name == "usage merge"),
        "{all:?}"
    );
    all
}

fn listed(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    lines
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}
