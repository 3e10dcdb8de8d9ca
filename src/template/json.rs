//! JSON into nodes with their bytes.
//!
//! `serde_json` reads it; a raw value is a slice of the text, and where it lies in the text is its place.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::lines::Lines;
use super::node::{Entry, MOST_DEPTH, MOST_NODES, Node, Place, Value};
use super::{TemplateError, Text};

/// Reads a JSON text.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Node, TemplateError> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| TemplateError {
        place: format!("{file}:{}", error.line().max(1)),
        problem: format!("expected JSON: {error}"),
        hint: None,
    })?;
    let mut reader = Reader {
        file,
        text,
        lines: Lines::new(text),
        left: MOST_NODES,
    };
    reader.node(raw, 0)
}

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    lines: Lines,
    left: usize,
}

impl<'a> Reader<'a> {
    /// Reads one value. The recursion ends at [`MOST_DEPTH`].
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Result<Node, TemplateError> {
        let span = self.span(raw.get());
        let place = Place {
            file: self.file.clone(),
            line: self.lines.line(span.start),
        };
        let fail = |problem: String| TemplateError {
            place: place.to_string(),
            problem,
            hint: None,
        };
        if depth > MOST_DEPTH {
            return Err(fail(format!("values nest deeper than {MOST_DEPTH}")));
        }
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| fail(format!("more than {MOST_NODES} values")))?;
        let shallow: Shallow<'a> =
            serde_json::from_str(raw.get()).map_err(|error| fail(error.to_string()))?;
        let value = match shallow {
            Shallow::Null => Value::Null,
            Shallow::Text(text) => Value::Text(Text::literal(text)),
            Shallow::Written => Value::Text(Text::literal(raw.get())),
            Shallow::List(items) => {
                let items = items.into_iter().map(|item| self.node(item, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Shallow::Map(members) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(members.len());
                let mut from = span.start;
                for (key, value) in members {
                    let value = self.node(value, depth + 1)?;
                    let key_span = self.key_span(from..value.span.start);
                    from = value.span.end;
                    entries.push(Entry {
                        key,
                        key_span,
                        value,
                    });
                }
                if let Some(Entry { key, value, .. }) = Node::doubled(&entries) {
                    return Err(TemplateError {
                        place: value.place.to_string(),
                        problem: format!("the key `{key}` stands twice"),
                        hint: None,
                    });
                }
                Value::Map(entries)
            }
        };
        Ok(Node {
            value,
            place,
            span,
            is_shared: false,
        })
    }

    /// Where a slice of the text lies in it.
    fn span(&self, part: &str) -> Range<usize> {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        start..start + part.len()
    }

    /// The quoted name that ends, but for a colon, where a value begins.
    fn key_span(&self, between: Range<usize>) -> Range<usize> {
        let before = self.text.get(between.clone()).unwrap_or_default();
        let start = before.find('"').unwrap_or(0);
        let end = before.rfind('"').map_or(start, |end| end + 1);
        between.start + start..between.start + end
    }
}

/// A value whose parts are not read yet.
enum Shallow<'a> {
    Null,
    Text(String),
    /// A number or a truth value.
    Written,
    List(Vec<&'a RawValue>),
    Map(Vec<(String, &'a RawValue)>),
}

impl<'de> Deserialize<'de> for Shallow<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShallowVisitor)
    }
}

struct ShallowVisitor;

impl<'de> Visitor<'de> for ShallowVisitor {
    type Value = Shallow<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Shallow<'de>, E> {
        Ok(Shallow::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shallow<'de>, E> {
        Ok(Shallow::Written)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shallow<'de>, E> {
        Ok(Shallow::Written)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shallow<'de>, E> {
        Ok(Shallow::Written)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shallow<'de>, E> {
        Ok(Shallow::Written)
    }

    fn visit_str<E>(self, value: &str) -> Result<Shallow<'de>, E> {
        Ok(Shallow::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shallow<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shallow::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shallow<'de>, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Shallow::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_bytes_and_lines() {
        let text =
            "{\n\t\"a\\u0062\": [1, \"x\\/\\ud83d\\ude00\"],\r\n  \"c\" : { \"d\": null }\n}";
        let node = read(&"f".into(), text).unwrap();
        let entry = node.entry("ab").unwrap();
        assert_eq!(text.get(entry.key_span.clone()).unwrap(), "\"a\\u0062\"");
        assert_eq!(entry.value.items()[1].as_str(), Some("x/😀"));
        assert_eq!(entry.value.place.line, 2);
        let inner = node.entry("c").unwrap();
        assert_eq!(text.get(inner.key_span.clone()).unwrap(), "\"c\"");
        assert_eq!(
            text.get(inner.value.span.clone()).unwrap(),
            "{ \"d\": null }"
        );
        assert_eq!(inner.value.place.line, 3);
    }

    #[test]
    fn depth_and_doubles_are_refused() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(read(&"f".into(), &deep).is_err());
        let error = read(&"f".into(), "{\"a\":1,\n\"a\":2}").unwrap_err();
        assert_eq!(error.to_string(), "f:2: the key `a` stands twice");
    }
}
