//! When Lambda's runtimes end. The table is `runtimes.json`, with its source and the day on which it was read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
struct Table {
    deprecation: BTreeMap<String, Date>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads the file; what it holds is fixed when the program is built.
    serde_json::from_str(include_str!("runtimes.json")).unwrap_or_default()
});

/// The day from which a runtime is out of support; none if nothing is known of it.
pub(super) fn end_of_support(runtime: &str) -> Option<Date> {
    TABLE.deprecation.get(runtime).copied()
}

/// The runtime of the same language that is supported longest from a day on, the newest of those that are equally long.
pub(super) fn newest_like(runtime: &str, today: Date) -> Option<&'static str> {
    let own = language(runtime);
    let alike = TABLE.deprecation.iter();
    let supported = alike.filter(|(name, end)| language(name) == own && **end > today);
    let newest = supported.max_by_key(|(name, end)| (**end, version(name)));
    newest.map(|(name, _)| name.as_str())
}

/// The letters that a runtime's name begins with; .NET was called otherwise once.
fn language(runtime: &str) -> &str {
    let end = runtime.find(|letter: char| !letter.is_ascii_lowercase());
    match runtime.get(..end.unwrap_or(runtime.len())) {
        Some("dotnetcore") => "dotnet",
        Some(letters) => letters,
        None => runtime,
    }
}

fn version(runtime: &str) -> Vec<u32> {
    let numbers = runtime.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(TABLE.deprecation.len() > 40);
        assert_eq!(
            end_of_support("python3.8"),
            Some(jiff::civil::date(2024, 10, 14))
        );
        assert_eq!(end_of_support("python9.9"), None);
    }

    #[test]
    fn the_newest_of_a_language_is_found() {
        let today = jiff::civil::date(2026, 11, 28);
        let of = |runtime| newest_like(runtime, today);
        assert_eq!(of("python2.7"), Some("python3.14"));
        assert_eq!(of("nodejs"), Some("nodejs24.x"));
        assert_eq!(of("java8.al2"), Some("java25"));
        assert_eq!(of("provided.al2"), Some("provided.al2023"));
        // What is written in Go is moved by building it anew, not by another name.
        assert_eq!(of("go1.x"), None);
    }
}
