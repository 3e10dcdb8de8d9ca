//! Sizes as IAM counts them, and the quotas they are held against.
//!
//! IAM does not count white space between JSON's tokens; white space inside a text counts. It counts characters, not bytes.
//! Source: the IAM user guide, "IAM and AWS STS quotas".

use super::Document;

/// A limit on the size of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// One managed policy.
    Managed,
    /// All inline policies of a role together.
    InlineRole,
    /// All inline policies of a user together.
    InlineUser,
    /// All inline policies of a group together.
    InlineGroup,
    /// A role's trust policy, before the account raises it.
    Trust,
    /// A service control policy.
    ServiceControl,
}

impl Quota {
    /// Returns the limit in characters.
    pub fn characters(self) -> usize {
        match self {
            Self::Managed => 6_144,
            Self::InlineRole => 10_240,
            Self::InlineUser | Self::Trust => 2_048,
            Self::InlineGroup | Self::ServiceControl => 5_120,
        }
    }
}

impl Document {
    /// Counts the document's characters as IAM does, in its shortest writing.
    pub fn size(&self) -> usize {
        self.to_compact().chars().count()
    }
}

/// Counts the characters of a JSON text as IAM does: all but the white space between tokens.
pub fn size_of_text(text: &str) -> usize {
    let mut is_in_string = false;
    let mut is_escaped = false;
    let mut count = 0;
    for character in text.chars() {
        if is_in_string {
            is_in_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
        } else if matches!(character, ' ' | '\t' | '\r' | '\n') {
            continue;
        } else {
            is_in_string = character == '"';
        }
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_tokens_is_free() {
        assert_eq!(size_of_text("{ \"a b\" :\n\t[ ] }"), 10);
        assert_eq!(size_of_text(r#"{"a\" b": "\\" }"#), 14);
        assert_eq!(size_of_text("\"ö \""), 4);
    }

    #[test]
    fn the_quotas_are_those_of_iam() {
        for (quota, characters) in [
            (Quota::Managed, 6_144),
            (Quota::InlineRole, 10_240),
            (Quota::InlineUser, 2_048),
            (Quota::InlineGroup, 5_120),
            (Quota::Trust, 2_048),
            (Quota::ServiceControl, 5_120),
        ] {
            assert_eq!(quota.characters(), characters, "{quota:?}");
        }
    }

    #[test]
    fn a_document_is_counted_in_its_shortest_writing() {
        let document = Document::new(Vec::new());
        let text = document.to_compact();
        assert_eq!(text, r#"{"Version":"2012-10-17","Statement":[]}"#);
        assert_eq!(document.size(), text.len());
        assert_eq!(size_of_text(&document.to_string()), document.size());
    }
}
