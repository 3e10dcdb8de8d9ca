//! Nearest names, for the hint after a name that nobody knows.

/// How alike two names must be, from 0 to 1, for one to be a hint for the other.
const LIKE_ENOUGH: f64 = 0.75;

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

/// A name that holds the other is as like as can be short of being it.
fn likeness(one: &str, other: &str) -> f64 {
    let is_part = one.len() >= 4 && other.contains(one) || other.len() >= 4 && one.contains(other);
    if is_part {
        0.99
    } else {
        strsim::jaro_winkler(one, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_are_found_and_strangers_are_not() {
        let names = ["billing-exporter", "web-api", "nightly-batch"];
        assert_eq!(nearest("billing-export", names, 3), ["billing-exporter"]);
        assert_eq!(nearest("web-apo", names, 3), ["web-api"]);
        assert_eq!(nearest("zzzz", names, 3), Vec::<&str>::new());
    }
}
