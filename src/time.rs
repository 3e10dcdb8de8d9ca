//! Moments and windows. The clock is never read here; `cli` passes the present moment in.

pub use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day, in UTC, that a moment falls on.
pub fn day_of(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

/// A span of time: from `since` (included) to `until` (excluded), each open if absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment inside.
    pub since: Option<Timestamp>,
    /// The first moment after.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Says whether `moment` lies inside.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= moment)
            && self.until.is_none_or(|until| moment < until)
    }
}
