//! Where names and ids stand in a text: in ARNs, in JSON, and by their own form.

use serde_json::Value;

/// How ids that IAM makes begin. Source: the IAM user guide, "IAM identifiers".
const ID_STARTS: [&str; 12] = [
    "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA", "ANPA", "ANVA", "APKA", "AROA", "ASCA", "ASIA",
];

pub(super) enum Part<'t> {
    /// A value, and whether it was written over several lines.
    Json(Value, bool),
    Text(&'t str),
}

/// The parts of a text: one JSON value, or its lines, each of which may be one.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let is_json = |text: &str| text.trim_start().starts_with(['{', '[']);
    if is_json(text)
        && let Ok(value) = serde_json::from_str(text)
    {
        return vec![Part::Json(value, text.trim_end().contains('\n'))];
    }
    let lines = text.split_inclusive('\n');
    lines
        .map(|line| match serde_json::from_str(line) {
            Ok(value) if is_json(line) => Part::Json(value, false),
            _ => Part::Text(line),
        })
        .collect()
}

pub(super) fn is_joint(one: char) -> bool {
    one == '/' || one == ':'
}

/// The first ARN in a text, also one that a table has shortened: what stands before it, it, and what stands behind it.
pub(super) fn next_arn(text: &str, is_whole: bool) -> Option<(&str, &str, &str)> {
    let start = ["arn:aws", "…:"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()?;
    let (before, rest) = text.split_at_checked(start)?;
    let ends = |one: char| one.is_whitespace() || one.is_control() || "\"'`,<>()|".contains(one);
    let end = if is_whole && start == 0 {
        rest.len()
    } else {
        rest.find(ends).unwrap_or(rest.len())
    };
    let (arn, after) = rest.split_at_checked(end)?;
    Some((before, arn, after))
}

/// The literal parts of a pattern: what wildcards, separators and variables leave.
pub(super) fn literals(pattern: &str) -> impl Iterator<Item = &str> {
    split_keeping(pattern).into_iter().filter(|piece| {
        let first = piece.chars().next();
        first.is_some_and(|first| !is_joint(first) && !"*?$…".contains(first))
    })
}

/// Cuts a pattern before and behind every separator, wildcard and variable.
pub(super) fn split_keeping(pattern: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(|one| is_joint(one) || "*?$…".contains(one)) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let variable = tail
            .starts_with("${")
            .then(|| tail.find('}'))
            .flatten()
            .map(|end| end + 1);
        let length = variable
            .or_else(|| tail.chars().next().map(char::len_utf8))
            .unwrap_or(tail.len());
        let (mark, after) = tail.split_at_checked(length).unwrap_or((tail, ""));
        found.extend([before, mark].into_iter().filter(|piece| !piece.is_empty()));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

/// How an id of AWS begins, if the word is one: of IAM (`AROA…`), of a resource (`vpc-0abc…`), an event's or key's own.
pub(super) fn id_start(word: &str) -> Option<&str> {
    let of_iam = word
        .get(..4)
        .filter(|start| ID_STARTS.contains(start) && word.len() >= 16);
    let of_resource = || {
        let (start, id) = word.split_once('-')?;
        let is_id = (8..=40).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            && id.bytes().any(|byte| byte.is_ascii_digit());
        let is_start = !start.is_empty()
            && start
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_hexdigit());
        (is_id && is_start).then_some(if start.len() == 8 { "id" } else { start })
    };
    let of_organization = || {
        let (start, id) = word.split_once('-')?;
        let is_id = id.len() >= 8
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (["o", "ou", "r"].contains(&start) && is_id).then_some(start)
    };
    of_iam.or_else(of_resource).or_else(of_organization)
}
