//! The terminal that words are set for: its width, its colours, the links that it takes.
//!
//! Colours say nothing alone: signs and words stand before them. `anstream` takes all of this away again where standard error
//! is no terminal or `NO_COLOR` is set.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, stderr, stdout};

use anstyle::{AnsiColor, Style};
use supports_hyperlinks::Stream;

use crate::report::{Report, Screen};

/// The narrowest screen that is set for; in a narrower one the terminal breaks the lines.
const LEAST_WIDTH: usize = 60;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// What standard error is: as wide as `COLUMNS` or the terminal says, else of no width.
pub(super) fn of_words(is_verbose: bool) -> Screen {
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|text| text.parse().ok());
    let width = told.or_else(|| {
        let is_terminal = stderr().is_terminal();
        is_terminal.then(|| width_of(terminal_size::terminal_size_of(stderr())))?
    });
    Screen {
        width: width.map(|width: usize| width.max(LEAST_WIDTH)),
        is_verbose,
    }
}

/// How wide standard output is, if it is a terminal. Data for a program is never cut.
pub(super) fn width_of_data() -> Option<usize> {
    let is_terminal = stdout().is_terminal();
    let width = is_terminal.then(|| width_of(terminal_size::terminal_size_of(stdout())))?;
    width.map(|width| width.max(LEAST_WIDTH))
}

fn width_of(size: Option<(terminal_size::Width, terminal_size::Height)>) -> Option<usize> {
    size.map(|(width, _)| usize::from(width.0))
}

/// Colours the screen of a report, and links the role to its page in the console.
pub(super) fn paint(text: &str, report: &Report) -> String {
    let mut painted = String::with_capacity(text.len() + 512);
    let mut is_head = true;
    let mut before = "";
    for line in text.lines() {
        is_head &= !line.is_empty();
        let is_first = before.is_empty();
        let painted_line = match line {
            _ if is_head => head(line, report),
            _ if line.starts_with("warning: ") => prefixed(line, "warning:", AnsiColor::Yellow),
            _ if line.starts_with("  hint: ") => prefixed(line, "  hint:", AnsiColor::Cyan),
            _ if line.starts_with("     ") && is_first => format!("{BOLD}{line}{BOLD:#}"),
            _ => row(line),
        };
        painted.push_str(&painted_line);
        painted.push('\n');
        before = line;
    }
    painted.pop();
    painted
}

fn head(line: &str, report: &Report) -> String {
    let Some((label, fact)) = line.split_at_checked(10) else {
        return line.to_owned();
    };
    let fact = match label {
        "Role      " if supports_hyperlinks::on(Stream::Stderr) => linked_role(fact, report),
        _ => fact.to_owned(),
    };
    format!("{BOLD}{label}{BOLD:#}{fact}")
}

/// The console's page of a role. Only names of AWS's own partition have one at this address.
fn linked_role(fact: &str, report: &Report) -> String {
    let name = &report.role.name;
    let is_linked = report.role.arn.starts_with("arn:aws:iam::") && !name.is_empty();
    if !is_linked {
        return fact.to_owned();
    }
    let mut address = "https://console.aws.amazon.com/iam/home#/roles/details/".to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    fact.replacen(name.as_str(), &link(&address, name), 1)
}

fn prefixed(line: &str, prefix: &str, color: AnsiColor) -> String {
    let style = Style::new().bold().fg_color(Some(color.into()));
    let rest = line.strip_prefix(prefix).unwrap_or_default();
    format!("{style}{prefix}{style:#}{rest}")
}

/// A row of a table by its sign; what the legend and continued lines hold stays as it is.
fn row(line: &str) -> String {
    let signs = [
        ("=", AnsiColor::Green),
        ("~", AnsiColor::Yellow),
        ("+", AnsiColor::Blue),
        ("?", AnsiColor::Magenta),
        ("!", AnsiColor::Magenta),
        ("-", AnsiColor::Red),
        ("x", AnsiColor::Red),
    ];
    for (sign, color) in signs {
        if let Some(rest) = line.strip_prefix(&format!("  {sign}  ")) {
            let style = Style::new().bold().fg_color(Some(color.into()));
            return format!("  {style}{sign}{style:#}  {rest}");
        }
    }
    if line.starts_with("       ") {
        return format!("{DIM}{line}{DIM:#}");
    }
    line.to_owned()
}

/// A link as terminals take it (OSC 8).
fn link(address: &str, words: &str) -> String {
    format!("\u{1b}]8;;{address}\u{1b}\\{words}\u{1b}]8;;\u{1b}\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_signs_and_change_no_word() {
        let lines = [
            "  ~  s3:GetObject  1",
            "     Action  Uses",
            "warning: a",
            "  hint: b",
            "  ~ narrowed   - removed",
            "é",
        ];
        for line in lines {
            let painted = match line {
                _ if line.starts_with("warning: ") => prefixed(line, "warning:", AnsiColor::Yellow),
                _ if line.starts_with("  hint: ") => prefixed(line, "  hint:", AnsiColor::Cyan),
                _ => row(line),
            };
            assert_eq!(anstream::adapter::strip_str(&painted).to_string(), line);
        }
        assert_ne!(row("  ~  s3:GetObject  1"), "  ~  s3:GetObject  1");
        assert_eq!(row("  ~ narrowed   - removed"), "  ~ narrowed   - removed");
    }

    #[test]
    fn links_are_what_terminals_take() {
        assert_eq!(
            link("https://example.com/", "here"),
            "\u{1b}]8;;https://example.com/\u{1b}\\here\u{1b}]8;;\u{1b}\\"
        );
    }
}
