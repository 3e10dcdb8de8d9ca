//! A record's parts as far as they matter: what decides nothing is left out, and names leave holes.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::dig::{dig_ends, dig_ids, is_ordinary, is_word, random_part, split_text};

use super::{Holes, Map, plain};
use crate::mapping::{Matters, Members};
use crate::trail::{JsonMembers, key_text};

/// How many spellings of members are remembered of one operation's requests.
const MOST_SPELLINGS: usize = 512;

/// How many texts are remembered with what filters make of them.
const MOST_MARKS: usize = 4096;

/// In longer values any ARN counts. An ARN has twenty bytes or more, and mapping looks at 4,096 of them.
const SEARCHED_BYTES: usize = 16 * 1024;

/// Starts a hole; the byte behind it is the hole's number. No JSON holds it.
pub(super) const HOLE: u8 = 1;
/// What is added to the number, so that it is no byte of JSON's structure.
pub(super) const FIRST: u8 = b'0';

/// How a member of a request counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Only if it may hold an ARN.
    Nothing,
    /// As it stands.
    Literal,
    /// By what is there, not by its texts.
    Shown,
    /// As a part of an ARN.
    Free,
    /// As a part of an ARN, and of an account or another place if filters take it.
    Filtered,
    /// As a part of an ARN that is open-ended.
    Open,
}

/// An operation, with what matters to it.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) matters: Arc<Matters>,
    /// How a member of the request counts, by its name as written.
    spellings: Map<Box<[u8]>, Role>,
    /// Which filters take a text, by member and text; none if one changes it.
    marks: Map<Box<[u8]>, Option<u64>>,
    pub(super) habit: Habit,
}

/// Whether the same requests come again: where they do, they need not be taken apart.
#[derive(Debug, Default)]
pub(super) struct Habit {
    tried: u32,
    met: u32,
}

impl Habit {
    /// Says whether it pays to look for the same request: for a while it is tried, and then for as long as most are found.
    pub(super) fn repeats(&self) -> bool {
        const ENOUGH: u32 = 64;
        self.tried < ENOUGH || self.met > self.tried / 2
    }

    pub(super) fn note(&mut self, is_met: bool) {
        // Old times count less and less.
        if self.tried > u32::MAX / 2 {
            (self.tried, self.met) = (self.tried / 2, self.met / 2);
        }
        self.tried += 1;
        self.met += u32::from(is_met);
    }
}

impl Operation {
    pub(super) fn new(matters: Arc<Matters>) -> Self {
        Self {
            matters,
            spellings: Map::default(),
            marks: Map::default(),
            habit: Habit::default(),
        }
    }

    /// Keeps what matters of a request, and whatever holds an ARN. Names leave holes.
    pub(super) fn reduce_request<'p>(
        &mut self,
        json: &'p [u8],
        arn: &Finder<'_>,
        (key, marks): (&mut Vec<u8>, &mut Vec<u64>),
        holes: &mut Holes<'p>,
    ) -> Option<()> {
        if json.first() != Some(&b'{') {
            return push_literal(key, json);
        }
        let mut comma = b'{';
        for member in JsonMembers::of(json) {
            let (name, value) = member.ok()?;
            let role = self.role(name);
            if role == Role::Nothing && !may_hold_arn(value, arn, &self.matters) {
                continue;
            }
            key.extend([comma, b'"']);
            push_literal(key, name)?;
            key.extend(b"\":");
            comma = b',';
            let is_open = role == Role::Open;
            let hole = match role {
                Role::Free | Role::Filtered | Role::Open => {
                    let text = plain(value).ok().flatten();
                    text.filter(|text| is_open && is_ordinary(text) || is_word(text))
                        .filter(|text| !self.matters.is_word_of_arns(text))
                        .filter(|text| role != Role::Filtered || self.mark(name, text, marks))
                        .map(|text| match random_part(text) {
                            // Filters may look at what an id begins with.
                            Some((start, random)) if role == Role::Filtered => (start, random),
                            _ => ("", text),
                        })
                        .and_then(|(start, text)| Some((start, holes.place(text, is_open)?)))
                }
                _ => None,
            };
            match hole {
                Some((start, at)) => {
                    key.push(b'"');
                    push_literal(key, start.as_bytes())?;
                    push_hole(key, at);
                    key.push(b'"');
                }
                None if self.is_copied((role, name), value) => {
                    dig_ends(value, (&self.matters, None), holes, key)?;
                }
                None if role == Role::Shown && !may_hold_arn(value, arn, &self.matters) => {
                    blur(value, key)?;
                }
                None if matches!(value.first(), Some(b'{' | b'[')) => dig_ids(value, holes, key)?,
                None => push_literal(key, value)?,
            }
        }
        if comma == b'{' {
            key.push(b'{');
        }
        key.push(b'}');
        Some(())
    }

    /// Says whether of the texts in a member, if they are ARNs, no more than a copy is made.
    fn is_copied(&mut self, (role, name): (Role, &[u8]), value: &[u8]) -> bool {
        match role {
            Role::Free | Role::Open | Role::Nothing => true,
            Role::Filtered => {
                let text = plain(value).ok().flatten();
                text.is_some_and(|text| self.marks_of(name, text) == Some(0))
            }
            Role::Literal | Role::Shown => false,
        }
    }

    /// Notes which filters take a text; false if one changes it, so that it counts as it stands.
    fn mark(&mut self, name: &[u8], text: &str, marks: &mut Vec<u64>) -> bool {
        let of_text = self.marks_of(name, text);
        marks.extend(of_text);
        of_text.is_some()
    }

    fn marks_of(&mut self, name: &[u8], text: &str) -> Option<u64> {
        let asked = [name, &[HOLE], text.as_bytes()].concat();
        if let Some(marks) = self.marks.get(asked.as_slice()) {
            return *marks;
        }
        if self.marks.len() == MOST_MARKS {
            self.marks.clear();
        }
        let marks = self.matters.marks_of(&key_text(name), text);
        self.marks.insert(asked.into(), marks);
        marks
    }

    pub(super) fn role(&mut self, name: &[u8]) -> Role {
        let Self {
            matters, spellings, ..
        } = self;
        if let Some(role) = spellings.get(name) {
            return *role;
        }
        let text = key_text(name);
        let is_open = matters
            .open_member()
            .is_some_and(|open| text.eq_ignore_ascii_case(open.as_bytes()));
        let role = if matters.is_wrapper(&text) || !matters.request.holds(&text) {
            if matters.is_wrapper(&text) {
                Role::Literal
            } else {
                Role::Nothing
            }
        } else if matters.is_free(&text) && matters.is_filtered(&text) {
            Role::Filtered
        } else if is_open && matters.is_free(&text) {
            Role::Open
        } else if matters.is_free(&text) {
            Role::Free
        } else if matters.is_only_shown(&text) {
            Role::Shown
        } else {
            Role::Literal
        };
        if spellings.len() < MOST_SPELLINGS {
            spellings.insert(name.into(), role);
        }
        role
    }
}

/// Keeps what matters of an object; nothing of one that does not matter at all.
pub(super) fn reduce(json: &[u8], members: &Members, key: &mut Vec<u8>) -> Option<()> {
    if members.is_empty() {
        return Some(());
    }
    if json.first() != Some(&b'{') {
        return push_literal(key, json);
    }
    let mut comma = b'{';
    for member in JsonMembers::of(json) {
        let (name, value) = member.ok()?;
        if members.holds(&key_text(name)) {
            key.extend([comma, b'"']);
            push_literal(key, name)?;
            key.extend(b"\":");
            push_literal(key, value)?;
            comma = b',';
        }
    }
    if comma == b'{' {
        key.push(b'{');
    }
    key.push(b'}');
    Some(())
}

/// Writes names into the holes of a text.
pub(super) fn fill(text: &[u8], names: &[&str]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = memchr::memchr(HOLE, rest) {
        let (before, hole) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        let number = hole
            .get(1)
            .map(|number| usize::from(number.wrapping_sub(FIRST)));
        let name = number.and_then(|number| names.get(number));
        filled.extend(before);
        filled.extend(name.copied().unwrap_or_default().as_bytes());
        rest = hole.get(2..).unwrap_or_default();
    }
    filled.extend(rest);
    filled
}

pub(super) fn push_hole(key: &mut Vec<u8>, at: usize) {
    let number = u8::try_from(at).unwrap_or_default();
    key.extend([HOLE, FIRST + number]);
}

/// Writes what must not be taken for a hole; `None` if it would be.
pub(super) fn push_literal(key: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    if memchr::memchr(HOLE, text).is_some() {
        return None;
    }
    key.extend(text);
    Some(())
}

/// Writes JSON with all its texts made one, but for the names of members; `None` if it is broken.
pub(super) fn blur(json: &[u8], key: &mut Vec<u8>) -> Option<()> {
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'"', rest) {
        let (before, text) = rest.split_at_checked(at)?;
        push_literal(key, before)?;
        let (text, tail) = split_text(text)?;
        let is_name = tail.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        if is_name {
            push_literal(key, text)?;
        } else {
            key.extend(if text.len() > 2 {
                &b"\"-\""[..]
            } else {
                b"\"\""
            });
        }
        rest = tail;
    }
    push_literal(key, rest)
}

/// Says whether a text in a value may be an ARN of a service that counts. An escape may hide one.
pub(super) fn may_hold_arn(value: &[u8], arn: &Finder<'_>, matters: &Matters) -> bool {
    match value.first() {
        Some(b'"') => {
            is_arn_of(value, matters)
                || value.starts_with(b"\"\\u")
                || has_unicode_escape(value.get(..40).unwrap_or(value))
        }
        // Beyond some thousands an ARN is not searched for; a long value is kept as it is.
        Some(b'{' | b'[') if value.len() > SEARCHED_BYTES => {
            arn.find(value).is_some() || has_unicode_escape(value)
        }
        Some(b'{' | b'[') => {
            let mut found = arn.find_iter(value);
            let is_one = |at| value.get(at..).is_some_and(|text| is_arn_of(text, matters));
            found.any(is_one) || has_unicode_escape(value)
        }
        _ => false,
    }
}

/// Says whether a JSON text is an ARN of a service that counts: `"arn:PARTITION:SERVICE:`.
fn is_arn_of(text: &[u8], matters: &Matters) -> bool {
    let Some(rest) = text.strip_prefix(b"\"arn:") else {
        return false;
    };
    let mut fields = rest.splitn(3, |byte| *byte == b':').skip(1);
    let service = fields.next();
    service.is_some_and(|service| service.contains(&b'\\') || matters.holds_arn_of(service))
}

fn has_unicode_escape(value: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', value).any(|at| value.get(at + 1) == Some(&b'u'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hardly_comes_again_is_looked_for_no_more() {
        let mut habit = Habit::default();
        for _ in 0..64 {
            assert!(habit.repeats());
            habit.note(false);
        }
        assert!(!habit.repeats());
        let mut habit = Habit::default();
        for number in 0..1000 {
            habit.note(number % 4 > 0);
            assert!(habit.repeats(), "{number}");
        }
    }
}
