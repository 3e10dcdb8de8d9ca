//! How many new needs the next days bring, from the days on which each known need was used.
//!
//! Days are the samples, since the calls of one day come in bursts. Three answers are put together:
//!
//! 1. **What is still unseen of a steady population.** Chao's estimate of the unseen from needs used on one day (`q1`) and on two
//!    (`q2`), carried on over the next days. Source: A. Chao and others, "Rarefaction and extrapolation with Hill numbers"
//!    (Ecological Monographs 2014), incidence data; the idea is Good and Toulmin's, and Efron and Thisted's.
//! 2. **What is new in the world.** Were the days exchangeable, so many needs would have been first seen in the last third. What was
//!    seen beyond that is drift (releases), and goes on at its rate.
//! 3. **What repeats by the clock.** Fewer first sightings than that mean regular jobs, which are all known once their longest
//!    pause has passed: the first answer shrinks by as much.

/// What the next days bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// So many new needs are expected.
    pub expected: f64,
    /// Nine times in ten there are at least so many,
    pub low: f64,
    /// and at most so many.
    pub high: f64,
}

/// Predicts the new needs of the `horizon_days` after `span_days` observed days.
///
/// `histories` holds, for each known need, the days on which it was used: counted from 0, in order, each once.
pub fn new_needs(histories: &[Vec<u32>], span_days: u32, horizon_days: u32) -> Prediction {
    let (span, horizon) = (f64::from(span_days), f64::from(horizon_days));
    if histories.is_empty() || span_days == 0 || horizon_days == 0 {
        return Prediction {
            expected: 0.0,
            low: 0.0,
            high: 0.0,
        };
    }
    let used_on = |days: usize| number(histories.iter().filter(|one| one.len() == days).count());
    let once = used_on(1);
    let steady = unseen(once, used_on(2), span, horizon);
    let late_days = (span_days / 3).max(1);
    let seen_late = number(
        histories
            .iter()
            .filter(|one| one.first().is_some_and(|day| *day >= span_days - late_days))
            .count(),
    );
    let expected_late: f64 = histories
        .iter()
        .map(|one| chance_all_late(one.len(), span_days, late_days))
        .sum();
    let shrink = if seen_late < expected_late {
        (seen_late + 1.0) / (expected_late + 1.0)
    } else {
        1.0
    };
    let beyond = seen_late - expected_late;
    let is_drift = beyond > expected_late.max(1.0).sqrt() / 2.0;
    let drift = if is_drift { beyond } else { 0.0 };
    let expected = shrink * steady + drift / f64::from(late_days) * horizon;
    // The count varies by its own chance, and the estimate by how few needs it rests on.
    let variance = expected + expected * expected / (once + drift + 1.0);
    let spread = 1.645 * variance.sqrt();
    Prediction {
        expected,
        low: (expected - spread).max(0.0),
        high: expected + spread + if expected < 1.0 { 1.0 } else { 0.0 },
    }
}

/// Chao's estimate of the needs that the next days show of those that were not seen yet.
fn unseen(once: f64, twice: f64, span: f64, horizon: f64) -> f64 {
    if once == 0.0 {
        return 0.0;
    }
    let ratio = if twice > 0.0 {
        once * once / (2.0 * twice)
    } else {
        once * (once - 1.0) / 2.0
    };
    let all = (span - 1.0) / span * ratio;
    if all <= 0.0 {
        return 0.0;
    }
    all * (1.0 - (1.0 - once / (span * all + once)).powf(horizon))
}

/// The chance that all of `uses` days, drawn from `span`, lie in the last `late`.
fn chance_all_late(uses: usize, span: u32, late: u32) -> f64 {
    let uses = u32::try_from(uses).unwrap_or(u32::MAX);
    if uses > late {
        return 0.0;
    }
    (0..uses)
        .map(|drawn| f64::from(late - drawn) / f64::from(span - drawn))
        .product()
}

/// A count as the estimators take it.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_needs_predict_nothing_new() {
        let daily: Vec<Vec<u32>> = vec![(0..60).collect(); 20];
        let prediction = new_needs(&daily, 60, 20);
        assert!(prediction.expected < 0.01, "{prediction:?}");
        assert!(prediction.high >= 1.0);
    }

    #[test]
    fn a_new_need_each_day_goes_on() {
        let releases: Vec<Vec<u32>> = (0..60).map(|day| (day..60).collect()).collect();
        let prediction = new_needs(&releases, 60, 20);
        assert!(
            (15.0..25.0).contains(&prediction.expected),
            "{prediction:?}"
        );
    }

    #[test]
    fn needs_seen_once_predict_more_of_their_kind() {
        let rare: Vec<Vec<u32>> = (0..60).step_by(2).map(|day| vec![day]).collect();
        let prediction = new_needs(&rare, 60, 20);
        assert!((5.0..20.0).contains(&prediction.expected), "{prediction:?}");
        assert!(new_needs(&[], 60, 20).high < 0.01);
    }
}
