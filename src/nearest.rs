//! Nearest names, for the hint after a name that nobody knows.

/// How alike two names must be, from 0 to 1, for one to be a hint for the other.
const LIKE_ENOUGH: f64 = 0.75;
/// The shortest text that counts as a part of a name.
const SHORTEST_PART: usize = 4;

/// Returns up to `most` of `names` that are like `wanted`, the likest first.
pub fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (likeness(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= LIKE_ENOUGH)
        .collect();
    scored.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.cmp(second)));
    scored.dedup_by(|one, other| one.1 == other.1);
    scored
        .into_iter()
        .take(most)
        .map(|(_, name)| name)
        .collect()
}

/// A name that holds the other is as like as the share of it that the other makes up, from 0.9 on.
fn likeness(one: &str, other: &str) -> f64 {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let by_letters = strsim::jaro_winkler(one, other);
    if short.len() < SHORTEST_PART || !long.contains(short) {
        return by_letters;
    }
    #[expect(clippy::cast_precision_loss, reason = "names are short")]
    let share = short.len() as f64 / long.len() as f64;
    by_letters.max(0.9 + share / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_are_found_and_strangers_are_not() {
        let names = ["billing-exporter", "web-api", "nightly-batch"];
        assert_eq!(nearest("billing-export", names, 3), ["billing-exporter"]);
        let longer = ["CloudWatchReadOnlyAccess", "ReadOnlyAccess"];
        assert_eq!(nearest("ReadOnlyAcces", longer, 1), ["ReadOnlyAccess"]);
        assert_eq!(nearest("web-apo", names, 3), ["web-api"]);
        assert_eq!(nearest("zzzz", names, 3), Vec::<&str>::new());
    }
}
