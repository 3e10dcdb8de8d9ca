//! Days that are missing: an account and region that is active on nearly every day, and silent on a few.
//!
//! Silence on single days of a region that is rarely used means nothing. Where events come day by day, a day without one
//! means that files are missing or that the trail was off.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::Coverage;

/// The fewest days with events after which silence means something.
const FEWEST_DAYS: usize = 7;
/// Of ten days, how many must have events.
const ACTIVE_TENTHS: usize = 8;

/// Days on which an otherwise active account has no event in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DayGap {
    /// The account; empty if the records do not tell.
    pub account: String,
    /// The region.
    pub region: String,
    /// The first day without an event.
    pub first: Date,
    /// The last day without an event.
    pub last: Date,
}

impl Coverage {
    /// Lists the gaps, by account, region and day.
    pub fn day_gaps(&self) -> Vec<DayGap> {
        let window = (self.days.keys().next(), self.days.keys().next_back());
        let (Some(first), Some(last)) = window else {
            return Vec::new();
        };
        let mut gaps = Vec::new();
        for ((account, region), days) in &self.days_by_region {
            for (first, last) in silences(days, *first, *last) {
                gaps.push(DayGap {
                    account: account.clone(),
                    region: region.clone(),
                    first,
                    last,
                });
            }
        }
        gaps
    }
}

/// The runs of days without events between `first` and `last`, if the days with events are many enough.
fn silences(days: &BTreeSet<Date>, first: Date, last: Date) -> Vec<(Date, Date)> {
    let span = usize::try_from((last - first).get_days() + 1).unwrap_or_default();
    if days.len() < FEWEST_DAYS || days.len() * 10 < span * ACTIVE_TENTHS {
        return Vec::new();
    }
    let mut silences = Vec::new();
    let mut expected = first;
    for day in days {
        if let Ok(before) = day.yesterday()
            && expected <= before
        {
            silences.push((expected, before));
        }
        expected = day.checked_add(1.day()).unwrap_or(*day);
    }
    if expected <= last {
        silences.push((expected, last));
    }
    silences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(day: i8) -> Date {
        Date::constant(2026, 6, day)
    }

    #[test]
    fn single_silent_days_of_an_active_region_are_gaps() {
        let days: BTreeSet<Date> = (1..=20)
            .filter(|day| ![5, 6, 20].contains(day))
            .map(date)
            .collect();
        let found = silences(&days, date(1), date(20));
        assert_eq!(found, [(date(5), date(6)), (date(20), date(20))]);
    }

    #[test]
    fn a_region_that_is_rarely_used_has_no_gaps() {
        let weekly: BTreeSet<Date> = [1, 8, 15, 22, 29].map(date).into();
        assert_eq!(silences(&weekly, date(1), date(30)), []);
        let few: BTreeSet<Date> = [1, 2, 4].map(date).into();
        assert_eq!(silences(&few, date(1), date(4)), []);
    }
}
