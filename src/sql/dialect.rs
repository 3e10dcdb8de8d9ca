//! The engines, and how each spells names and texts: the one place where anything is quoted.

use std::fmt;

/// An engine's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon Athena, engine version 3 (Trino).
    Athena,
    /// AWS CloudTrail Lake (Trino, of which one statement of 10,000 characters).
    Lake,
    /// Apache Spark 4.
    Spark,
    /// DuckDB.
    DuckDb,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Athena, Self::Lake, Self::Spark, Self::DuckDb];

    /// Its name at the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Athena => "athena",
            Self::Lake => "lake",
            Self::Spark => "spark",
            Self::DuckDb => "duckdb",
        }
    }

    pub(super) fn is_trino(self) -> bool {
        matches!(self, Self::Athena | Self::Lake)
    }

    /// Writes a name, so that it can be nothing else.
    pub(super) fn identifier(self, name: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Writes a text, so that it can be nothing else.
    ///
    /// Only in Spark a backslash means something inside of a text, and two quotes are not one.
    pub(super) fn literal(self, text: &str) -> String {
        let mut written = String::with_capacity(text.len() + 2);
        written.push('\'');
        for letter in text.chars() {
            match (self, letter) {
                (Self::Spark, '\'' | '\\') => written.extend(['\\', letter]),
                (_, '\'') => written.push_str("''"),
                _ => written.push(letter),
            }
        }
        written.push('\'');
        written
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a text as an engine does; what stands behind it, and the text.
    fn read(dialect: Dialect, written: &str) -> Option<(String, &str)> {
        let mut text = String::new();
        let mut letters = written.strip_prefix('\'')?.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' if dialect == Dialect::Spark => text.push(letters.next()?.1),
                '\'' if dialect != Dialect::Spark
                    && letters.peek().is_some_and(|it| it.1 == '\'') =>
                {
                    letters.next();
                    text.push('\'');
                }
                '\'' => return Some((text, written.get(at + 2..)?)),
                letter => text.push(letter),
            }
        }
        None
    }

    proptest! {
        #[test]
        fn a_text_ends_where_it_is_meant_to(text in "[a-z'\"`;\\\\/*$%_\u{2019}\n-]{0,24}", after in "[ ';\\\\a-]{0,8}") {
            for dialect in Dialect::ALL {
                let written = dialect.literal(&text) + " " + &after;
                let rest = format!(" {after}");
                prop_assert_eq!(read(dialect, &written), Some((text.clone(), rest.as_str())));
            }
        }

        #[test]
        fn a_name_ends_where_it_is_meant_to(name in "[a-z'\"`;. \\\\-]{1,24}") {
            for dialect in Dialect::ALL {
                let written = dialect.identifier(&name);
                let quote = if dialect == Dialect::Spark { '`' } else { '"' };
                let inner = written.strip_prefix(quote).and_then(|it| it.strip_suffix(quote)).unwrap();
                let doubled = format!("{quote}{quote}");
                prop_assert!(!inner.replace(&doubled, "").contains(quote));
                prop_assert_eq!(inner.replace(&doubled, &quote.to_string()), name.clone());
            }
        }
    }
}
