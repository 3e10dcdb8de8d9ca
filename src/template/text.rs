//! Text with holes: what infrastructure code writes where it knows a value only later.
//!
//! A hole keeps the name that the code gives it, so that two texts with the same hole are the same text, and nothing is known of
//! what it will hold. In a policy it stands as a variable, which every proof treats as open.

use std::fmt;

/// The account that the stack lies in.
pub const ACCOUNT: &str = "AWS::AccountId";
/// The region that the stack lies in.
pub const REGION: &str = "AWS::Region";
/// The partition that the stack lies in.
pub const PARTITION: &str = "AWS::Partition";

/// A text whose parts may be references.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    parts: Vec<Part>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Characters that stand for themselves.
    Literal(String),
    /// The name of a value that the code refers to, e.g. `AWS::Region`, `Table.Arn` or `var.bucket`.
    Reference(String),
}

impl Text {
    /// Makes a text without holes.
    pub fn literal(text: impl Into<String>) -> Self {
        Self::from_parts([Part::Literal(text.into())])
    }

    /// Makes a text that is one reference.
    pub fn reference(name: impl Into<String>) -> Self {
        Self::from_parts([Part::Reference(name.into())])
    }

    /// Joins parts; neighbouring literals become one, so that equal texts have equal parts.
    pub fn from_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut text = Self::default();
        for part in parts {
            text.push(part);
        }
        text
    }

    /// Adds a part at the end.
    pub fn push(&mut self, part: Part) {
        match (part, self.parts.last_mut()) {
            (Part::Literal(more), _) if more.is_empty() => {}
            (Part::Literal(more), Some(Part::Literal(last))) => last.push_str(&more),
            (part, _) => self.parts.push(part),
        }
    }

    /// Adds another text at the end.
    pub fn append(&mut self, other: Self) {
        for part in other.parts {
            self.push(part);
        }
    }

    /// How many bytes its parts have.
    pub(super) fn size(&self) -> usize {
        let size = |part: &Part| match part {
            Part::Literal(text) | Part::Reference(text) => text.len(),
        };
        self.parts.iter().map(size).sum()
    }

    /// Lists the parts from left to right.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the characters, if there is no hole.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Lists the names that it refers to.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Reference(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// Says whether it has a hole.
    pub fn has_references(&self) -> bool {
        self.references().next().is_some()
    }

    /// Writes it for a policy of version 2012-10-17: each hole is a variable of its name.
    ///
    /// In a text of version 2008-10-17 `${` means itself, so it is escaped with `is_old`.
    pub fn to_policy(&self, is_old: bool) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) if is_old => text.replace("${", "${$}{"),
            Part::Literal(text) => text.clone(),
            Part::Reference(name) => format!("${{{}}}", variable_name(name)),
        };
        self.parts.iter().map(part).collect()
    }
}

/// A name that cannot end the variable that it stands in, nor be taken for another kind of it.
pub(super) fn variable_name(name: &str) -> String {
    let safe = |character: char| match character {
        'A'..='Z'
        | 'a'..='z'
        | '0'..='9'
        | '.'
        | ':'
        | '_'
        | '-'
        | '/'
        | '['
        | ']'
        | '('
        | ')'
        | ' ' => character,
        _ => '_',
    };
    name.chars().map(safe).collect()
}

impl fmt::Display for Text {
    /// Shows it to people: a hole as `${name}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Reference(name) => write!(f, "${{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_literals_are_one() {
        let text = Text::from_parts([
            Part::Literal("a".to_owned()),
            Part::Literal(String::new()),
            Part::Literal("b".to_owned()),
        ]);
        assert_eq!(text, Text::literal("ab"));
        assert_eq!(text.as_literal(), Some("ab"));
        assert_eq!(Text::literal("").as_literal(), Some(""));
    }

    #[test]
    fn a_hole_cannot_be_ended_by_its_name() {
        let text = Text::reference("a}*${b, 'c'");
        assert_eq!(text.to_policy(false), "${a____b_ _c_}");
    }

    #[test]
    fn old_policies_know_no_variables() {
        let text = Text::from_parts([
            Part::Literal("${x}/".to_owned()),
            Part::Reference("B.Arn".to_owned()),
        ]);
        assert_eq!(text.to_policy(true), "${$}{x}/${B.Arn}");
        assert_eq!(text.to_policy(false), "${x}/${B.Arn}");
    }
}
