//! Conditions: one operator, one key, and the values that it is compared with.

use super::Context;
use super::value::{ArnPattern, Decimal, Network, boolean, moment};
use crate::pattern::{Pattern, Variable};
use crate::policy::operator::{Comparison, Family, Operator, Quantifier, Relation};
use crate::policy::{Conditions, Version};
use crate::time::Timestamp;

/// A condition, ready to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator; none if it does not exist, and then the condition never holds.
    pub operator: Option<Operator>,
    /// The key, in lower case.
    pub key: String,
    /// The values, read as the operator takes them; a value that it cannot read matches nothing.
    pub(in crate::policy) wanted: Wanted,
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
                compiled.push(Self {
                    operator,
                    key: key.to_ascii_lowercase(),
                    wanted: operator.map_or(Wanted::Texts(Vec::new()), |operator| {
                        Wanted::new(operator.comparison, values, version)
                    }),
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
            return self.wanted.matches(bool_text(values.is_none()), context);
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
            .map(|value| self.wanted.matches(value, context) != is_negated);
        match operator.quantifier {
            Quantifier::ForAllValues => matches.all(|is_match| is_match),
            Quantifier::ForAnyValue => matches.any(|is_match| is_match),
            Quantifier::Single if is_negated => matches.all(|is_match| is_match),
            Quantifier::Single => matches.any(|is_match| is_match),
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

    /// Says whether one of the values matches `found`.
    pub(in crate::policy) fn matches(&self, found: &str, context: &Context) -> bool {
        match self {
            Self::Texts(patterns) => patterns.iter().any(|pattern| {
                let resolved = pattern.resolve(|key| context.single(key));
                resolved.is_some_and(|pattern| pattern.matches(found))
            }),
            Self::TextsOfAnyCase(patterns) => patterns.iter().any(|pattern| {
                let resolved = pattern.resolve(|key| context.single(key));
                let wanted = resolved.as_deref().and_then(Pattern::as_literal);
                wanted.is_some_and(|wanted| wanted.to_lowercase() == found.to_lowercase())
            }),
            Self::Arns(patterns) => {
                let mut patterns = patterns.iter();
                patterns.any(|pattern| pattern.matches(found, context))
            }
            Self::Numbers(relation, numbers) => {
                is_ordered(*relation, numbers, Decimal::parse(found))
            }
            Self::Moments(relation, moments) => is_ordered(*relation, moments, moment(found)),
            Self::Networks(networks) => Network::parse(found)
                .is_some_and(|found| networks.iter().any(|wanted| wanted.contains(&found))),
            Self::Booleans(booleans) => {
                boolean(found).is_some_and(|found| booleans.contains(&found))
            }
        }
    }
}

fn read_all<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    values.iter().filter_map(|text| read(text)).collect()
}

fn is_ordered<T: Ord>(relation: Relation, wanted: &[T], found: Option<T>) -> bool {
    found.is_some_and(|found| {
        let mut wanted = wanted.iter();
        wanted.any(|wanted| relation.accepts(found.cmp(wanted)))
    })
}
