//! The days that the input spans, and what the role did on each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::report::Calendar;
use crate::usage::{Coverage, RoleUsage};

pub(super) fn of(usage: &RoleUsage, coverage: &Coverage) -> Option<Calendar> {
    let first = *coverage.days.keys().next()?;
    let last = *coverage.days.keys().next_back()?;
    let mut uses: BTreeMap<Date, u64> = BTreeMap::new();
    for evidence in usage.uses.values() {
        for (day, count) in evidence.days.iter() {
            *uses.entry(day).or_default() += count;
        }
    }
    let days = first.series(1.day()).take_while(|day| *day <= last);
    let empty: BTreeSet<Date> = days
        .filter(|day| !coverage.days.contains_key(day))
        .collect();
    Some(Calendar {
        first,
        last,
        uses,
        empty,
    })
}
