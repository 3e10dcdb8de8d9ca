//! Finds the names that leave holes: those that ARNs end in, paths of roles, the digits of ids, and whatever has left one already.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::reduce::{FIRST, HOLE, push_hole, push_literal};
use super::{Holes, plain};
use crate::mapping::Matters;

static ARN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"arn:"));

/// Copies JSON, with holes for the names that ARNs in it end in.
pub(super) fn dig_ends<'p>(
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
        let name = name.filter(|name| !matters.is_word_of_arns(name));
        // An id whose digits have left a hole in the request may be the same one or another.
        let is_id = |name: &&str| {
            random_part(name).is_some_and(|(_, random)| holes.names().contains(&random))
        };
        let name = name.filter(|name| is_free(name) && !is_id(name));
        let is_plain = memchr::memchr(b'\\', text).is_none();
        match name
            .filter(|_| is_plain)
            .and_then(|name| holes.place(name, false))
        {
            Some(hole) => {
                push_start(start, matters, holes, key)?;
                push_hole(key, hole);
                key.push(b'"');
            }
            None => push_literal(key, text)?,
        }
    }
    push_literal(key, rest)
}

/// Writes what stands before the name that an ARN ends in, with a hole for the path of a role. A path of AWS's own tells something.
fn push_start<'p>(
    start: &'p [u8],
    matters: &Matters,
    holes: &mut Holes<'p>,
    key: &mut Vec<u8>,
) -> Option<()> {
    const ROLE: &[u8] = b":role/";
    let split = memmem::find(start, ROLE).and_then(|at| start.split_at_checked(at + ROLE.len()));
    let path = split.and_then(|(_, path)| std::str::from_utf8(path.strip_suffix(b"/")?).ok());
    let is_free = |part: &str| is_word(part) && !matters.is_word_of_arns(part);
    let path = path.filter(|path| !path.starts_with("aws-") && path.split('/').all(is_free));
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
pub(super) fn dig_ids<'p>(json: &'p [u8], holes: &mut Holes<'p>, key: &mut Vec<u8>) -> Option<()> {
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
pub(super) fn random_part(text: &str) -> Option<(&str, &str)> {
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
    // A name such as `a/a` behind `a/` also stands before the end, and what an ARN starts with is compared.
    let is_only = || memmem::find(text, name.as_bytes()) == Some(before.len());
    (matches!(before.last(), Some(b'/' | b':')) && is_only()).then_some((hole, before))
}

/// Writes `resources[]` with holes wherever one of the names stands between separators, and for those that ARNs end in.
pub(super) fn write_resources<'p>(
    json: &'p [u8],
    (matters, request): (&Matters, Range<usize>),
    holes: &mut Holes<'p>,
    key: &mut Vec<u8>,
) -> Option<()> {
    // What is written in another way is not found beside what stands in the request.
    if memchr::memchr(b'\\', json).is_some() {
        return None;
    }
    let start = key.len();
    dig_ends(json, (matters, Some(request)), holes, key)?;
    dig(key, start, holes);
    Some(())
}

/// Puts a hole wherever a name stands between separators in what an ARN says of a resource, from a place on, and for the digits of an id
/// that have left one: so the key tells whether two ids are the same. What stands elsewhere is compared: with the call's account and
/// region, or with the types that there are.
///
/// The open-ended name comes first: it alone may hold separators, and so other names.
fn dig(key: &mut Vec<u8>, start: usize, holes: &Holes<'_>) {
    let mut firsts = 0_u128;
    for name in holes.names() {
        firsts |= name.as_bytes().first().map_or(0, |first| bit_of(*first));
    }
    let mut at = start;
    let mut is_start = false;
    // Where the resource of the ARN that it is in begins.
    let mut resource = usize::MAX;
    while let Some(byte) = key.get(at) {
        if *byte == b'"' {
            let text = key.get(at + 1..).unwrap_or_default();
            resource = resource_of(text).map_or(usize::MAX, |length| at + 1 + length);
        }
        if is_start
            && at >= resource
            && bit_of(*byte) & firsts != 0
            && let Some((hole, length)) = hole_at(key.get(at..).unwrap_or_default(), holes)
        {
            let number = u8::try_from(hole).unwrap_or_default();
            key.splice(at..at + length, [HOLE, FIRST + number]);
            at += 2;
            is_start = false;
            continue;
        }
        if is_start
            && at >= resource
            && let Some((digits, hole)) = id_at(key.get(at..).unwrap_or_default(), holes)
        {
            let number = u8::try_from(hole).unwrap_or_default();
            key.splice(at + digits.start..at + digits.end, [HOLE, FIRST + number]);
            at += digits.start + 2;
            is_start = false;
            continue;
        }
        is_start = is_separator(*byte);
        at += 1;
    }
}

/// Where in an ARN that a text starts with the resource begins.
pub(super) fn resource_of(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'"', text)?;
    let arn = text.get(..end)?;
    let colon = memchr::memchr_iter(b':', arn).nth(4)?;
    arn.starts_with(b"arn:").then_some(colon + 1)
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

/// Where the digits of the id stand that starts a text and is followed by a separator, and their hole, if they have left one.
fn id_at(text: &[u8], holes: &Holes<'_>) -> Option<(Range<usize>, usize)> {
    let end = text.iter().position(|byte| is_separator(*byte))?;
    let word = std::str::from_utf8(text.get(..end)?).ok()?;
    let (start, random) = random_part(word)?;
    let hole = holes.names().iter().position(|name| *name == random)?;
    Some((start.len()..end, hole))
}

/// Says whether a name is so plain that it cannot mean anything else in an ARN: no account, no separator.
pub(super) fn is_word(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty() && !is_number && name.bytes().all(is_plain)
}

/// Says whether a name has only such letters as mean nothing, neither in JSON nor in an ARN nor in a pattern.
pub(super) fn is_ordinary(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.=+@,()~ -[]$!".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Splits off the text, with its quotes, that JSON starts with.
pub(super) fn split_text(json: &[u8]) -> Option<(&[u8], &[u8])> {
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
