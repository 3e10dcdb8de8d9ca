//! What IAM asks of a document beyond its shape: names, characters, and which elements belong to which kind.

use super::json::shorten;
use super::read::{DocumentError, Read, error};
use super::{ActionElement, Document, PolicyKind};
use crate::policy::operator::Operator;
use std::collections::BTreeSet;

/// Refuses characters that IAM does not accept: all but tab, LF, CR and U+0020 to U+00FF.
pub(super) fn check_characters(path: &str, text: String) -> Read<String> {
    let is_accepted =
        |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    match text.chars().find(|character| !is_accepted(*character)) {
        None => Ok(text),
        Some(found) => error(
            path,
            format!(
                "expected only tab, line breaks and the characters U+0020 to U+00FF, found U+{:04X} in `{}`",
                u32::from(found),
                shorten(&text.escape_debug().to_string())
            ),
        ),
    }
}

/// Checks that a statement has the elements of its kind, and no others.
pub(super) fn check_shape(
    path: &str,
    kind: PolicyKind,
    has_principal: bool,
    has_resource: bool,
) -> Read<()> {
    match kind {
        PolicyKind::Identity if has_principal => error(
            path,
            "an identity policy names no `Principal`: it is attached to one",
        ),
        PolicyKind::Identity if !has_resource => {
            error(path, "expected `Resource` or `NotResource`, found neither")
        }
        PolicyKind::Resource | PolicyKind::Trust if !has_principal => error(
            path,
            "expected `Principal` or `NotPrincipal`, found neither",
        ),
        PolicyKind::Trust if has_resource => error(
            path,
            "a trust policy names no `Resource`: it is attached to one",
        ),
        _ => Ok(()),
    }
}

/// Checks that a condition operator exists.
pub(super) fn check_operator(path: &str, text: &str) -> Read<()> {
    match Operator::parse(text) {
        Some(_) => Ok(()),
        None => Err(DocumentError {
            path: path.to_owned(),
            message: format!("expected a condition operator, found `{}`", shorten(text)),
            hint: Operator::nearest(text).map(|name| format!("did you mean `{name}`?")),
        }),
    }
}

/// Checks names and action patterns.
pub(super) fn check(document: &Document, kind: PolicyKind) -> Read<()> {
    let mut seen = BTreeSet::new();
    let path_of = |index: usize, name: &str| format!("Statement[{index}].{name}");
    for (index, statement) in document.statements.iter().enumerate() {
        if let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) {
            let path = path_of(index, "Sid");
            let is_plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if kind != PolicyKind::Resource && !is_plain {
                let found = shorten(sid);
                return error(
                    &path,
                    format!("expected letters and digits only, found `{found}`"),
                );
            }
            if !seen.insert(sid) {
                let found = shorten(sid);
                return error(
                    &path,
                    format!("expected a name of its own, found `{found}` again"),
                );
            }
        }
        let name = match statement.action {
            ActionElement::Action(_) => "Action",
            ActionElement::NotAction(_) => "NotAction",
        };
        for pattern in statement.action.patterns() {
            if !pattern.contains([':', '*']) {
                let found = shorten(pattern);
                return error(
                    &path_of(index, name),
                    format!("expected `service:Action` or `*`, found `{found}`"),
                );
            }
        }
    }
    Ok(())
}
