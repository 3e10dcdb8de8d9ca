//! The words of Terraform's language as its parser ends them: numbers, names, remarks, directives.

/// What a directive does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Begins,
    GoesOn,
    Ends,
    Unknown,
}

/// How long a number is.
pub(super) fn number(rest: &[u8]) -> usize {
    let digits = |from: usize| {
        let rest = rest.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let byte = |at: usize| rest.get(at).copied();
    let mut at = digits(0);
    if byte(at) == Some(b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(byte(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        at += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    at
}

/// How long the rest of a line is.
pub(super) fn line(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// How long a remark is that starts with `/*`; `None` if it does not end.
pub(super) fn remark(rest: &[u8]) -> Option<usize> {
    let inside = rest.get(2..)?;
    memchr::memmem::find(inside, b"*/").map(|end| end + 4)
}

/// What stands behind the word that ends a text, if a line begins with it.
pub(super) fn ends(line: &[u8], word: &[u8]) -> Option<usize> {
    let blank = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    let after = line.get(blank..)?.strip_prefix(word)?;
    let is_longer = after.first().is_some_and(|byte| is_in_name(*byte));
    (!is_longer).then_some(after.len())
}

/// Which word a directive starts with.
pub(super) fn word(directive: &[u8]) -> Word {
    let inside = directive.get(2..).unwrap_or_default();
    let inside = blank(inside.strip_prefix(b"~").unwrap_or(inside));
    if inside.starts_with(b"if") || inside.starts_with(b"for") {
        Word::Begins
    } else if inside.starts_with(b"else") {
        Word::GoesOn
    } else if inside.starts_with(b"end") {
        Word::Ends
    } else {
        Word::Unknown
    }
}

/// Says whether `for` stands in braces.
pub(super) fn is_for(inside: &[u8]) -> bool {
    let after = blank(inside).strip_prefix(b"for");
    after.is_some_and(|after| matches!(after.first(), Some(b' ' | b'\t' | b'#' | b'/' | b'\n')))
}

/// What follows behind white space and remarks.
pub(super) fn blank(mut text: &[u8]) -> &[u8] {
    loop {
        let rest = text.trim_ascii_start();
        let length = match rest {
            [b'#', ..] | [b'/', b'/', ..] => line(rest),
            [b'/', b'*', ..] => remark(rest).unwrap_or(rest.len()),
            _ => return rest,
        };
        text = rest.get(length..).unwrap_or_default();
    }
}

pub(super) fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

pub(super) fn is_in_name(byte: u8) -> bool {
    is_start(byte) || byte.is_ascii_digit() || byte == b'-'
}
