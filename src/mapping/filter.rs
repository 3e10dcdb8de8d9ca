//! Filters: from the text that a parameter has to the text that an ARN wants.
//!
//! ```text
//! part(/,-1)        one part of the text, counted from 0, or from the end
//! rest(/)           what stands after the first separator; first(/) what stands before it
//! after(function:)  what stands after the last such text, if it is there
//! strip(/)          without such a start; strip_end(/) without such an end;
//!                   prefix(/a/) with such a text put before it
//! place(account)    the account of a partial ARN, `[REGION:]ACCOUNT:rest`; place(region) its region; place(rest) what stands
//!                   behind them, the whole text when they are not there
//! starts(i-,vol-)   refuses what does not start so, without regard to case
//! like(glob), unlike(glob)
//! map(A=a,B=b)      one word for another; refuses the words that are not listed
//! account           refuses what is no account id
//! decoded           percent signs decoded (S3 writes copy sources so)
//! encoded           percent signs put in for all but letters, digits and `-._~` (API Gateway writes ARNs in paths so)
//! ```

use crate::pattern::Pattern;

use crate::arn::is_account;

/// Passes a text through filters; `None` when one refuses it or nothing is left.
pub(super) fn apply(filters: &[&str], text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for filter in filters {
        text = apply_one(filter, &text)?;
    }
    (!text.is_empty()).then_some(text)
}

fn apply_one(filter: &str, text: &str) -> Option<String> {
    let (name, arguments) = match filter.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')')?),
        None => (filter, ""),
    };
    let kept = match name {
        "part" => {
            let (separator, at) = arguments.rsplit_once(',')?;
            part(text, separator, at.parse().ok()?)?
        }
        "first" => text
            .split_once(arguments)
            .map_or(text, |(first, _)| first)
            .to_owned(),
        "rest" => text.split_once(arguments)?.1.to_owned(),
        "after" => text
            .rsplit_once(arguments)
            .map_or(text, |(_, after)| after)
            .to_owned(),
        "prefix" => format!("{arguments}{text}"),
        "strip" => text.strip_prefix(arguments).unwrap_or(text).to_owned(),
        "strip_end" => text.strip_suffix(arguments).unwrap_or(text).to_owned(),
        "place" => place(text, arguments)?.to_owned(),
        "starts" => refuse_unless(starts_with_any(text, arguments), text)?,
        "like" => refuse_unless(Pattern::parse(arguments).matches(text), text)?,
        "unlike" => refuse_unless(!Pattern::parse(arguments).matches(text), text)?,
        "map" => {
            let mut pairs = arguments.split(',').filter_map(|pair| pair.split_once('='));
            pairs.find(|(word, _)| *word == text)?.1.to_owned()
        }
        "account" => refuse_unless(is_account(text), text)?,
        "decoded" => decoded(text)?,
        "encoded" => encoded(text),
        _ => return None,
    };
    Some(kept)
}

fn refuse_unless(is_wanted: bool, text: &str) -> Option<String> {
    is_wanted.then(|| text.to_owned())
}

/// One part of a partial ARN: its region, its account, or the rest. A name of digits counts as an account only before a `:`.
fn place<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let with_account = |text: &'a str| text.split_once(':').filter(|(first, _)| is_account(first));
    let with_region = text
        .split_once(':')
        .and_then(|(region, rest)| Some((region, with_account(rest)?)));
    let (region, account, rest) = match (with_region, with_account(text)) {
        (Some((region, (account, rest))), _) => (Some(region), Some(account), rest),
        (None, Some((account, rest))) => (None, Some(account), rest),
        (None, None) => (None, None, text),
    };
    match wanted {
        "region" => region,
        "account" => account,
        "rest" => Some(rest),
        _ => None,
    }
}

fn part(text: &str, separator: &str, at: isize) -> Option<String> {
    let parts: Vec<&str> = text.split(separator).collect();
    let at = if at < 0 {
        parts.len().checked_sub(at.unsigned_abs())?
    } else {
        at.unsigned_abs()
    };
    parts.get(at).map(|part| (*part).to_owned())
}

fn starts_with_any(text: &str, starts: &str) -> bool {
    starts.split(',').any(|start| {
        text.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    })
}

/// Decodes `%2F` and its like; `None` when what comes out is no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => hexadecimal(*high).zip(hexadecimal(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high * 16 + low);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16));
            written.push('%');
            written.extend(
                digits
                    .into_iter()
                    .flatten()
                    .map(|digit| digit.to_ascii_uppercase()),
            );
        }
    }
    written
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_cut_texts() {
        let url = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders";
        let cases: [(&[&str], &str, Option<&str>); 25] = [
            (&["part(/,-1)"], url, Some("orders")),
            (&["part(/,-2)", "account"], url, Some("111122223333")),
            (&["part(/,2)", "account"], url, None),
            (&["part(/,9)"], url, None),
            (&["part(/,-9)"], url, None),
            (&["strip(/)"], "/a/b", Some("a/b")),
            (&["strip(/)"], "/", None),
            (&["after(function:)"], "111122223333:function:f", Some("f")),
            (
                &["decoded", "strip(/)", "rest(/)"],
                "bucket%2Fa%20b/c",
                Some("a b/c"),
            ),
            (&["decoded"], "100%", Some("100%")),
            (
                &["map(REGIONAL=regional,CLOUDFRONT=global)"],
                "CLOUDFRONT",
                Some("global"),
            ),
            (&["map(REGIONAL=regional)"], "OTHER", None),
            (&["encoded"], "arn:a/b-c", Some("arn%3Aa%2Fb-c")),
            (&["starts(i-,VOL-)"], "vol-1", Some("vol-1")),
            (&["starts(i-)"], "vol-1", None),
            (&["strip_end(/)"], "a/b/", Some("a/b")),
            (&["strip_end(/)"], "a/b", Some("a/b")),
            (&["place(account)"], "111122223333:f", Some("111122223333")),
            (&["place(rest)"], "111122223333:f:live", Some("f:live")),
            (
                &["place(account)"],
                "eu-west-1:111122223333:f",
                Some("111122223333"),
            ),
            (
                &["place(region)"],
                "eu-west-1:111122223333:f",
                Some("eu-west-1"),
            ),
            (&["place(rest)"], "eu-west-1:111122223333:f", Some("f")),
            (&["place(rest)"], "111122223333", Some("111122223333")),
            (&["place(account)"], "f:live", None),
            (&["place(rest)"], "f:live", Some("f:live")),
        ];
        for (filters, text, wanted) in cases {
            assert_eq!(apply(filters, text).as_deref(), wanted, "{filters:?}");
        }
    }

    #[test]
    fn globs_refuse_and_unknown_filters_too() {
        assert_eq!(apply(&["like(a*)"], "abc").as_deref(), Some("abc"));
        assert_eq!(apply(&["unlike(a*)"], "abc"), None);
        assert_eq!(apply(&["nosuch"], "abc"), None);
        assert_eq!(apply(&["part(/"], "abc"), None);
    }
}
