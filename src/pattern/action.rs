//! Action patterns: `service:Action` with wildcards, compared without regard to case, and without variables.

use super::Pattern;
use std::fmt;

/// A pattern of action names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionPattern(Pattern);

impl ActionPattern {
    /// Reads an action pattern. Action names are ASCII; `$` means nothing in them.
    pub fn parse(text: &str) -> Self {
        Self(Pattern::parse_2008(&text.to_ascii_lowercase()))
    }

    /// Says whether the action `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(&name.to_ascii_lowercase())
    }

    /// Says whether the action `name`, given in lower case, matches.
    pub fn matches_lower_case(&self, name: &str) -> bool {
        self.0.matches(name)
    }

    /// Says whether it matches every action that `other` matches.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    /// Says whether some name matches both.
    pub fn intersects(&self, other: &Self) -> bool {
        self.0.intersects(&other.0)
    }

    /// Returns the pattern over lower-case names.
    pub fn as_pattern(&self) -> &Pattern {
        &self.0
    }
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_means_nothing() {
        let pattern = ActionPattern::parse("S3:get*");
        assert!(pattern.matches("s3:GetObject"));
        assert!(!pattern.matches("s3:PutObject"));
        assert!(pattern.covers(&ActionPattern::parse("s3:GETOBJECT?")));
        assert!(pattern.intersects(&ActionPattern::parse("*:*tagging")));
        assert!(!pattern.intersects(&ActionPattern::parse("s3:Put*")));
    }
}
