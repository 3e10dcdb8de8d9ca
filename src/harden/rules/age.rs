//! How long ago a day was.

use jiff::civil::Date;

/// How long something may lie unused.
pub(super) const MOST_DAYS: i32 = 90;

/// Counts the days between two.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    to.duration_since(from)
        .as_hours()
        .div_euclid(24)
        .try_into()
        .unwrap_or(i32::MAX)
}
