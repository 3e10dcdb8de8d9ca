//! The values of conditions: numbers, moments, networks, ARNs, booleans.

use super::Context;
use crate::pattern::{Pattern, Token};
use crate::time::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

/// Reads `true` or `false`, in any case.
pub(in crate::policy) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A decimal number of any length, compared exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Decimal {
    is_negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits behind the point, without trailing zeros.
    fraction: String,
}

impl Decimal {
    pub(in crate::policy) fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_digits = !(whole.is_empty() && fraction.is_empty());
        if !(has_digits && is_number(whole) && is_number(fraction)) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: is_negative && !is_zero,
            whole,
            fraction,
        })
    }
}

impl Decimal {
    /// Returns the number times ten to the power of `digits`, if it is whole then and not too large.
    pub(in crate::policy) fn scaled(&self, digits: usize) -> Option<i128> {
        let padding = digits.checked_sub(self.fraction.len())?;
        let text = format!("{}{}{}", self.whole, self.fraction, "0".repeat(padding));
        let magnitude: i128 = if text.is_empty() {
            0
        } else {
            text.parse().ok()?
        };
        Some(if self.is_negative {
            -magnitude
        } else {
            magnitude
        })
    }

    /// Writes a number that is given times ten to the power of `digits`.
    pub(in crate::policy) fn write_scaled(number: i128, digits: usize) -> String {
        let sign = if number < 0 { "-" } else { "" };
        let text = format!("{:0>width$}", number.unsigned_abs(), width = digits + 1);
        match text.split_at_checked(text.len().saturating_sub(digits)) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{text}"),
        }
    }

    /// Counts the digits behind the point.
    pub(in crate::policy) fn fraction_digits(&self) -> usize {
        self.fraction.len()
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| {
            (
                number.whole.len(),
                number.whole.clone(),
                number.fraction.clone(),
            )
        };
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads a moment: ISO 8601 with a month at least, in UTC if no offset is given, or seconds since 1970.
pub(in crate::policy) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let in_utc = |moment: DateTime| TimeZone::UTC.to_timestamp(moment).ok();
    let text = match text.len() {
        7 => Cow::Owned(format!("{text}-01")),
        _ => Cow::Borrowed(text),
    };
    match text.parse::<DateTime>() {
        Ok(moment) => in_utc(moment),
        Err(_) => text
            .parse::<Date>()
            .ok()
            .map(DateTime::from)
            .and_then(in_utc),
    }
}

/// A range of addresses, of IP version 4 or 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Network {
    is_version_6: bool,
    /// The address's bits, those behind the prefix cleared.
    bits: u128,
    prefix_bits: u32,
}

impl Network {
    /// Reads `203.0.113.0/24` or one address.
    pub(in crate::policy) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let (is_version_6, bits, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (false, u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (true, address.to_bits(), 128),
        };
        let prefix_bits = prefix.map_or(Some(width), |prefix| prefix.parse().ok())?;
        let free_bits = u32::checked_sub(width, prefix_bits)?;
        Some(Self {
            is_version_6,
            bits: clear(bits, free_bits),
            prefix_bits,
        })
    }

    /// Reads one address.
    pub(in crate::policy) fn parse_address(text: &str) -> Option<Self> {
        if text.contains('/') {
            return None;
        }
        Self::parse(text)
    }

    /// Says whether all of `other` lies within.
    pub(in crate::policy) fn contains(&self, other: &Self) -> bool {
        let width = if self.is_version_6 { 128 } else { 32 };
        self.is_version_6 == other.is_version_6
            && self.prefix_bits <= other.prefix_bits
            && clear(other.bits, width - self.prefix_bits) == self.bits
    }
}

impl Network {
    /// Returns the first address within, and the first one behind, if there is one.
    pub(in crate::policy) fn bounds(&self) -> (String, Option<String>) {
        let width = if self.is_version_6 { 128 } else { 32 };
        let size = 1_u128.checked_shl(width - self.prefix_bits);
        let behind = size.and_then(|size| self.bits.checked_add(size));
        let write = |bits: u128| {
            if self.is_version_6 {
                return Some(IpAddr::V6(bits.into()).to_string());
            }
            let bits = u32::try_from(bits).ok()?;
            Some(IpAddr::V4(bits.into()).to_string())
        };
        (write(self.bits).unwrap_or_default(), behind.and_then(write))
    }
}

/// Clears the lowest bits.
fn clear(bits: u128, count: u32) -> u128 {
    let kept = bits.checked_shr(count).unwrap_or(0);
    kept.checked_shl(count).unwrap_or(0)
}

/// A pattern of ARNs, matched part by part: a `*` in one of the first five parts does not cross a colon.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) struct ArnPattern {
    pub(in crate::policy) whole: Pattern,
    /// The parts, if they do not depend on the request.
    parts: Vec<Pattern>,
}

impl ArnPattern {
    pub(in crate::policy) fn new(whole: Pattern) -> Self {
        let parts = if whole.has_variable() {
            Vec::new()
        } else {
            parts(&whole)
        };
        Self { whole, parts }
    }

    /// Says whether an ARN matches; nothing if the pattern or the text is none, or a variable has no value.
    pub(in crate::policy) fn matches(&self, arn: &str, context: &Context) -> Option<bool> {
        if !self.whole.has_variable() {
            return matches_parts(&self.parts, arn);
        }
        let resolved = self.whole.resolve(|key| context.single(key))?;
        matches_parts(&parts(&resolved), arn)
    }
}

fn parts(pattern: &Pattern) -> Vec<Pattern> {
    let mut parts = vec![Vec::new()];
    for token in pattern.tokens() {
        if token == Token::Literal(':') && parts.len() < 6 {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token);
        }
    }
    parts.into_iter().map(Pattern::from_tokens).collect()
}

fn matches_parts(parts: &[Pattern], arn: &str) -> Option<bool> {
    let found: Vec<&str> = arn.splitn(6, ':').collect();
    let are_arns = parts.len() == 6 && found.len() == 6;
    let mut pairs = parts.iter().zip(found);
    are_arns.then(|| pairs.all(|(part, found)| part.matches(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_exactly() {
        let number = |text| Decimal::parse(text).unwrap();
        assert_eq!(number("007.50"), number("7.5"));
        assert_eq!(number("-0"), number("0"));
        assert!(number("10") > number("9"));
        assert!(number("-10") < number("-9.99"));
        assert!(number("9007199254740993") > number("9007199254740992"));
        for text in ["", ".", "-", "1e3", "1.2.3", "0x1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_scaled_and_written_back() {
        let number = |text| Decimal::parse(text).unwrap();
        assert_eq!(number("1.250").fraction_digits(), 2);
        assert_eq!(number("10").fraction_digits(), 0);
        assert_eq!(number("-1.25").scaled(3), Some(-1250));
        assert_eq!(number("1.25").scaled(1), None);
        for (scaled, digits, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 0, "5"),
            (-5, 1, "-0.5"),
            (1250, 3, "1.250"),
        ] {
            assert_eq!(Decimal::write_scaled(scaled, digits), text);
        }
    }

    #[test]
    fn moments_come_in_several_writings() {
        let midnight = moment("2026-06-01").unwrap();
        for text in [
            "2026-06",
            "2026-06-01T00:00Z",
            "2026-06-01T00:00:00Z",
            "2026-06-01T02:00:00+02:00",
            "1780272000",
        ] {
            assert_eq!(moment(text), Some(midnight), "{text}");
        }
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn networks_hold_addresses_of_their_version() {
        let network = |text| Network::parse(text).unwrap();
        assert!(network("203.0.113.0/24").contains(&network("203.0.113.77")));
        assert!(!network("203.0.113.0/24").contains(&network("203.0.114.1")));
        assert!(!network("203.0.113.0/24").contains(&network("203.0.0.0/16")));
        assert!(network("203.0.113.0/24").contains(&network("203.0.113.0/24")));
        assert!(network("0.0.0.0/0").contains(&network("8.8.8.8")));
        assert!(network("2001:db8::/32").contains(&network("2001:db8:1::1")));
        assert!(!network("::/0").contains(&network("8.8.8.8")));
        assert_eq!(Network::parse("10.0.0.0/33"), None);
    }

    #[test]
    fn arn_patterns_stay_within_their_parts() {
        let context = Context::default();
        let topic = "arn:aws:sns:eu-west-1:111122223333:topic:x";
        for (pattern, wanted) in [
            ("arn:aws:sns:*:111122223333:t*", Some(true)),
            (topic, Some(true)),
            ("arn:aws:sns:*:*:topic:?", Some(true)),
            ("arn:aws:s*:x", None),
            ("arn:aws:s*:*:*:x", Some(false)),
            ("*", None),
        ] {
            let pattern = ArnPattern::new(Pattern::parse(pattern));
            assert_eq!(pattern.matches(topic, &context), wanted, "{pattern:?}");
            assert_eq!(pattern.matches("topic", &context), None);
        }
    }
}
