//! Holds that a comment of any length fits: what matters least goes first, and what is left is whole Markdown.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

use super::*;

const MOST: usize = 65_536;
/// The parts that can be cut, the most important first.
const RANKS: [Rank; 11] = [
    Rank::Table,
    Rank::Change,
    Rank::Proof,
    Rank::Warning,
    Rank::Policy,
    Rank::Denied,
    Rank::Hidden,
    Rank::Findings,
    Rank::Removed,
    Rank::Patterns,
    Rank::Evidence,
];

/// A section of each rank, as tables and fences in turn, in no order of importance.
fn sections(rows: usize) -> Vec<Section> {
    let mut sections = vec![Section::plain(
        Rank::Verdict,
        "**the verdict** \u{1f600}".to_owned(),
    )];
    for (at, rank) in RANKS.into_iter().enumerate().rev() {
        let title = format!("part {at}");
        sections.push(if at % 2 == 0 {
            let head = ["| Action | Uses |", "|---|--:|"];
            let rows = (0..rows).map(|row| format!("| `part-{at}-row-{row}` \u{1f600} | 1 |"));
            Section::table(rank, Some(title), head, rows.collect())
        } else {
            let lines: Vec<String> = (0..rows)
                .map(|row| format!("+ part-{at}-row-{row}"))
                .collect();
            let fence = format!("````diff\n{}\n````", lines.join("\n"));
            Section::fenced(rank, title, &fence)
        });
    }
    sections.push(Section::plain(Rank::Verdict, "the last words".to_owned()));
    sections
}

fn comment(most_characters: usize) -> Comment<'static> {
    Comment {
        notices: &[],
        unseen: &[],
        report_url: Some("https://ci.example/run/1"),
        most_characters,
    }
}

fn whole(text: &str) -> bool {
    let mut options = Options::default();
    options.extension.table = true;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    let mut depth = 0_i32;
    let mut words = 0;
    for node in root.descendants() {
        match &node.data.borrow().value {
            NodeValue::HtmlBlock(block) => {
                depth += i32::try_from(block.literal.matches("<details>").count()).unwrap();
                depth -= i32::try_from(block.literal.matches("</details>").count()).unwrap();
                assert!((0..=1).contains(&depth), "{}", block.literal);
            }
            // What stands behind a fence that is not closed would be code.
            NodeValue::CodeBlock(block) => {
                assert!(
                    block
                        .literal
                        .lines()
                        .all(|line| line.starts_with("+ part-"))
                );
            }
            NodeValue::Text(text) if text.contains("the last words") => words += 1,
            _ => {}
        }
    }
    depth == 0 && words == 1
}

#[test]
fn what_is_too_long_is_cut_from_what_matters_least() {
    let markers = [marker("a"), marker("b")].join("\n");
    for (rows, most) in [
        (5_000, MOST),
        (400, MOST),
        (300, 9_000),
        (1, MOST),
        (700, 30_000),
    ] {
        let text = comment(most).shortened(&markers, sections(rows));
        assert!(length(&text) <= most, "{rows}: {}", length(&text));
        let start = format!("{markers}\n### Least privilege\n\n**the verdict**");
        assert!(text.starts_with(&start), "{text}");
        assert!(whole(&text), "{rows}");
        let kept: Vec<usize> = (0..RANKS.len())
            .map(|at| text.matches(&format!("part-{at}-row-")).count())
            .collect();
        let first_cut = kept.iter().position(|count| *count < rows);
        if let Some(first_cut) = first_cut {
            // Nothing that matters less than a part that was cut is left.
            let after = kept.get(first_cut + 1..).unwrap();
            assert!(after.iter().all(|count| *count == 0), "{kept:?}");
            assert!(text.contains("[The whole report](https://ci.example/run/1)"));
            assert!(text.to_lowercase().contains("left out"), "{kept:?}");
        }
        let is_cut = first_cut.is_some();
        assert_eq!(is_cut, rows > 1, "{kept:?}");
    }
}
