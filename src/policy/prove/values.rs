//! Values of a condition key: one of each class that the conditions on it tell apart.

use super::machine::{Machine, Reading, Walk};
use super::work::Work;
use crate::pattern::Pattern;
use crate::policy::evaluate::{Condition, Decimal, Wanted};
use crate::policy::operator::Comparison;
use crate::time::Timestamp;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The most steps spent on the values of one key.
const MOST_STEPS: usize = 1_000_000;

/// A text that no operator reads as a number, a moment, or an address.
const UNREADABLE: &str = "x";

/// Returns values of which every possible value behaves like one, in all these conditions on one key.
///
/// `None` if that cannot be told: the conditions read the values in ways too different, or the classes are too many.
pub(super) fn classes(conditions: &[&Condition], work: &Work) -> Option<Vec<String>> {
    let mut by_reading = BTreeSet::new();
    for condition in conditions {
        if condition
            .operator
            .is_some_and(|operator| operator.comparison != Comparison::Null)
        {
            by_reading.insert(match condition.wanted {
                Wanted::Texts(_)
                | Wanted::TextsOfAnyCase(_)
                | Wanted::Arns(_)
                | Wanted::Booleans(_) => 0,
                Wanted::Numbers(..) => 1,
                Wanted::Moments(..) => 2,
                Wanted::Networks(_) => 3,
            });
        }
    }
    let mut readings = by_reading.into_iter();
    match (readings.next(), readings.next()) {
        (None, _) => Some(vec![UNREADABLE.to_owned()]),
        (Some(0), None) => work.share(MOST_STEPS, |share| texts(conditions, share)),
        (Some(1), None) => numbers(conditions),
        (Some(2), None) => moments(conditions),
        (Some(3), None) => Some(addresses(conditions)),
        _ => None,
    }
}

fn texts(conditions: &[&Condition], work: &Work) -> Option<Vec<String>> {
    let mut machine = Machine::default();
    for condition in conditions {
        match &condition.wanted {
            Wanted::Texts(patterns) => machine.add(patterns, Reading::Exact),
            Wanted::TextsOfAnyCase(patterns) => machine.add(patterns, Reading::AnyCase),
            Wanted::Arns(patterns) => {
                // What is no ARN is a class of its own: a negated comparison does not hold for it.
                machine.add([&Pattern::parse("*:*:*:*:*:*")], Reading::Exact);
                machine.add(patterns.iter().map(|arn| &arn.whole), Reading::Arn)
            }
            Wanted::Booleans(booleans) => {
                let texts = booleans
                    .iter()
                    .map(|wanted| Pattern::literal(&wanted.to_string()));
                machine.add(&texts.collect::<Vec<_>>(), Reading::AnyCase)
            }
            _ => continue,
        };
    }
    // Tells the empty text apart, which is a value of its own only where a condition asks for it.
    machine.add([&Pattern::parse("?*")], Reading::Exact);
    let mut texts = Vec::new();
    let walk = machine.walk(None, work, |stop| {
        if !stop.matching.is_empty() {
            texts.push((stop.text)());
        }
        ControlFlow::Continue(())
    });
    texts.sort_by_key(String::is_empty);
    (walk == Walk::Complete).then_some(texts)
}

/// Takes each number, the ones between, one below all, and a text that is no number.
fn numbers(conditions: &[&Condition]) -> Option<Vec<String>> {
    let mut wanted: Vec<&Decimal> = Vec::new();
    for condition in conditions {
        if let Wanted::Numbers(_, numbers) = &condition.wanted {
            wanted.extend(numbers);
        }
    }
    let digits = wanted
        .iter()
        .map(|number| number.fraction_digits())
        .max()
        .unwrap_or(0)
        + 1;
    let scaled = wanted.iter().map(|number| number.scaled(digits));
    let scaled: BTreeSet<i128> = scaled.collect::<Option<_>>()?;
    let texts = around(&scaled).into_iter();
    let mut texts: Vec<String> = texts
        .map(|number| Decimal::write_scaled(number, digits))
        .collect();
    texts.push(UNREADABLE.to_owned());
    Some(texts)
}

/// Takes each moment, the ones between, one before all, and a text that is no moment.
fn moments(conditions: &[&Condition]) -> Option<Vec<String>> {
    let mut wanted = BTreeSet::new();
    for condition in conditions {
        if let Wanted::Moments(_, moments) = &condition.wanted {
            wanted.extend(moments.iter().map(|moment| moment.as_nanosecond()));
        }
    }
    let moments = around(&wanted).into_iter();
    let moments = moments.map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).ok());
    let mut texts = Vec::new();
    for moment in moments {
        texts.push(moment?.to_string());
    }
    texts.push(UNREADABLE.to_owned());
    Some(texts)
}

/// Returns all points, one before the first, and one right behind each.
fn around(points: &BTreeSet<i128>) -> BTreeSet<i128> {
    let before = points.first().and_then(|first| first.checked_sub(1));
    let behind = points.iter().filter_map(|point| point.checked_add(1));
    behind.chain(before).chain(points.iter().copied()).collect()
}

/// Takes the first address of each network and the first one behind it, of both versions one outside, and no address.
fn addresses(conditions: &[&Condition]) -> Vec<String> {
    let mut texts: Vec<String> = ["0.0.0.0", "::", UNREADABLE].map(str::to_owned).to_vec();
    for condition in conditions {
        if let Wanted::Networks(networks) = &condition.wanted {
            for network in networks {
                let (first, behind) = network.bounds();
                texts.push(first);
                texts.extend(behind);
            }
        }
    }
    texts
}
