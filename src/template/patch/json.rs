//! Changes of JSON, and of mappings that YAML writes alike.

use super::target::entry;
use super::{Edit, Placed, TemplateError, at, style};
use crate::template::node::Entry;
use crate::template::write::{JsonStyle, json_value};

/// Puts the value into a JSON text.
pub(super) fn edits(place: &Placed<'_>) -> Result<Vec<Edit>, TemplateError> {
    in_braces(place, &style::json(place.text))
}

/// Puts the value into a mapping between braces.
pub(super) fn in_braces(place: &Placed<'_>, style: &JsonStyle) -> Result<Vec<Edit>, TemplateError> {
    let change = place.change;
    let mut gone: Vec<&Entry> = change
        .gone
        .iter()
        .filter_map(|key| entry(change, key))
        .collect();
    let mut edits = Vec::new();
    if let Some(old) = entry(change, change.key) {
        if old.value.is_shared {
            return Err(at(old, "other parts of the file use this policy too"));
        }
        let margin = style::margin(place.text, old.key_span.start);
        edits.push(Edit {
            bytes: old.value.span.clone(),
            text: json_value(place.value, margin, style),
        });
    } else {
        let margin;
        let key = serde_json::Value::from(change.key).to_string();
        // In the place of one that goes, else as the last.
        if let Some(first) = gone.first().copied() {
            gone.remove(0);
            margin = style::margin(place.text, first.key_span.start);
            edits.push(Edit {
                bytes: first.key_span.start..first.value.span.end,
                text: format!("{key}: {}", json_value(place.value, margin, style)),
            });
        } else if let Some(last) = change.parent.entries().last() {
            margin = style::margin(place.text, last.key_span.start);
            let gap = if style.step.is_some()
                && place.written(change.parent.span.clone()).contains('\n')
            {
                format!(",{}{margin}", style.line_end)
            } else {
                ", ".to_owned()
            };
            let end = last.value.span.end;
            edits.push(Edit {
                bytes: end..end,
                text: format!("{gap}{key}: {}", json_value(place.value, margin, style)),
            });
        } else {
            let span = change.parent.span.clone();
            edits.push(Edit {
                bytes: span.start + 1..span.end.saturating_sub(1),
                text: format!(
                    "{key}: {}",
                    json_value(place.value, style::margin(place.text, span.start), style)
                ),
            });
        }
    }
    for entry in gone {
        edits.push(removal(place, entry));
    }
    Ok(edits)
}

/// Takes a member away, with one comma.
fn removal(place: &Placed<'_>, entry: &Entry) -> Edit {
    let (start, end) = (entry.key_span.start, entry.value.span.end);
    let behind = place.text.get(end..).unwrap_or_default();
    let rest = behind.trim_start();
    if let Some(after) = rest.strip_prefix(',') {
        // Up to the next member.
        let next = place.text.len() - after.trim_start().len();
        return Edit {
            bytes: start..next,
            text: String::new(),
        };
    }
    let before = place.text.get(..start).unwrap_or_default().trim_end();
    let from = before
        .strip_suffix(',')
        .map_or(start, |before| before.trim_end().len());
    Edit {
        bytes: from..end,
        text: String::new(),
    }
}
