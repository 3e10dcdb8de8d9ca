//! A record's parts as far as they matter: what decides nothing is left out, and names leave holes.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::{Holes, Map, plain};
use crate::mapping::{Matters, Members};
use crate::trail::{JsonMembers, key_text};

/// How many spellings of members are remembered of one operation's requests.
const MOST_SPELLINGS: usize = 512;

/// How many texts are remembered with what filters make of them.
const MOST_MARKS: usize = 4096;

/// In longer values any ARN counts. An ARN has twenty bytes or more, and mapping looks at 4,096 of them.
const SEARCHED_BYTES: usize = 16 * 1024;

static ARN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"arn:"));

/// Starts a hole; the byte behind it is the hole's number. No JSON holds it.
const HOLE: u8 = 1;
/// What is added to the number, so that it is no byte of JSON's structure.
const FIRST: u8 = b'0';

/// How a member of a request counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
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
    pub(super) matters: Matters,
    /// How a member of the request counts, by its name as written.
    spellings: Map<Box<[u8]>, Role>,
    /// Which filters take a text, by member and text; none if one changes it.
    marks: Map<Box<[u8]>, Option<u64>>,
}

impl Operation {
    pub(super) fn new(matters: Matters) -> Self {
        Self {
            matters,
            spellings: Map::default(),
            marks: Map::default(),
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

    fn role(&mut self, name: &[u8]) -> Role {
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

/// Copies JSON, with holes for the names that ARNs in it end in.
fn dig_ends<'p>(
    json: &'p [u8],
    (matters, apart): (&Matters, Option<Range<usize>>),
    holes: &mut Holes<'p>,
    key: &mut Vec<u8>,
) -> Option<()> {
    let mut rest = json;
    while let Some(at) = ARN.find(rest) {
        let (before, text) = rest.split_at_checked(at)?;
        push_literal(key, before)?;
        let (text, tail) = split_text(text)?;
        rest = tail;
        if let Some((hole, start)) = open_end(text, holes) {
            push_literal(key, start)?;
            push_hole(key, hole);
            key.push(b'"');
            continue;
        }
        let end = memchr::memrchr3(b':', b'/', b'\\', text)? + 1;
        let (start, name) = text.split_at_checked(end)?;
        let name = name.strip_suffix(b"\"")?;
        let name = std::str::from_utf8(name).ok();
        // What stands in the request as it is cannot be left out beside it.
        let told = apart.clone().and_then(|range| key.get(range));
        let is_free = |name: &&str| {
            let is_known = holes.names().contains(name);
            is_known || told.is_none_or(|told| memmem::find(told, name.as_bytes()).is_none())
        };
        let name = name.filter(|name| is_word(name) && matters.is_name_at_end(name));
        let name = name.filter(is_free);
        let is_plain = memchr::memchr(b'\\', text).is_none();
        match name
            .filter(|_| is_plain)
            .and_then(|name| holes.place(name, false))
        {
            Some(hole) => {
                push_start(start, holes, key)?;
                push_hole(key, hole);
                key.push(b'"');
            }
            None => push_literal(key, text)?,
        }
    }
    push_literal(key, rest)
}

/// Writes what stands before the name that an ARN ends in, with a hole for the path of a role. A path of AWS's own tells something.
fn push_start<'p>(start: &'p [u8], holes: &mut Holes<'p>, key: &mut Vec<u8>) -> Option<()> {
    const ROLE: &[u8] = b":role/";
    let split = memmem::find(start, ROLE).and_then(|at| start.split_at_checked(at + ROLE.len()));
    let path = split.and_then(|(_, path)| std::str::from_utf8(path.strip_suffix(b"/")?).ok());
    let path = path.filter(|path| !path.starts_with("aws-") && path.split('/').all(is_word));
    match (split, path.and_then(|path| holes.place(path, false))) {
        (Some((before, _)), Some(hole)) => {
            push_literal(key, before)?;
            push_hole(key, hole);
            key.push(b'/');
            Some(())
        }
        _ => push_literal(key, start),
    }
}

/// Copies JSON, with holes for the random parts of ids: nothing compares with them, they can only be copied.
fn dig_ids<'p>(json: &'p [u8], holes: &mut Holes<'p>, key: &mut Vec<u8>) -> Option<()> {
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'"', rest) {
        let (before, text) = rest.split_at_checked(at)?;
        push_literal(key, before)?;
        let (text, tail) = split_text(text)?;
        rest = tail;
        let id = plain(text).ok().flatten().and_then(random_part);
        match id.and_then(|(start, random)| Some((start, holes.place(random, false)?))) {
            Some((start, hole)) => {
                key.push(b'"');
                push_literal(key, start.as_bytes())?;
                push_hole(key, hole);
                key.push(b'"');
            }
            None => push_literal(key, text)?,
        }
    }
    push_literal(key, rest)
}

/// Splits an id such as `i-0123456789abcdef0` into its kind and the digits that AWS made up.
fn random_part(text: &str) -> Option<(&str, &str)> {
    const DIGITS: [usize; 2] = [8, 17];
    let (kind, random) = text.rsplit_once('-')?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_id = DIGITS.contains(&random.len())
        && random.bytes().all(is_digit)
        && is_word(random)
        && !kind.is_empty()
        && kind.bytes().all(|byte| byte.is_ascii_lowercase());
    let (start, random) = text.split_at_checked(kind.len() + 1)?;
    is_id.then_some((start, random))
}

/// The open-ended name that an ARN ends in, if it does, and what stands before it.
fn open_end<'t>(text: &'t [u8], holes: &Holes<'_>) -> Option<(usize, &'t [u8])> {
    let hole = holes.open?;
    let name = holes.names().get(hole)?;
    let before = text.strip_suffix(b"\"")?.strip_suffix(name.as_bytes())?;
    matches!(before.last(), Some(b'/' | b':')).then_some((hole, before))
}

/// Writes `resources[]` with holes wherever one of the names stands between separators, and for those that ARNs end in.
pub(super) fn write_resources<'p>(
    json: &'p [u8],
    (matters, request): (&Matters, Range<usize>),
    holes: &mut Holes<'p>,
    key: &mut Vec<u8>,
) -> Option<()> {
    let start = key.len();
    dig_ends(json, (matters, Some(request)), holes, key)?;
    dig(key, start, holes);
    Some(())
}

/// Puts a hole wherever a name stands between separators, from a place on.
///
/// The open-ended name comes first: it alone may hold separators, and so other names.
fn dig(key: &mut Vec<u8>, start: usize, holes: &Holes<'_>) {
    let mut firsts = 0_u128;
    for name in holes.names() {
        firsts |= name.as_bytes().first().map_or(0, |first| bit_of(*first));
    }
    let mut at = start;
    let mut is_start = false;
    while let Some(byte) = key.get(at) {
        if is_start
            && bit_of(*byte) & firsts != 0
            && let Some((hole, length)) = hole_at(key.get(at..).unwrap_or_default(), holes)
        {
            let number = u8::try_from(hole).unwrap_or_default();
            key.splice(at..at + length, [HOLE, FIRST + number]);
            at += 2;
            is_start = false;
            continue;
        }
        is_start = is_separator(*byte);
        at += 1;
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b':' | b'"')
}

/// A bit for each letter of ASCII; names in holes have no others.
fn bit_of(byte: u8) -> u128 {
    1_u128.checked_shl(u32::from(byte)).unwrap_or_default()
}

/// The hole whose name starts a text and is followed by a separator, and how long the name is.
fn hole_at(text: &[u8], holes: &Holes<'_>) -> Option<(usize, usize)> {
    let of_hole = |at: usize| {
        let name = holes.names().get(at)?.as_bytes();
        let after = text.strip_prefix(name)?.first()?;
        is_separator(*after).then_some((at, name.len()))
    };
    let open = holes.open.and_then(of_hole);
    open.or_else(|| (0..holes.names().len()).find_map(of_hole))
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

fn push_hole(key: &mut Vec<u8>, at: usize) {
    let number = u8::try_from(at).unwrap_or_default();
    key.extend([HOLE, FIRST + number]);
}

/// Writes what must not be taken for a hole; `None` if it would be.
fn push_literal(key: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    if memchr::memchr(HOLE, text).is_some() {
        return None;
    }
    key.extend(text);
    Some(())
}

/// Writes JSON with all its texts made one, but for the names of members; `None` if it is broken.
fn blur(json: &[u8], key: &mut Vec<u8>) -> Option<()> {
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

/// Splits off the text, with its quotes, that JSON starts with.
fn split_text(json: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 1;
    loop {
        let found = memchr::memchr2(b'"', b'\\', json.get(at..)?)?;
        at += found + 1;
        if json.get(at - 1) == Some(&b'"') {
            return json.split_at_checked(at);
        }
        at += 1;
    }
}

/// Says whether a text in a value may be an ARN of a service that counts. An escape may hide one.
fn may_hold_arn(value: &[u8], arn: &Finder<'_>, matters: &Matters) -> bool {
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

/// Says whether a name is so plain that it cannot mean anything else in an ARN: no account, no separator.
fn is_word(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty() && !is_number && name.bytes().all(is_plain)
}

/// Says whether a name has only such letters as mean nothing, neither in JSON nor in an ARN nor in a pattern.
fn is_ordinary(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.=+@,()~ -[]$!".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}

fn has_unicode_escape(value: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', value).any(|at| value.get(at + 1) == Some(&b'u'))
}
