//! YAML into nodes with their bytes; CloudFormation's short forms (`!Sub`) become the long ones (`Fn::Sub`).
//!
//! The parser hands over events, and the tree is built without recursion. Aliases are copied, but counted as often as they are
//! used, so that a small file cannot become a large tree.

mod short;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::node::{Entry, MOST_DEPTH, MOST_NODES, Node, Place, Value};
use super::{TemplateError, Text, steps};
use short::{tag_name, tagged};

/// Reads the one document of a YAML text.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Node, TemplateError> {
    let mut builder = Builder {
        file,
        text,
        bytes: byte_of_character(text),
        open: Vec::new(),
        root: None,
        anchors: BTreeMap::new(),
        left: MOST_NODES,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            builder.fail(
                error.marker().line(),
                format!("expected YAML: {}", error.info()),
            )
        })?;
        builder.event(event, span)?;
    }
    let nothing = builder.fail(1, "expected YAML, found nothing".to_owned());
    builder.root.ok_or(nothing)
}

/// The byte at which each character begins; none if every character is one byte.
fn byte_of_character(text: &str) -> Option<Vec<usize>> {
    if text.is_ascii() {
        return None;
    }
    let starts = text.char_indices().map(|(byte, _)| byte);
    Some(starts.chain([text.len()]).collect())
}

/// Where a quoted text ends; a comment behind it belongs to the token, and not to the value.
fn quoted_end(token: &str) -> usize {
    let mut at = 0;
    let mut quote = None;
    let mut is_escaped = false;
    let mut is_mark = false;
    for (byte, character) in token.char_indices() {
        match quote {
            // Tags and anchors stand before the quote.
            None if matches!(character, '!' | '&') => is_mark = true,
            None if character.is_whitespace() => is_mark = false,
            None if !is_mark && matches!(character, '\'' | '"') => quote = Some(character),
            Some('"') if is_escaped => is_escaped = false,
            Some('"') if character == '\\' => is_escaped = true,
            // A doubled quote opens again at once.
            Some(open) if character == open => {
                quote = None;
                at = byte + 1;
                let rest = token.get(at..).unwrap_or_default();
                if !rest.starts_with(open) || open == '"' {
                    return at;
                }
            }
            Some(_) | None => {}
        }
    }
    if at == 0 { token.len() } else { at }
}

/// A list or mapping that is still open.
struct Open {
    value: Value,
    /// The name that waits for its value.
    key: Option<(String, Range<usize>)>,
    tag: Option<String>,
    anchor: usize,
    start: usize,
    end: usize,
    line: usize,
    /// How deep the values inside it nest, and how many they are.
    height: usize,
    count: usize,
}

/// An anchored value, with how deep it nests and how many values it holds.
struct Anchored {
    node: Node,
    height: usize,
    count: usize,
}

struct Builder<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    bytes: Option<Vec<usize>>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Anchored>,
    left: usize,
}

impl Builder<'_> {
    fn fail(&self, line: usize, problem: String) -> TemplateError {
        TemplateError {
            place: format!("{}:{line}", self.file),
            problem,
            hint: None,
        }
    }

    fn byte(&self, mark: &Marker) -> usize {
        let byte = match &self.bytes {
            None => Some(mark.index()),
            Some(bytes) => bytes.get(mark.index()).copied(),
        };
        byte.unwrap_or(self.text.len()).min(self.text.len())
    }

    /// The bytes of a token, without the white space after it.
    fn span(&self, span: &Span) -> Range<usize> {
        let (start, end) = (self.byte(&span.start), self.byte(&span.end));
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end().len()
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), TemplateError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_null = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                // A copy of a long text costs more than that of a short one.
                let count = 1 + steps::weight(text.len());
                let value = if is_null && tag.is_none() {
                    Value::Null
                } else {
                    Value::Text(Text::literal(text))
                };
                let mut bytes = self.span(&span);
                let is_quoted =
                    matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                if is_quoted {
                    let token = self.text.get(bytes.clone()).unwrap_or_default();
                    bytes.end = bytes.start + quoted_end(token);
                }
                let node = self.node(value, bytes, line);
                let node = tagged(node, tag_name(tag.as_deref()).as_deref());
                self.finish(node, anchor, (0, count))
            }
            Event::Alias(anchor) => {
                let Some(anchored) = self.anchors.get(&anchor) else {
                    return Err(self.fail(line, "an alias inside of its own anchor".to_owned()));
                };
                let (height, count) = (anchored.height, anchored.count);
                self.spend(count, line)?;
                let mut node = self
                    .anchors
                    .get(&anchor)
                    .map(|anchored| anchored.node.clone());
                if let Some(node) = &mut node {
                    share(node);
                    node.span = self.span(&span);
                    node.place.line = line;
                }
                let node = node.unwrap_or_else(|| self.node(Value::Null, self.span(&span), line));
                self.finish(node, 0, (height, count))
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(Value::List(Vec::new()), tag.as_deref(), anchor, &span)
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(Value::Map(Vec::new()), tag.as_deref(), anchor, &span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&span),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(self.fail(line, "expected one document, found another".to_owned()))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn node(&self, value: Value, span: Range<usize>, line: usize) -> Node {
        let place = Place {
            file: self.file.clone(),
            line,
        };
        Node {
            value,
            place,
            span,
            is_shared: false,
        }
    }

    fn spend(&mut self, count: usize, line: usize) -> Result<(), TemplateError> {
        match self.left.checked_sub(count) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.fail(
                line,
                format!("more than {MOST_NODES} values, aliases counted as often as they are used"),
            )),
        }
    }

    fn begin(
        &mut self,
        value: Value,
        tag: Option<&Tag>,
        anchor: usize,
        span: &Span,
    ) -> Result<(), TemplateError> {
        let line = span.start.line();
        if self.open.len() >= MOST_DEPTH {
            return Err(self.fail(line, format!("values nest deeper than {MOST_DEPTH}")));
        }
        let start = self.byte(&span.start);
        self.open.push(Open {
            value,
            key: None,
            tag: tag_name(tag),
            anchor,
            start,
            // The brackets of an empty list are its only bytes.
            end: self.span(span).end,
            line,
            height: 0,
            count: 1,
        });
        Ok(())
    }

    fn end(&mut self, span: &Span) -> Result<(), TemplateError> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        let at = self.byte(&span.start);
        let last = self.text.get(at..).and_then(|rest| rest.chars().next());
        // A comment behind the bracket belongs to the token, and not to the value.
        if !span.is_empty() && matches!(last, Some(']' | '}')) {
            open.end = at + 1;
        }
        if let Some((key, key_span)) = open.key.take() {
            let value = self.node(Value::Null, key_span.end..key_span.end, open.line);
            open.add(key, key_span, value);
        }
        let value = match open.value {
            Value::Map(entries) => Value::Map(self.merged(entries)?),
            other => other,
        };
        let node = self.node(value, open.start..open.end.max(open.start), open.line);
        self.finish(
            tagged(node, open.tag.as_deref()),
            open.anchor,
            (open.height + 1, open.count),
        )
    }

    /// Puts a finished value where it belongs: into the list or mapping that is open, or at the root.
    fn finish(
        &mut self,
        node: Node,
        anchor: usize,
        (height, count): (usize, usize),
    ) -> Result<(), TemplateError> {
        let line = node.place.line;
        self.spend(1, line)?;
        if self.open.len() + height > MOST_DEPTH {
            return Err(self.fail(line, format!("values nest deeper than {MOST_DEPTH}")));
        }
        if anchor != 0 {
            let anchored = Anchored {
                node: node.clone(),
                height,
                count,
            };
            self.anchors.insert(anchor, anchored);
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.height = open.height.max(height);
        open.count += count;
        open.end = open.end.max(node.span.end);
        match (&mut open.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (_, Some((key, span))) => {
                open.add(key, span, node);
            }
            (_, None) => match node.as_str() {
                Some(key) => open.key = Some((key.to_owned(), node.span)),
                None if node.value == Value::Null => open.key = Some((String::new(), node.span)),
                None => {
                    return Err(self.fail(
                        line,
                        format!("expected a plain key, found {}", node.describe()),
                    ));
                }
            },
        }
        Ok(())
    }

    /// Puts the members that `<<` names into the mapping, behind its own.
    fn merged(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, TemplateError> {
        let (merges, mut own): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.key == "<<");
        if let Some(Entry { key, value, .. }) = Node::doubled(&own) {
            return Err(self.fail(value.place.line, format!("the key `{key}` stands twice")));
        }
        if merges.is_empty() {
            return Ok(own);
        }
        let mut known: BTreeSet<String> = own.iter().map(|entry| entry.key.clone()).collect();
        for merge in merges {
            for source in merge.value.items() {
                self.spend(source.entries().len(), merge.value.place.line)?;
                for entry in source.entries() {
                    if known.insert(entry.key.clone()) {
                        let mut entry = entry.clone();
                        share(&mut entry.value);
                        own.push(entry);
                    }
                }
            }
        }
        Ok(own)
    }
}

impl Open {
    fn add(&mut self, key: String, key_span: Range<usize>, value: Node) {
        if let Value::Map(entries) = &mut self.value {
            entries.push(Entry {
                key,
                key_span,
                value,
            });
        }
    }
}

/// Marks a value and all in it as used by several places. The recursion ends at the depth of the tree.
fn share(node: &mut Node) {
    node.is_shared = true;
    for child in node.children_mut() {
        share(child);
    }
}

#[cfg(test)]
mod tests;
