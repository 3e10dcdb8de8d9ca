//! Conditions: one operator, one key, and the values that it is compared with.

use super::Context;
use super::value::{ArnPattern, Decimal, Network, boolean, moment};
use crate::pattern::{Pattern, Variable};
use crate::policy::operator::{Comparison, Family, Operator, Quantifier, Relation};
use crate::policy::{Conditions, Version};
use crate::time::Timestamp;
use std::borrow::Cow;

/// A condition, ready to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator; none if it does not exist, and then the condition never holds.
    pub operator: Option<Operator>,
    /// The key, in lower case.
    pub key: String,
    /// The values, read as the operator takes them; a value that it cannot read matches nothing.
    pub(in crate::policy) wanted: Wanted,
    /// Says whether the operator cannot read some of the values.
    has_unreadable: bool,
}

/// Values as a comparison takes them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Wanted {
    Texts(Vec<Pattern>),
    TextsOfAnyCase(Vec<Pattern>),
    Arns(Vec<ArnPattern>),
    Numbers(Relation, Vec<Decimal>),
    Moments(Relation, Vec<Timestamp>),
    Networks(Vec<Network>),
    Booleans(Vec<bool>),
}

impl Condition {
    /// Compiles a whole `Condition` element.
    pub(super) fn compile_all(conditions: &Conditions, version: Version) -> Vec<Self> {
        let mut compiled = Vec::new();
        for (operator, keys) in conditions {
            let operator = Operator::parse(operator);
            for (key, values) in keys {
                let wanted = operator.map_or(Wanted::Texts(Vec::new()), |operator| {
                    Wanted::new(operator.comparison, values, version)
                });
                compiled.push(Self {
                    operator,
                    key: key.to_ascii_lowercase(),
                    has_unreadable: wanted.len() < values.len(),
                    wanted,
                });
            }
        }
        compiled
    }

    /// Lists the variables in its values.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let patterns: Vec<&Pattern> = match &self.wanted {
            Wanted::Texts(patterns) | Wanted::TextsOfAnyCase(patterns) => patterns.iter().collect(),
            Wanted::Arns(patterns) => patterns.iter().map(|arn| &arn.whole).collect(),
            _ => Vec::new(),
        };
        patterns.into_iter().flat_map(Pattern::variables)
    }

    /// Says whether the condition holds in a request.
    pub fn holds(&self, context: &Context) -> bool {
        let Some(operator) = self.operator else {
            return false;
        };
        let values = context.get(&self.key);
        if operator.comparison == Comparison::Null {
            return self.matches(bool_text(values.is_none()), context) == Some(true);
        }
        let is_negated = operator.comparison.relation() == Relation::Differs;
        let Some(values) = values else {
            return match operator.quantifier {
                Quantifier::ForAllValues => true,
                Quantifier::ForAnyValue => operator.if_exists,
                Quantifier::Single => operator.if_exists || is_negated,
            };
        };
        let mut matches = values
            .iter()
            .map(|value| self.matches(value, context) == Some(!is_negated));
        match operator.quantifier {
            Quantifier::ForAllValues => matches.all(|is_match| is_match),
            Quantifier::ForAnyValue => matches.any(|is_match| is_match),
            Quantifier::Single if is_negated => matches.all(|is_match| is_match),
            Quantifier::Single => matches.any(|is_match| is_match),
        }
    }
}

impl Condition {
    /// Says whether one of the values matches `found`; nothing if none does and something could not be read or has no value.
    ///
    /// A negated operator holds only where it is sure that nothing matches.
    pub(in crate::policy) fn matches(&self, found: &str, context: &Context) -> Option<bool> {
        match self.wanted.matches(found, context) {
            Some(false) if self.has_unreadable => None,
            answer => answer,
        }
    }
}

fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

impl Wanted {
    fn new(comparison: Comparison, values: &[String], version: Version) -> Self {
        let is_old = version == Version::V2008;
        let like = if is_old {
            Pattern::parse_2008
        } else {
            Pattern::parse
        };
        let exact = if is_old {
            Pattern::literal
        } else {
            Pattern::parse_without_wildcards
        };
        let texts = |read: fn(&str) -> Pattern| values.iter().map(|text| read(text)).collect();
        match comparison.family() {
            Family::Like => Self::Texts(texts(like)),
            Family::Text | Family::Binary => Self::Texts(texts(exact)),
            Family::TextOfAnyCase => Self::TextsOfAnyCase(texts(exact)),
            Family::Arn => {
                let patterns = values.iter().map(|text| ArnPattern::new(like(text)));
                Self::Arns(patterns.collect())
            }
            Family::Network => Self::Networks(read_all(values, Network::parse)),
            Family::Boolean | Family::Presence => Self::Booleans(read_all(values, boolean)),
            Family::Number => {
                Self::Numbers(comparison.relation(), read_all(values, Decimal::parse))
            }
            Family::Moment => Self::Moments(comparison.relation(), read_all(values, moment)),
        }
    }

    pub(in crate::policy) fn len(&self) -> usize {
        match self {
            Self::Texts(patterns) | Self::TextsOfAnyCase(patterns) => patterns.len(),
            Self::Arns(patterns) => patterns.len(),
            Self::Numbers(_, numbers) => numbers.len(),
            Self::Moments(_, moments) => moments.len(),
            Self::Networks(networks) => networks.len(),
            Self::Booleans(booleans) => booleans.len(),
        }
    }

    fn matches(&self, found: &str, context: &Context) -> Option<bool> {
        match self {
            Self::Texts(patterns) => any_known(patterns, |pattern| {
                Some(resolved(pattern, context)?.matches(found))
            }),
            Self::TextsOfAnyCase(patterns) => any_known(patterns, |pattern| {
                let wanted = resolved(pattern, context)?.as_literal()?.to_lowercase();
                Some(wanted == found.to_lowercase())
            }),
            Self::Arns(patterns) => any_known(patterns, |pattern| pattern.matches(found, context)),
            Self::Numbers(relation, numbers) => {
                let found = Decimal::parse(found)?;
                Some(
                    numbers
                        .iter()
                        .any(|wanted| relation.accepts(found.cmp(wanted))),
                )
            }
            Self::Moments(relation, moments) => {
                let found = moment(found)?;
                Some(
                    moments
                        .iter()
                        .any(|wanted| relation.accepts(found.cmp(wanted))),
                )
            }
            Self::Networks(networks) => {
                let found = Network::parse_address(found)?;
                Some(networks.iter().any(|wanted| wanted.contains(&found)))
            }
            Self::Booleans(booleans) => Some(booleans.contains(&boolean(found)?)),
        }
    }
}

fn read_all<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    values.iter().filter_map(|text| read(text)).collect()
}

fn resolved<'a>(pattern: &'a Pattern, context: &Context) -> Option<Cow<'a, Pattern>> {
    pattern.resolve(|key| context.single(key))
}

/// Says whether something holds for one of several; nothing if for none and unknown for some.
fn any_known<T>(several: &[T], holds: impl Fn(&T) -> Option<bool>) -> Option<bool> {
    let mut answer = Some(false);
    for one in several {
        match holds(one) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, values: &[&str]) -> Condition {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let keys = [("k".to_owned(), values)].into_iter().collect();
        let conditions = [(operator.to_owned(), keys)].into_iter().collect();
        Condition::compile_all(&conditions, Version::V2012).remove(0)
    }

    fn holds(operator: &str, wanted: &[&str], found: &[&str]) -> bool {
        let values = found.iter().map(|value| (*value).to_owned()).collect();
        condition(operator, wanted).holds(&[("k", values)].into_iter().collect())
    }

    #[test]
    fn of_several_values_one_is_enough_unless_the_operator_is_negated() {
        assert!(holds("StringEquals", &["a"], &["a", "b"]));
        assert!(!holds("StringEquals", &["c"], &["a", "b"]));
        assert!(!holds("StringNotEquals", &["a"], &["a", "b"]));
        assert!(holds("StringNotEquals", &["c"], &["a", "b"]));
        assert!(!holds("ForAllValues:StringEquals", &["a"], &["a", "b"]));
        assert!(holds("ForAllValues:StringEquals", &["a", "b"], &["a", "b"]));
        assert!(holds("ForAnyValue:StringNotEquals", &["a"], &["a", "b"]));
    }

    #[test]
    fn what_cannot_be_read_neither_matches_nor_differs() {
        assert!(!holds("NumericEquals", &["x"], &["1"]));
        assert!(!holds("NumericNotEquals", &["x"], &["1"]));
        assert!(holds("NumericNotEquals", &["2"], &["1"]));
        assert!(!holds("NumericNotEquals", &["2", "x"], &["1"]));
        assert!(holds("NumericEquals", &["x", "1"], &["1"]));
        assert!(!holds("StringIs", &["a"], &["a"]));
        assert!(holds("NumericEquals", &["1", "2"], &["1"]));
        assert!(holds(
            "DateEquals",
            &["2026-01-01", "2026-02-01"],
            &["2026-02-01"]
        ));
    }

    #[test]
    fn wildcards_count_where_the_operator_has_them() {
        assert!(!holds("StringEquals", &["a*"], &["ab"]));
        assert!(holds("StringEquals", &["a*"], &["a*"]));
        assert!(holds("StringLike", &["a*"], &["ab"]));
        assert!(!holds("StringEqualsIgnoreCase", &["a*"], &["AB"]));
        assert!(holds("StringEqualsIgnoreCase", &["ab"], &["AB"]));
        assert!(holds(
            "ArnLike",
            &["arn:aws:sns:*:1:t"],
            &["arn:aws:sns:r:1:t"]
        ));
    }

    #[test]
    fn variables_are_found_in_values_of_every_kind() {
        for operator in ["StringLike", "StringEqualsIgnoreCase", "ArnLike"] {
            let found = condition(operator, &["x", "arn:aws:s3:::${aws:username}"]);
            let keys: Vec<&str> = found.variables().map(|one| one.key.as_str()).collect();
            assert_eq!(keys, ["aws:username"], "{operator}");
        }
    }
}
