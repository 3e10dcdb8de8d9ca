//! The condition operators, as data: what they compare, and how.
//!
//! Source: the IAM user guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or
//! values".

use crate::nearest::nearest;
use std::cmp::Ordering;
use std::fmt;

/// A condition operator with its set prefix and its `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// How the values of a key with several are taken together.
    pub quantifier: Quantifier,
    /// The comparison.
    pub comparison: Comparison,
    /// Says whether it holds when the request has no such key.
    pub if_exists: bool,
}

/// How the values that a request has for one key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// The key is expected to have one value.
    Single,
    /// `ForAllValues:`: every value must match, and none at all is fine.
    ForAllValues,
    /// `ForAnyValue:`: at least one value must match.
    ForAnyValue,
}

/// A comparison between a value of the request and the values of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are named after IAM's own operators")]
pub enum Comparison {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
}

/// What kind of values a comparison takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Texts, compared whole.
    Text,
    /// Texts, compared whole and without regard to case.
    TextOfAnyCase,
    /// Texts, compared with a pattern.
    Like,
    /// Decimal numbers.
    Number,
    /// Moments in time.
    Moment,
    /// `true` or `false`.
    Boolean,
    /// Bytes in base64.
    Binary,
    /// Addresses and ranges of addresses.
    Network,
    /// ARNs, compared part by part with a pattern.
    Arn,
    /// Whether the key is there at all.
    Presence,
}

/// How the request's value must stand to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Relation {
    Equal,
    Differs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

use Comparison as C;
use Family as F;
use Relation as R;

/// Every comparison: its name, what it takes, and what it asks for.
const COMPARISONS: [(&str, Comparison, Family, Relation); 27] = [
    ("StringEquals", C::StringEquals, F::Text, R::Equal),
    ("StringNotEquals", C::StringNotEquals, F::Text, R::Differs),
    (
        "StringEqualsIgnoreCase",
        C::StringEqualsIgnoreCase,
        F::TextOfAnyCase,
        R::Equal,
    ),
    (
        "StringNotEqualsIgnoreCase",
        C::StringNotEqualsIgnoreCase,
        F::TextOfAnyCase,
        R::Differs,
    ),
    ("StringLike", C::StringLike, F::Like, R::Equal),
    ("StringNotLike", C::StringNotLike, F::Like, R::Differs),
    ("NumericEquals", C::NumericEquals, F::Number, R::Equal),
    (
        "NumericNotEquals",
        C::NumericNotEquals,
        F::Number,
        R::Differs,
    ),
    ("NumericLessThan", C::NumericLessThan, F::Number, R::Less),
    (
        "NumericLessThanEquals",
        C::NumericLessThanEquals,
        F::Number,
        R::LessOrEqual,
    ),
    (
        "NumericGreaterThan",
        C::NumericGreaterThan,
        F::Number,
        R::Greater,
    ),
    (
        "NumericGreaterThanEquals",
        C::NumericGreaterThanEquals,
        F::Number,
        R::GreaterOrEqual,
    ),
    ("DateEquals", C::DateEquals, F::Moment, R::Equal),
    ("DateNotEquals", C::DateNotEquals, F::Moment, R::Differs),
    ("DateLessThan", C::DateLessThan, F::Moment, R::Less),
    (
        "DateLessThanEquals",
        C::DateLessThanEquals,
        F::Moment,
        R::LessOrEqual,
    ),
    ("DateGreaterThan", C::DateGreaterThan, F::Moment, R::Greater),
    (
        "DateGreaterThanEquals",
        C::DateGreaterThanEquals,
        F::Moment,
        R::GreaterOrEqual,
    ),
    ("Bool", C::Bool, F::Boolean, R::Equal),
    ("BinaryEquals", C::BinaryEquals, F::Binary, R::Equal),
    ("IpAddress", C::IpAddress, F::Network, R::Equal),
    ("NotIpAddress", C::NotIpAddress, F::Network, R::Differs),
    ("ArnEquals", C::ArnEquals, F::Arn, R::Equal),
    ("ArnNotEquals", C::ArnNotEquals, F::Arn, R::Differs),
    ("ArnLike", C::ArnLike, F::Arn, R::Equal),
    ("ArnNotLike", C::ArnNotLike, F::Arn, R::Differs),
    ("Null", C::Null, F::Presence, R::Equal),
];

const QUANTIFIERS: [(&str, Quantifier); 2] = [
    ("ForAllValues:", Quantifier::ForAllValues),
    ("ForAnyValue:", Quantifier::ForAnyValue),
];

const IF_EXISTS: &str = "IfExists";

impl Operator {
    /// Reads an operator; names are compared without regard to case.
    pub fn parse(text: &str) -> Option<Self> {
        let (quantifier, rest) = QUANTIFIERS
            .iter()
            .find_map(|(name, quantifier)| Some((*quantifier, strip_prefix(text, name)?)))
            .unwrap_or((Quantifier::Single, text));
        let (name, if_exists) = match strip_suffix(rest, IF_EXISTS) {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (_, comparison, _, _) = COMPARISONS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
        // `Null` asks for the key's presence itself, so neither prefix nor suffix means anything with it.
        let is_plain = !if_exists && quantifier == Quantifier::Single;
        (is_plain || *comparison != Comparison::Null).then_some(Self {
            quantifier,
            comparison: *comparison,
            if_exists,
        })
    }

    /// Returns the known operator name that is most like `text`.
    pub fn nearest(text: &str) -> Option<&'static str> {
        let names = COMPARISONS.iter().map(|(name, ..)| *name);
        nearest(text, names, 1).first().copied()
    }
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

impl Comparison {
    /// Returns the comparison's name.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Returns what kind of values it takes.
    pub fn family(self) -> Family {
        self.row().2
    }

    /// Returns how the request's value must stand to the policy's.
    pub fn relation(self) -> Relation {
        self.row().3
    }

    fn row(self) -> (&'static str, Self, Family, Relation) {
        let row = COMPARISONS.iter().find(|(_, known, ..)| *known == self);
        // INVARIANT: the table has every comparison; a test walks it.
        *row.unwrap_or(&("", self, Family::Text, Relation::Equal))
    }
}

impl Relation {
    /// Says whether a value that compares so with the policy's is accepted. `Differs` is decided over all values together.
    pub fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal | Self::Differs => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantifier = QUANTIFIERS
            .iter()
            .find(|(_, known)| *known == self.quantifier);
        f.write_str(quantifier.map_or("", |(name, _)| name))?;
        f.write_str(self.comparison.name())?;
        f.write_str(if self.if_exists { IF_EXISTS } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_read_and_written() {
        for (name, comparison, ..) in COMPARISONS {
            assert_eq!(comparison.name(), name);
            assert_eq!(Operator::parse(name).unwrap().to_string(), name);
            let full = format!("ForAnyValue:{name}IfExists");
            let is_null = comparison == Comparison::Null;
            assert_eq!(Operator::parse(&full).is_none(), is_null, "{full}");
        }
        assert_eq!(
            Operator::parse("forallvalues:stringlike")
                .unwrap()
                .to_string(),
            "ForAllValues:StringLike"
        );
    }

    #[test]
    fn what_is_no_operator_gets_a_suggestion() {
        assert_eq!(Operator::parse("StringLikes"), None);
        assert_eq!(Operator::nearest("StringLikes"), Some("StringLike"));
        assert_eq!(Operator::nearest("Contains"), None);
    }
}
