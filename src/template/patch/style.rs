//! How a file is written, so that what is new looks like what is there.

use crate::template::node::{Node, Value};
use crate::template::write::{JsonStyle, Quotes, YamlStyle};

/// The end of the lines of a text.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The white space that the line of a byte begins with.
pub(super) fn margin(text: &str, byte: usize) -> &str {
    let before = text.get(..byte).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default();
    let width = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..width).unwrap_or_default()
}

/// The characters on the line of a byte before it.
pub(super) fn column(text: &str, byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().count()
}

/// How a JSON text is laid out: by its first indented line.
pub(super) fn json(text: &str) -> JsonStyle {
    let indented = text
        .lines()
        .find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
    JsonStyle {
        step: indented.map(|line| {
            let width = line.len() - line.trim_start_matches([' ', '\t']).len();
            line.get(..width).unwrap_or_default().to_owned()
        }),
        line_end: line_end(text),
    }
}

/// How a YAML text is laid out: by the part that is replaced, and where that says nothing by the whole.
pub(super) fn yaml(text: &str, root: &Node, old: Option<&Node>) -> YamlStyle {
    let step = steps(text, root).first().copied().unwrap_or(2);
    let list_step = old
        .and_then(|old| list_step(text, old))
        .or_else(|| list_step(text, root));
    YamlStyle {
        step,
        list_step: list_step.unwrap_or(2),
        quotes: old
            .and_then(|old| quotes(text, old))
            .or_else(|| quotes(text, root))
            .unwrap_or(Quotes::Needed),
        is_short: text.contains("!Sub")
            || text.contains("!Ref")
            || text.contains("!GetAtt")
            || !text.contains("Fn::"),
        line_end: line_end(text),
    }
}

/// By how much the first mappings are indented below their keys.
fn steps(text: &str, root: &Node) -> Vec<usize> {
    let mut found = Vec::new();
    for entry in root.entries() {
        let start = entry
            .value
            .entries()
            .first()
            .map(|inner| inner.key_span.start);
        let gap = start.and_then(|start| text.get(entry.key_span.end..start));
        // A mapping between braces says nothing.
        if let Some(inner) = entry.value.entries().first()
            && gap.is_some_and(|gap| gap.contains('\n') && !gap.contains('{'))
        {
            let (outer, inner) = (
                column(text, entry.key_span.start),
                column(text, inner.key_span.start),
            );
            found.extend(inner.checked_sub(outer).filter(|step| *step > 0));
        }
    }
    found
}

/// By how much the first block list is indented below its key. The recursion ends at the depth of the tree.
fn list_step(text: &str, node: &Node) -> Option<usize> {
    for entry in node.entries() {
        if let (Value::List(items), true) = (&entry.value.value, !entry.value.is_shared)
            && let Some(first) = items.first()
        {
            let start = first.span.start;
            let between = text.get(entry.key_span.end..start).unwrap_or_default();
            if let Some(dash) = between.rfind('-')
                && between.contains('\n')
                && !between.contains('[')
            {
                let dash = column(text, entry.key_span.end + dash);
                return dash.checked_sub(column(text, entry.key_span.start));
            }
        }
        if let Some(step) = list_step(text, &entry.value) {
            return Some(step);
        }
    }
    match &node.value {
        Value::List(items) => items.iter().find_map(|item| list_step(text, item)),
        _ => None,
    }
}

/// How texts are quoted: always, if most are that could stand without.
fn quotes(text: &str, node: &Node) -> Option<Quotes> {
    let (mut single, mut double, mut plain) = (0_usize, 0_usize, 0_usize);
    count(text, node, &mut |first| match first {
        '\'' => single += 1,
        '"' => double += 1,
        _ => plain += 1,
    });
    if single + double + plain == 0 {
        return None;
    }
    Some(match (single + double > plain, single > double) {
        (true, true) => Quotes::Single,
        (true, false) => Quotes::Double,
        (false, true) => Quotes::NeededSingle,
        (false, false) => Quotes::Needed,
    })
}

/// Hands over the first character of every text. The recursion ends at the depth of the tree.
fn count(text: &str, node: &Node, tally: &mut impl FnMut(char)) {
    let written = text.get(node.span.clone()).unwrap_or_default();
    match &node.value {
        // JSON has no choice.
        _ if written.starts_with('{') => {}
        Value::Text(_) => {
            // A tag stands before the text.
            let written = match written.strip_prefix('!') {
                Some(tagged) => tagged
                    .split_once(' ')
                    .map_or("", |(_, rest)| rest.trim_start()),
                None => written,
            };
            if let Some(first) = written.chars().next() {
                tally(first);
            }
        }
        Value::List(items) | Value::Either(items) => {
            for item in items {
                count(text, item, tally);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                count(text, &entry.value, tally);
            }
        }
        Value::Null | Value::Unknown(_) => {}
    }
}
