//! Changes of YAML in block style.

use super::target::entry;
use super::{Edit, Placed, TemplateError, at, json, style};
use crate::template::node::Entry;
use crate::template::write::{JsonStyle, YamlStyle, yaml_value};

/// Puts the value into a YAML text.
pub(super) fn edits(place: &Placed<'_>) -> Result<Vec<Edit>, TemplateError> {
    let change = place.change;
    let parent = change.parent;
    if parent.is_shared {
        return Err(TemplateError {
            place: parent.place.to_string(),
            problem: "other parts of the file use this part too, by its anchor".to_owned(),
            hint: None,
        });
    }
    let written = place.written(parent.span.clone());
    if written.starts_with('{') {
        let style = JsonStyle {
            step: None,
            line_end: "\n",
        };
        return json::in_braces(place, &style);
    }
    let gone: Vec<&Entry> = change
        .gone
        .iter()
        .filter_map(|key| entry(change, key))
        .collect();
    let old = entry(change, change.key);
    let nearest = old.or(gone.first().copied());
    let style = style::yaml(place.text, place.root, nearest.map(|entry| &entry.value));
    let mut edits = Vec::new();
    let mut removed = gone.as_slice();
    if let Some(old) = old {
        edits.push(replacement(place, old, &style)?);
    } else if let Some((first, rest)) = gone.split_first() {
        removed = rest;
        let mut edit = replacement(place, first, &style)?;
        edit.bytes.start = first.key_span.start;
        // The comment behind the old key is not about the new one.
        edit.text = yaml_member(place, first, &style);
        edits.push(edit);
    } else {
        edits.push(addition(place, &style)?);
    }
    for entry in removed {
        edits.push(removal(place, entry)?);
    }
    Ok(edits)
}

/// Adds the member behind the last.
fn addition(place: &Placed<'_>, style: &YamlStyle) -> Result<Edit, TemplateError> {
    let parent = place.change.parent;
    let mut entries = parent.entries().iter();
    let Some(last) = entries.rfind(|entry| !entry.value.is_shared) else {
        return Err(TemplateError {
            place: parent.place.to_string(),
            problem: "expected members to stand beside, found none".to_owned(),
            hint: None,
        });
    };
    let column = style::column(place.text, last.key_span.start);
    let end = line_after(place.text, last.value.span.end.max(last.key_span.end));
    let member = yaml_member(place, last, style);
    let text = format!("{}{}{member}", style.line_end, " ".repeat(column));
    Ok(Edit {
        bytes: end..end,
        text,
    })
}

fn yaml_member(place: &Placed<'_>, entry: &Entry, style: &YamlStyle) -> String {
    let column = style::column(place.text, entry.key_span.start);
    format!(
        "{}:{}",
        place.change.key,
        yaml_value(place.value, column, style)
    )
}

/// Replaces what stands behind a key; a comment on the key's own line stays.
fn replacement(place: &Placed<'_>, old: &Entry, style: &YamlStyle) -> Result<Edit, TemplateError> {
    let behind = place.text.get(old.key_span.end..).unwrap_or_default();
    let colon = behind.find(':').map(|at| old.key_span.end + at + 1);
    let is_merged = old.value.is_shared && !place.written(old.value.span.clone()).starts_with('*');
    let (Some(colon), false) = (colon, is_merged) else {
        return Err(at(
            old,
            "other parts of the file use this policy too, by its anchor",
        ));
    };
    let column = style::column(place.text, old.key_span.start);
    let line = place.text.get(colon..).unwrap_or_default();
    let line = line.split(['\r', '\n']).next().unwrap_or_default();
    let is_comment = line.trim_start().starts_with('#');
    let start = if is_comment {
        colon + line.trim_end().len()
    } else {
        colon
    };
    let end = old.value.span.end.max(start);
    Ok(Edit {
        bytes: start..end,
        text: yaml_value(place.value, column, style),
    })
}

/// Takes a member away with its lines.
fn removal(place: &Placed<'_>, entry: &Entry) -> Result<Edit, TemplateError> {
    let is_merged =
        entry.value.is_shared && !place.written(entry.value.span.clone()).starts_with('*');
    if is_merged {
        return Err(at(
            entry,
            "other parts of the file use this part too, by its anchor",
        ));
    }
    let before = place.text.get(..entry.key_span.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = line_after(place.text, entry.value.span.end.max(entry.key_span.end));
    let margin = before.get(line_start..).unwrap_or_default();
    if margin.trim().is_empty() {
        // The line end goes with the line.
        let rest = place.text.get(end..).unwrap_or_default();
        let line_end = if rest.starts_with("\r\n") {
            2
        } else {
            usize::from(rest.starts_with('\n'))
        };
        return Ok(Edit {
            bytes: line_start..end + line_end,
            text: String::new(),
        });
    }
    // Behind a dash: the next member moves up to it.
    let rest = place.text.get(end..).unwrap_or_default();
    let next = place.text.len() - rest.trim_start().len();
    Ok(Edit {
        bytes: entry.key_span.start..next,
        text: String::new(),
    })
}

/// The end of the line that a byte lies on, if nothing but a comment follows on it.
fn line_after(text: &str, byte: usize) -> usize {
    let rest = text.get(byte..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() || line.trim_start().starts_with('#') {
        byte + line.len()
    } else {
        byte
    }
}
