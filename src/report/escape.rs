//! Text from logs inside Markdown, HTML and workflow commands: whoever names an object writes none of them.
//!
//! GitHub and GitLab link what they find in text (`@user`, `#1`, `GH-1`, hashes, addresses), and they look for it in the rendered
//! page, where an escaped character is the character again. Only code is safe from that. So text goes out in two ways: as
//! code, or as words of which nothing can be made; what is no such word becomes code.

use std::borrow::Cow;

use super::plain;

/// The shortest hash that a hosting platform takes for a commit.
const SHORTEST_HASH: usize = 7;

/// Writes text as a code span that it cannot leave, in a table or out of one; nothing for no text.
pub fn code_span(text: &str) -> String {
    let text = plain(text);
    let mut written = String::with_capacity(text.len() + 2);
    // No way to write a bar inside a code span holds for tables and elsewhere alike, so it stands between two.
    for (index, part) in text.split('|').enumerate() {
        if index > 0 {
            written.push_str("&#124;");
        }
        if !part.is_empty() {
            written.push_str(&span(part));
        }
    }
    written
}

fn span(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text) + 1);
    let is_stripped =
        text.starts_with(' ') && text.ends_with(' ') && text.chars().any(|one| one != ' ');
    let space = if is_stripped || text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// Writes lines as a fenced block that they cannot leave.
pub fn fence(language: &str, text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    let lines: Vec<Cow<'_, str>> = text.lines().map(plain).collect();
    format!("{ticks}{language}\n{}\n{ticks}", lines.join("\n"))
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// Writes a sentence as Markdown. What stands in backticks, and words that could be made something of, become code.
pub fn prose(text: &str) -> String {
    sentence(text, code_span)
}

/// Writes a sentence as HTML, where Markdown does not reach: the title of a fold-out.
pub fn html(text: &str) -> String {
    sentence(text, |part| {
        let mut written = String::with_capacity(part.len() + 13);
        written.push_str("<code>");
        for character in plain(part).chars() {
            match character {
                '&' => written.push_str("&amp;"),
                '<' => written.push_str("&lt;"),
                '>' => written.push_str("&gt;"),
                '"' => written.push_str("&quot;"),
                other => written.push(other),
            }
        }
        written.push_str("</code>");
        written
    })
}

fn sentence(text: &str, code: impl Fn(&str) -> String) -> String {
    // An odd backtick opens nothing: it is a part of the words that follow.
    let is_odd = text.matches('`').count() % 2 == 1;
    let end = text.rfind('`').filter(|_| is_odd).unwrap_or(text.len());
    let (paired, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let mut written = String::new();
    for (index, part) in paired.split('`').enumerate() {
        if index % 2 == 1 && part.is_empty() {
            // The words around nothing would be one, which none of them was looked at as.
            if !written.is_empty() && !written.ends_with(' ') {
                written.push(' ');
            }
            continue;
        }
        let piece = if index % 2 == 1 {
            code(part)
        } else {
            // What is empty so far leaves the start of the line to what follows.
            words(part, written.trim().is_empty(), &code)
        };
        push(&mut written, &piece);
    }
    let rest = words(rest, written.trim().is_empty(), &code);
    push(&mut written, &rest);
    written
}

/// Two code spans that touch would be one.
fn push(written: &mut String, piece: &str) {
    if written.ends_with('`') && piece.starts_with('`') {
        written.push(' ');
    }
    written.push_str(piece);
}

fn words(text: &str, is_first: bool, code: &impl Fn(&str) -> String) -> String {
    // Spaces are said once: four at the start of a line would make a block of code.
    let mut written = String::with_capacity(text.len());
    if !is_first && text.starts_with(' ') {
        written.push(' ');
    }
    let words = text.split(' ').filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            written.push(' ');
        }
        if is_harmless(word) && !(is_first && index == 0 && is_list_mark(word)) {
            written.push_str(word);
        } else {
            written.push_str(&code(word));
        }
    }
    if text.ends_with(' ') && !written.is_empty() && !written.ends_with(' ') {
        written.push(' ');
    }
    written
}

/// Says whether nothing can be made of a word: neither markup, nor a link, nor a mention.
fn is_harmless(word: &str) -> bool {
    let is_plain = |one: char| one.is_alphanumeric() || ",.;:'()?%–—→-".contains(one);
    let core = word.trim_end_matches([',', '.', ';', ':', ')']);
    let is_joined = |one: &str| one.contains([':', ';']) || one.contains("--");
    word.chars().all(is_plain)
        && !is_joined(core)
        && !core.starts_with('-')
        && !core.ends_with('-')
        && !core.to_ascii_lowercase().contains("www")
        && !has_reference(core)
        && !has_hash(core)
}

/// `GH-1`, `JIRA-12`: letters, a dash and a digit.
fn has_reference(word: &str) -> bool {
    let mut parts = word.split('-').peekable();
    while let Some(part) = parts.next() {
        let is_named = part.ends_with(char::is_alphabetic);
        let is_numbered = parts
            .peek()
            .is_some_and(|next| next.starts_with(|one: char| one.is_ascii_digit()));
        if is_named && is_numbered {
            return true;
        }
    }
    false
}

fn has_hash(word: &str) -> bool {
    word.split(|one: char| !one.is_alphanumeric())
        .any(|run| run.len() >= SHORTEST_HASH && run.chars().all(|digit| digit.is_ascii_hexdigit()))
}

/// At the start of a line, `1.` and `1)` begin a list.
fn is_list_mark(word: &str) -> bool {
    word.strip_suffix(['.', ')'])
        .is_some_and(|number| number.chars().all(|digit| digit.is_ascii_digit()))
}

/// Writes a command to GitHub's workflow runner, `::error file=a.yaml,line=3::message`, as one line.
///
/// Neither a property nor the message can end the command or begin another. Line ends in the message stay line ends in the
/// annotation. Source: the runner's own toolkit (`@actions/core`, `command.ts`).
pub fn workflow_command(command: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| {
            let value = data(value).replace(':', "%3A").replace(',', "%2C");
            format!("{name}={value}")
        })
        .collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!(
        "::{command}{space}{}::{}",
        properties.join(","),
        data(message)
    )
}

fn data(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(plain).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_does_not_hide_the_start_of_a_line() {
        for text in ["``1. ", "`` 1. a", " ``  `` 2) a", "1. a", "`` `1."] {
            let written = prose(text);
            let first = written.trim_start().split(' ').next().unwrap_or_default();
            assert!(first.starts_with('`'), "{text}: {written}");
        }
    }

    #[test]
    fn names_cannot_leave_their_code_span() {
        assert_eq!(code_span("a`b"), "``a`b``");
        assert_eq!(code_span("`@team`"), "`` `@team` ``");
        assert_eq!(code_span(" x "), "`  x  `");
        assert_eq!(code_span(" x"), "` x`");
        assert_eq!(code_span("  "), "`  `");
        assert_eq!(code_span("a|b\n# x"), "`a`&#124;`b\\u{a}# x`");
        assert_eq!(code_span(r"a\|b"), r"`a\`&#124;`b`");
        assert_eq!(code_span(""), "");
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        let block = fence("diff", "+ ```\n+ ````\n");
        assert!(block.starts_with("`````diff\n") && block.ends_with("\n`````"));
    }

    #[test]
    fn words_that_could_be_made_something_of_are_code() {
        let harmless = "1,247 actions (of 3) are kept, since it's so: see below; done?";
        assert_eq!(prose(harmless), harmless);
        for word in [
            "@all",
            "a@b.de",
            "#1",
            "GH-1",
            "abc-7",
            "deadbeef",
            "deadbee",
            "of-deadbee",
            "www.x.de",
            "https://x",
            "<img>",
            "*x*",
            "_x_",
            "!7",
            "~bug",
            "&1",
            "$x",
            ":tada:",
            "-",
            "--",
            "[x](y)",
            "a\\",
            "x/y",
            "=",
            "+",
            "\u{202e}x",
        ] {
            assert_eq!(prose(word), code_span(word), "{word}");
        }
        assert_eq!(prose("GH``-1 :``tada: ````x"), "GH `-1` : tada: x");
        assert_eq!(prose("1. one"), "`1.` one");
        assert_eq!(prose("1a. deadbe"), "1a. deadbe");
        assert_eq!(prose("    a  `b`  c"), "a `b` c");
    }

    #[test]
    fn what_stands_in_backticks_is_code() {
        assert_eq!(prose("the role `a-1`, `b`"), "the role `a-1`, `b`");
        assert_eq!(prose("`a``b`"), "`a` `b`");
        assert_eq!(prose("it's `open @all"), "it's `` `open `` `@all`");
        assert_eq!(prose("`a`` @all"), "`a` `` ` `` `@all`");
        assert_eq!(
            html("of `<b>` &c"),
            "of <code>&lt;b&gt;</code> <code>&amp;c</code>"
        );
    }

    #[test]
    fn a_workflow_command_ends_where_it_should() {
        let command = workflow_command(
            "error",
            &[("file", "a,b:c.yaml"), ("line", "3")],
            "100% of\nit\r::set-env::x",
        );
        assert_eq!(
            command,
            "::error file=a%2Cb%3Ac.yaml,line=3::100%25 of%0Ait\\u{d}::set-env::x"
        );
        assert_eq!(workflow_command("debug", &[], "x"), "::debug::x");
    }
}

#[cfg(test)]
#[path = "escape/tests.rs"]
mod properties;
