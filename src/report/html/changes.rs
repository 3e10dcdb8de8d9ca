//! The policies of today and the suggested ones as text, line by line.

use similar::{DiffOp, DiffTag, TextDiff};

use super::count;
use crate::report::Report;

/// How many equal lines stand around a change.
const CONTEXT_LINES: usize = 3;
/// How many lines are set as a table; more would make the page slow to open.
const MOST_LINES: usize = 2_000;

/// The difference.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) rows: Vec<Row>,
    pub(super) unified: Vec<Line>,
    /// Says whether it is shown as plain lines.
    pub(super) is_long: bool,
    pub(super) removed: String,
    pub(super) added: String,
}

/// A row of the view side by side.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) old: Option<Line>,
    pub(super) new: Option<Line>,
    /// How many equal lines are left out here; then there is nothing else.
    pub(super) skipped: String,
}

/// A line of one side.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// ` `, `-`, `+`, or `…` for lines left out.
    pub(super) sign: char,
    pub(super) number: usize,
    pub(super) text: String,
}

impl Line {
    pub(super) fn class(&self) -> &'static str {
        match self.sign {
            '−' => "gone",
            '+' => "new",
            _ => "same",
        }
    }
}

impl Changes {
    pub(super) fn of(report: &Report) -> Option<Self> {
        let current = report.current.as_ref()?;
        let before = current.iter().map(|one| (one.name.as_str(), &one.document));
        let after = report
            .policies
            .iter()
            .map(|one| (one.name.as_str(), &one.document));
        let (old, new) = (text(before), text(after));
        let diff = TextDiff::from_lines(&old, &new);
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let mut rows = Vec::new();
        let mut unified = Vec::new();
        let mut reached = 0;
        for group in diff.grouped_ops(CONTEXT_LINES) {
            let start = group.first().map_or(reached, |op| op.old_range().start);
            skip(&mut rows, &mut unified, start.saturating_sub(reached));
            for op in &group {
                side_by_side(&mut rows, op, (&old, &new));
                in_one(&mut unified, op, (&old, &new));
                reached = op.old_range().end;
            }
        }
        skip(&mut rows, &mut unified, old.len().saturating_sub(reached));
        let number = |sign: char| unified.iter().filter(|line| line.sign == sign).count();
        let (removed, added) = (count(number('−')), count(number('+')));
        Some(Self {
            is_long: unified.len() > MOST_LINES,
            rows,
            unified,
            removed,
            added,
        })
    }
}

/// All policies of one side, each under its name.
fn text<'a>(policies: impl Iterator<Item = (&'a str, &'a serde_json::Value)>) -> String {
    let texts: Vec<String> = policies
        .map(|(name, document)| format!("// {}\n{document:#}\n", crate::report::plain(name)))
        .collect();
    texts.concat()
}

fn skip(rows: &mut Vec<Row>, unified: &mut Vec<Line>, lines: usize) {
    if lines == 0 {
        return;
    }
    let skipped = count(lines);
    unified.push(Line {
        sign: '…',
        number: 0,
        text: skipped.clone(),
    });
    rows.push(Row {
        old: None,
        new: None,
        skipped,
    });
}

fn lines(texts: &[&str], range: std::ops::Range<usize>, sign: char) -> Vec<Line> {
    let numbered = texts.iter().enumerate().skip(range.start).take(range.len());
    numbered
        .map(|(index, text)| Line {
            sign,
            number: index + 1,
            text: (*text).to_owned(),
        })
        .collect()
}

fn side_by_side(rows: &mut Vec<Row>, op: &DiffOp, (old, new): (&[&str], &[&str])) {
    let (before, after) = if op.tag() == DiffTag::Equal {
        (' ', ' ')
    } else {
        ('−', '+')
    };
    let mut left = lines(old, op.old_range(), before).into_iter();
    let mut right = lines(new, op.new_range(), after).into_iter();
    loop {
        let (old, new) = (left.next(), right.next());
        if old.is_none() && new.is_none() {
            break;
        }
        rows.push(Row {
            old,
            new,
            skipped: String::new(),
        });
    }
}

fn in_one(unified: &mut Vec<Line>, op: &DiffOp, (old, new): (&[&str], &[&str])) {
    if op.tag() == DiffTag::Equal {
        unified.extend(lines(new, op.new_range(), ' '));
    } else {
        unified.extend(lines(old, op.old_range(), '−'));
        unified.extend(lines(new, op.new_range(), '+'));
    }
}
