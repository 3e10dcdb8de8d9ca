//! Reads single members of a record, each from its own piece of JSON text.
//!
//! CloudTrail's values come in more than one spelling (a truth value as a text, a number as an account id), and what is
//! odd about one has to be said with its place.

use std::borrow::Cow;

use serde_json::Value;

use super::skip::{Broken, Members, describe, key_text};

/// What is wrong with a value, and where in its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The member, from the record's root, e.g. `userIdentity.arn`; empty for the record itself.
    pub(crate) path: String,
    /// What was wanted and what was found.
    pub(crate) words: String,
    /// Says whether the JSON's structure is damaged, so that the end of the value may not be its end.
    pub(crate) is_broken: bool,
}

/// Shortens a stranger's text for a message, and takes out what a terminal would obey.
pub(crate) fn quotable(text: &str) -> String {
    const LIMIT_CHARACTERS: usize = 80;
    let mut shown: String = text
        .chars()
        .take(LIMIT_CHARACTERS)
        .map(|character| {
            if character.is_control() {
                '\u{FFFD}'
            } else {
                character
            }
        })
        .collect();
    if text.chars().nth(LIMIT_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}

impl Problem {
    pub(crate) fn at(path: &str, wanted: &str, found: impl AsRef<str>) -> Self {
        Self {
            path: path.to_owned(),
            words: format!("expected {wanted}, found {}", found.as_ref()),
            is_broken: false,
        }
    }

    pub(super) fn broken() -> Self {
        Self {
            is_broken: true,
            ..Self::at("", "valid JSON", "an object with a broken member")
        }
    }

    /// Puts the problem inside a member of an outer value.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        let is_plain = self.path.is_empty() || self.path.starts_with('[');
        self.path.insert_str(0, if is_plain { "" } else { "." });
        self.path.insert_str(0, outer);
        self
    }
}

/// Chosen members of an object, as slices of its text; empty where absent.
pub(crate) struct Fields<'a, const N: usize> {
    pub(crate) values: [&'a [u8]; N],
}

impl<const N: usize> Default for Fields<'_, N> {
    fn default() -> Self {
        Self { values: [&[]; N] }
    }
}

impl<'a, const N: usize> Fields<'a, N> {
    /// Takes the members called `names` out of `object`; nothing and `null` have none.
    pub(crate) fn of(object: &'a [u8], names: [&str; N]) -> Result<Self, Problem> {
        let mut fields = Self::default();
        if matches!(object.first(), None | Some(b'n')) {
            return Ok(fields);
        }
        if object.first() != Some(&b'{') {
            return Err(Problem::at("", "an object", describe(object)));
        }
        for member in Members::of(object) {
            let (key, value) = member.map_err(|Broken| Problem::broken())?;
            let key = key_text(key);
            let slots = names.iter().zip(&mut fields.values);
            if let Some((_, slot)) = slots.into_iter().find(|(name, _)| name.as_bytes() == &*key) {
                *slot = value;
            }
        }
        Ok(fields)
    }
}

/// Reads a text; numbers and truth values are taken by their spelling, `null` and nothing are none.
pub(crate) fn text<'a>(raw: &'a [u8], path: &str) -> Result<Option<Cow<'a, str>>, Problem> {
    let wrong = |found: &str| Problem::at(path, "a text", found);
    let borrowed = |bytes: &'a [u8]| {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("bytes that are not UTF-8"))?;
        Ok(Some(Cow::Borrowed(text)))
    };
    match raw.first() {
        None | Some(b'n') => Ok(None),
        Some(b'"') if memchr::memchr(b'\\', raw).is_none() => {
            borrowed(raw.get(1..raw.len() - 1).unwrap_or_default())
        }
        Some(b'"') => serde_json::from_slice(raw)
            .map(|text: String| Some(Cow::Owned(text)))
            .map_err(|error| wrong(&format!("an unreadable one ({})", reason(&error)))),
        Some(b'{' | b'[') => Err(wrong(describe(raw))),
        Some(_) => borrowed(raw),
    }
}

/// Reads a text into its own memory.
pub(super) fn owned(raw: &[u8], path: &str) -> Result<Option<String>, Problem> {
    Ok(text(raw, path)?.map(Cow::into_owned))
}

/// Reads `true` and `false`, also from a text.
pub(super) fn truth(raw: &[u8]) -> Option<bool> {
    match raw {
        b"true" | b"\"true\"" | b"\"True\"" => Some(true),
        b"false" | b"\"false\"" | b"\"False\"" => Some(false),
        _ => None,
    }
}

/// Reads any JSON. The text `"null"`, which some exports write, is `null`.
pub(super) fn json(raw: &[u8], path: &str) -> Result<Value, Problem> {
    if matches!(raw, b"" | b"null" | b"\"null\"" | b"\"\"") {
        return Ok(Value::Null);
    }
    serde_json::from_slice(raw).map_err(|error| Problem::at(path, "valid JSON", reason(&error)))
}

/// The parser's own words without its line and column, which count from the value and would mislead.
fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    match words.rfind(" at line ") {
        Some(end) => words.get(..end).unwrap_or_default().to_owned(),
        None => words,
    }
}
