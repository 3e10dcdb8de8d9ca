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
}
