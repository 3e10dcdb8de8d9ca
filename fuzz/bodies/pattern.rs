//! Any text is a pattern; printing it and reading it again gives the same, and it holds itself.

use polgen::pattern::{Pattern, escape_literal};

pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if text.len() > 200 {
        return;
    }
    for pattern in [Pattern::parse(text), Pattern::parse_2008(text)] {
        assert_eq!(Pattern::parse(&pattern.to_string()), pattern);
        assert!(pattern.covers(&pattern));
        assert!(Pattern::any().covers(&pattern));
    }
    let literal = Pattern::parse(&escape_literal(text));
    assert_eq!(literal.as_literal(), Some(text));
    assert!(literal.matches(text));
}
