//! What a permission is needed on: a pattern, how well it is known, and how.

use crate::catalog::Suffix;
use crate::pattern::{Pattern, escape_literal};

use super::Scope;
use super::call::Call;
use crate::catalog::format::{Piece, pieces};

/// The resource of an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) resource: String,
    pub(super) scope: Scope,
    pub(super) rule: String,
}

/// A pattern to be filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<'a> {
    pub(super) arn: &'a str,
    /// Set when it holds more than the resource that was meant: the reason.
    pub(super) unscoped: Option<&'a str>,
}

/// The values of the placeholders of one ARN: placeholder -> value, and the path that it was found at.
pub(super) type Row<'a> = Vec<(&'a str, String)>;

impl Target {
    /// The resource that a record names by its ARN.
    pub(super) fn of_arn(arn: &str, suffix: Option<&Suffix>, rule: String) -> Self {
        let complete = match suffix {
            Some(suffix) => with_suffix(arn, suffix),
            None => escape_literal(arn).into_owned(),
        };
        Self {
            resource: complete,
            scope: Scope::Exact,
            rule,
        }
    }

    /// The resource that a record names by the parts of its ARN; `missing` parts become wildcards.
    pub(super) fn of_parts(
        call: &Call<'_>,
        form: Form<'_>,
        row: &Row<'_>,
        suffix: Option<&Suffix>,
        rule: String,
    ) -> Self {
        let filled = fill(call, form.arn, row);
        let rule = match (form.unscoped, filled.missing.as_slice()) {
            (_, [_, ..]) => format!("{rule}; not in the record: {}", filled.missing.join(", ")),
            (Some(reason), _) => format!("{rule}; {reason}"),
            (None, _) => rule,
        };
        let is_whole = form.unscoped.is_none() && filled.missing.is_empty();
        let ending = suffix.map_or("", |suffix| suffix.text.as_str());
        let is_closed = filled.missing.is_empty() || !filled.text.ends_with('*');
        Self {
            resource: if is_closed {
                filled.text + ending
            } else {
                filled.text
            },
            scope: if is_whole {
                Scope::Exact
            } else {
                Scope::Unscoped
            },
            rule,
        }
    }
}

/// Adds what policies append to an ARN, unless it is there already.
fn with_suffix(arn: &str, suffix: &Suffix) -> String {
    let is_complete = suffix
        .unless_like
        .as_deref()
        .is_some_and(|glob| Pattern::parse(glob).matches(arn));
    if is_complete {
        return escape_literal(arn).into_owned();
    }
    let stem = arn.strip_suffix(suffix.text.as_str()).unwrap_or(arn);
    format!("{}{}", escape_literal(stem), suffix.text)
}

struct Filled {
    text: String,
    missing: Vec<String>,
}

fn fill(call: &Call<'_>, format: &str, row: &Row<'_>) -> Filled {
    let mut text = String::with_capacity(format.len());
    let mut missing = Vec::new();
    for piece in pieces(format) {
        let hole = match piece {
            Piece::Text(literal) => {
                text.push_str(literal);
                continue;
            }
            Piece::Hole(hole) => hole,
        };
        let own = row
            .iter()
            .find(|(name, _)| *name == hole)
            .map(|(_, value)| value.as_str());
        let of_call = match hole {
            "Partition" => Some(call.partition),
            "Region" => call.region,
            "Account" => call.account,
            _ => None,
        };
        if let Some(value) = own.or(of_call) {
            text.push_str(&escape_literal(value));
        } else {
            text.push('*');
            missing.push(format!("`{hole}`"));
        }
    }
    Filled { text, missing }
}
