//! Moments and windows. The clock is never read here; `cli` passes the present moment in.

use jiff::SignedDuration;
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

    /// Says whether two windows have a moment in common.
    pub fn overlaps(&self, other: Self) -> bool {
        let starts_before = |one: &Self, other: &Self| match (one.since, other.until) {
            (Some(since), Some(until)) => since < until,
            _ => true,
        };
        starts_before(self, &other) && starts_before(&other, self)
    }
}

/// The first moment of the day, in UTC, that a moment falls on.
pub fn start_of_day(moment: Timestamp) -> Option<Timestamp> {
    let midnight = day_of(moment).at(0, 0, 0, 0);
    TimeZone::UTC.to_timestamp(midnight).ok()
}

/// A text that names no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a date (`2026-06-01`), a moment (`2026-06-01T12:00:00Z`) or an age (`90d`, `12h`), found `{0}`"
)]
pub struct MomentError(String);

/// Which end of a day a bare date stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayEnd {
    /// Its first moment.
    Start,
    /// The first moment after it.
    End,
}

/// Reads a date, a moment, or an age counted back from `now`. Dates are days in UTC.
pub fn parse_moment(text: &str, now: Timestamp, end: DayEnd) -> Result<Timestamp, MomentError> {
    let error = || MomentError(text.to_owned());
    if let Some(age) = parse_age(text) {
        return now.checked_sub(age).map_err(|_| error());
    }
    let is_date = text.len() == "2026-06-01".len();
    if let Some(date) = text.parse::<Date>().ok().filter(|_| is_date) {
        let day = match end {
            DayEnd::Start => date,
            DayEnd::End => date.tomorrow().map_err(|_| error())?,
        };
        let midnight = day.at(0, 0, 0, 0);
        return TimeZone::UTC.to_timestamp(midnight).map_err(|_| error());
    }
    text.parse().map_err(|_| error())
}

/// Reads an age: a number and a unit of hours, days or weeks.
fn parse_age(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let hours = match unit {
        "h" => 1,
        "d" => 24,
        "w" => 24 * 7,
        _ => return None,
    };
    let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
    Some(SignedDuration::from_hours(number.checked_mul(hours)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_moments_and_ages_are_read() {
        let now: Timestamp = "2026-08-30T10:00:00Z".parse().unwrap();
        let read = |text, end| parse_moment(text, now, end).unwrap().to_string();
        assert_eq!(read("2026-06-01", DayEnd::Start), "2026-06-01T00:00:00Z");
        assert_eq!(read("2026-06-01", DayEnd::End), "2026-06-02T00:00:00Z");
        assert_eq!(
            read("2026-06-01T12:30:00Z", DayEnd::End),
            "2026-06-01T12:30:00Z"
        );
        assert_eq!(read("90d", DayEnd::Start), "2026-06-01T10:00:00Z");
        assert_eq!(read("2h", DayEnd::Start), "2026-08-30T08:00:00Z");
    }

    #[test]
    fn anything_else_is_refused_with_what_was_found() {
        for text in [
            "",
            "d",
            "-3d",
            "yesterday",
            "2026-13-01",
            "99999999999999999999d",
            "9223372036854775807w",
        ] {
            let error = parse_moment(text, Timestamp::UNIX_EPOCH, DayEnd::Start).unwrap_err();
            assert!(
                error.to_string().ends_with(&format!("found `{text}`")),
                "{error}"
            );
        }
    }
}
