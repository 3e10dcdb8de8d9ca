//! Hostile text, read as GitHub reads Markdown: nothing of it is anything but text.

use comrak::Options;
use proptest::prelude::*;

use super::*;

/// Renders as GitHub does, and leaves HTML in, to see it.
fn rendered(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// What a code span must be read as: its parts as code, with bars between them.
fn as_code(text: &str) -> String {
    let shown = plain(text);
    let parts = shown.split('|').map(|part| {
        if part.is_empty() {
            String::new()
        } else {
            format!("<code>{}</code>", escaped(part))
        }
    });
    parts.collect::<Vec<_>>().join("|")
}

/// What is left of HTML without its code.
fn without_code(html: &str) -> String {
    let mut parts = html.split("<code>");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        rest.push_str(part.split_once("</code>").unwrap().1);
    }
    rest
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        proptest::sample::select(vec![
            "`",
            "``",
            "```",
            "|",
            "\\",
            "\\|",
            "\n",
            "\r\n",
            "\n\n",
            "@team",
            "#1",
            "GH-1",
            "JIRA-12",
            "deadbeef",
            "<!--",
            "-->",
            "<!-- polgen:comment:v1 0 -->",
            "<script>",
            "</code>",
            "</details>",
            "</summary>",
            "&#64;",
            "&lt;",
            "https://x.de",
            "www.x.de",
            "a@b.de",
            "[x](y)",
            "![x](y)",
            "*",
            "_",
            "~~",
            "---",
            "- [ ] ",
            "1. ",
            "# ",
            "> ",
            "    ",
            "\t",
            "::error::",
            "%0A",
            "##[error]",
            "\u{202e}",
            "\u{0}",
            "é",
            "日本",
            "/close",
            "!7",
            "~bug",
            ":tada:",
            " ",
            "  ",
        ])
        .prop_map(str::to_owned),
        "[a-z0-9 .,:;()'-]{0,8}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn code_is_read_as_just_that_text(text in hostile()) {
        let wanted = as_code(&text);
        let line = rendered(&format!("x {} y", code_span(&text)));
        prop_assert_eq!(line, format!("<p>x {wanted} y</p>\n"));
        let table = rendered(&format!("| a | b |\n|---|---|\n| {} | z |", code_span(&text)));
        let cells = format!("<td>{wanted}</td>\n<td>z</td>");
        prop_assert!(table.contains(&cells), "{}", table);
    }

    #[test]
    fn a_fence_holds_every_line(text in hostile()) {
        let lines: Vec<String> = text.lines().map(|line| escaped(&plain(line))).collect();
        let block = rendered(&format!("{}\n\nz", fence("diff", &text)));
        let body = lines.join("\n");
        let wanted = format!("<pre><code class=\"language-diff\">{body}\n</code></pre>\n<p>z</p>\n");
        prop_assert_eq!(block, wanted);
    }

    #[test]
    fn prose_makes_nothing_but_words_and_code(text in hostile()) {
        let html = rendered(&prose(&text));
        let rest = without_code(&html);
        let rest = rest.strip_prefix("<p>").unwrap_or(&rest).trim_end();
        let rest = rest.strip_suffix("</p>").unwrap_or(rest).replace('|', "");
        prop_assert!(!rest.contains(['<', '>', '@', '#', '/', '!', '~', '&', '^', '$', '\\']), "{}", html);
        for word in rest.split(' ') {
            prop_assert!(is_harmless(word), "{}", word);
        }
    }

    #[test]
    fn a_title_stays_in_its_fold_out(text in hostile()) {
        let folded = rendered(&format!("<details><summary>{}</summary>\n\nz\n\n</details>", html(&text)));
        let rest = without_code(&folded);
        let inner = rest.strip_prefix("<details><summary>").unwrap();
        let inner = inner.strip_suffix("</summary>\n<p>z</p>\n</details>\n").unwrap();
        prop_assert!(!inner.contains(['<', '>', '@', '#', '/', '&', '\n']), "{}", folded);
    }

    #[test]
    fn a_command_is_one_line_with_its_own_properties(file in hostile(), message in hostile()) {
        let command = workflow_command("error", &[("file", &file), ("line", "7")], &message);
        prop_assert_eq!(command.lines().count(), 1);
        let (head, said) = command.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let undone = |text: &str| text.replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
        let pairs: Vec<(&str, &str)> = head.split(',').filter_map(|pair| pair.split_once('=')).collect();
        prop_assert_eq!(pairs.len(), 2);
        let shown = |text: &str| text.split('\n').map(plain).collect::<Vec<_>>().join("\n");
        prop_assert_eq!(undone(pairs[0].1), shown(&file));
        prop_assert_eq!(undone(said), shown(&message));
    }
}
