//! Parts of a Markdown report: each has a rank, so that what matters least goes first where a host takes only so much.

use super::plural;

/// How much a part matters, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Verdict,
    Table,
    Change,
    Proof,
    Warning,
    Policy,
    Denied,
    Hidden,
    Findings,
    Removed,
    Patterns,
    Evidence,
}

/// A part of a report: a fold-out if it has a title.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) rank: Rank,
    /// The title, as HTML.
    pub(super) title: Option<String>,
    /// What stands over the rows: the head of a table, the start of a fence.
    pub(super) head: Vec<String>,
    /// What can be cut, from the end.
    pub(super) rows: Vec<String>,
    /// What stands below.
    pub(super) foot: Vec<String>,
    /// How many rows were cut.
    cut: usize,
}

impl Section {
    /// A paragraph that is never cut.
    pub(super) fn plain(rank: Rank, text: String) -> Self {
        Self {
            rank,
            title: None,
            head: vec![text],
            rows: Vec::new(),
            foot: Vec::new(),
            cut: 0,
        }
    }

    /// A fold-out.
    pub(super) fn fold(rank: Rank, title: String, rows: Vec<String>) -> Self {
        Self {
            rank,
            title: Some(title),
            head: Vec::new(),
            rows,
            foot: Vec::new(),
            cut: 0,
        }
    }

    /// A table.
    pub(super) fn table(
        rank: Rank,
        title: Option<String>,
        head: [&str; 2],
        rows: Vec<String>,
    ) -> Self {
        Self {
            rank,
            title,
            head: head.map(str::to_owned).to_vec(),
            rows,
            foot: Vec::new(),
            cut: 0,
        }
    }

    /// A fold-out with a fenced block.
    pub(super) fn fenced(rank: Rank, title: String, fence: &str) -> Self {
        let mut rows: Vec<String> = fence.lines().map(str::to_owned).collect();
        let foot = rows.pop().into_iter().collect();
        let head = rows.drain(..rows.len().min(1)).collect();
        Self {
            rank,
            title: Some(title),
            head,
            rows,
            foot,
            cut: 0,
        }
    }

    /// Writes it.
    pub(super) fn render(&self) -> String {
        let lines = [&self.head[..], &self.rows, &self.foot].concat();
        let mut text = lines.join("\n");
        if self.cut > 0 {
            let more = plural(self.cut, "line is", "lines are");
            text = format!("{text}\n\n{more} left out here for length.");
        }
        match &self.title {
            Some(title) => {
                format!("<details><summary>{title}</summary>\n\n{text}\n\n</details>")
            }
            None => text,
        }
    }

    /// Cuts rows from the end until `excess` characters are gone; says whether the whole part may go.
    pub(super) fn cut(&mut self, excess: usize) -> bool {
        let mut gone = 0;
        while gone < excess {
            let Some(row) = self.rows.pop() else {
                return true;
            };
            gone += length(&row) + 1;
            self.cut += 1;
        }
        self.rows.is_empty()
    }

    /// Says whether something was cut.
    pub(super) fn is_cut(&self) -> bool {
        self.cut > 0
    }

    /// Says whether it has something to cut.
    pub(super) fn can_be_cut(&self) -> bool {
        !self.rows.is_empty()
    }
}

/// How long hosts take a text to be, counting each character as they may at most.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
