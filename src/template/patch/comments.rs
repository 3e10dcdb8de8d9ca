//! Comments that a change takes out of a file: nobody can tell what they would say of the new policy, so they are named.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use crate::template::is_terraform;

/// A line with a comment that is in the file before and not after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedComment {
    /// The line before, from 1.
    pub line: usize,
    /// The comment.
    pub text: String,
}

/// Finds the comments that a change of a file drops; JSON has none. One that stands elsewhere now is kept.
pub fn dropped_comments(file: &str, before: &str, after: &str) -> Vec<DroppedComment> {
    let starts: &[&str] = if is_terraform(file) {
        &["#", "//", "/*"]
    } else {
        &["#"]
    };
    if before.trim_start().starts_with(['{', '[']) {
        return Vec::new();
    }
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    let mut gone = Vec::new();
    let changes = TextDiff::from_lines(before, after);
    for change in changes.iter_all_changes() {
        let Some(comment) = comment(change.value(), starts) else {
            continue;
        };
        match (change.tag(), change.old_index()) {
            (ChangeTag::Insert, _) => *kept.entry(comment).or_insert(0) += 1,
            (ChangeTag::Delete, Some(at)) => gone.push((at + 1, comment)),
            _ => {}
        }
    }
    gone.retain(|(_, comment)| match kept.get_mut(comment) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    let tell = |(line, text): (usize, &str)| DroppedComment {
        line,
        text: text.to_owned(),
    };
    gone.into_iter().map(tell).collect()
}

/// The comment of a line: from its sign to the end, where the sign begins the line or stands behind a space and in no quotes.
fn comment<'t>(line: &'t str, starts: &[&str]) -> Option<&'t str> {
    let mut quote = None;
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        match quote {
            Some(open) if open == character && before != '\\' => quote = None,
            None if before.is_whitespace()
                && starts.iter().any(|start| rest.starts_with(start)) =>
            {
                return Some(rest.trim_end());
            }
            // Within a word an apostrophe is one.
            None if matches!(character, '"' | '\'') && !before.is_alphanumeric() => {
                quote = Some(character);
            }
            Some(_) | None => {}
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(file: &str, before: &str, after: &str) -> Vec<(usize, String)> {
        let found = dropped_comments(file, before, after).into_iter();
        found.map(|one| (one.line, one.text)).collect()
    }

    #[test]
    fn comments_that_go_are_named_with_their_lines() {
        let before = "# head\na:\n  # why\n  - 'x # no'  # because\n  - \"y#z\"\nb: 1 # kept\n";
        let after = "# head\na:\n  - z\nb: 1 # kept\n";
        assert_eq!(
            dropped("t.yaml", before, after),
            [(3, "# why".to_owned()), (4, "# because".to_owned())]
        );
        let moved = "# head\na:\n  - z\n  - x  # because\nb: 1 # kept\n";
        assert_eq!(dropped("t.yaml", before, moved), [(3, "# why".to_owned())]);
        let before = "a = 1 // one\nb = \"http://x\" /* two */\n";
        assert_eq!(
            dropped("m.tf", before, ""),
            [(1, "// one".to_owned()), (2, "/* two */".to_owned())]
        );
        assert_eq!(dropped("t.json", "{\"a\": \" # b\"}", "{}"), []);
    }
}
