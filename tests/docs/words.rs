//! Examples that cannot run here: their commands and flags must exist all the same.

use std::process::Command;

/// Looks at each command line of polgen's in a block.
pub(crate) fn check(block: &str) -> Result<(), String> {
    let mut lines = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            lines.push(command.to_owned());
        } else if let (Some(more), Some(last)) = (line.strip_prefix("> "), lines.last_mut()) {
            last.push(' ');
            last.push_str(more);
        }
    }
    if lines.is_empty() {
        return Err("expected a command after `$ `, found none".to_owned());
    }
    let parts = lines.iter().flat_map(|line| line.split(['|', ';', '&']));
    for part in parts {
        let words: Vec<&str> = part.split_whitespace().collect();
        if words.first() == Some(&"polgen") {
            of_polgen(&words)?;
        }
    }
    Ok(())
}

fn of_polgen(words: &[&str]) -> Result<(), String> {
    let line = words.join(" ");
    let command = words.get(1).copied().unwrap_or_default();
    let mut names = vec![command];
    // `usage merge`, `self-policy harden`: a word after the command may be one of its own commands.
    let second = words.get(2).filter(|word| !word.starts_with('-'));
    let helps = help(&names).ok_or(format!("`{line}`: there is no command `{command}`"))?;
    let mut text = helps;
    if let Some(second) = second {
        names.push(second);
        text.push_str(&help(&names).unwrap_or_default());
    }
    let flags = words
        .iter()
        .filter(|word| word.starts_with("--") && word.len() > 2);
    for flag in flags {
        let name = flag.split('=').next().unwrap_or(flag);
        let is_known = text
            .split(|character: char| !(character.is_alphanumeric() || character == '-'))
            .any(|word| word == name);
        if !is_known {
            return Err(format!("`{line}`: `polgen {command}` has no flag `{name}`"));
        }
    }
    Ok(())
}

fn help(names: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_polgen"))
        .env_clear()
        .args(names)
        .arg("--help")
        .output()
        .unwrap();
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).expect("text"))
}
