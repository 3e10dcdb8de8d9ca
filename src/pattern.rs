//! IAM's patterns: what stands in `Action`, `Resource` and the `Like` conditions.
//!
//! `*` matches any text, colons and slashes included, `?` any one character. In `Version` 2012-10-17, `${*}`, `${?}` and
//! `${$}` are those three characters themselves, and `${aws:username, 'nobody'}` is a variable. A variable without its request
//! is opaque: it equals only itself, only `*` covers it, and it may overlap with anything.
//! Source: the IAM user guide, "IAM policy elements: Variables and tags" and "IAM JSON policy elements: Resource".

mod action;
mod matching;
mod relation;
mod volatile;

pub use action::ActionPattern;
#[cfg(test)]
pub(crate) use relation::counted;
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::iter::Peekable;
use std::str::Chars;
pub(crate) use volatile::stable_length;

/// A pattern in canonical form: two patterns without variables match the same texts exactly when they are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// The literal text before the first wildcard or variable.
    prefix: String,
    /// The rest. INVARIANT: of a run of wildcards, all `One` come first, then at most one `Many`.
    tokens: Vec<Token>,
}

/// One element of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// The character itself.
    Literal(char),
    /// `?`: any one character.
    One,
    /// `*`: any text, the empty one included.
    Many,
    /// `${key}` or `${key, 'default'}`: the value of a condition key of the request.
    Variable(Box<Variable>),
}

/// A policy variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable {
    /// The condition key, in lower case: keys are compared without regard to case.
    pub key: String,
    /// What stands in when the request has no such key.
    pub default: Option<String>,
}

impl Pattern {
    /// Reads a pattern as `Version` 2012-10-17 has it: with variables and escapes.
    pub fn parse(text: &str) -> Self {
        Self::read(text, true, true)
    }

    /// Reads a pattern as `Version` 2008-10-17 has it: only wildcards, `${…}` is literal text.
    pub fn parse_2008(text: &str) -> Self {
        Self::read(text, true, false)
    }

    /// Reads a text in which variables and escapes mean something, but `*` and `?` do not (`StringEquals`).
    pub fn parse_without_wildcards(text: &str) -> Self {
        Self::read(text, false, true)
    }

    fn read(text: &str, has_wildcards: bool, has_variables: bool) -> Self {
        // Most patterns are plain text, in full or up to their end.
        let start = text.find(['*', '?', '$']).unwrap_or(text.len());
        let (plain, rest) = text.split_at_checked(start).unwrap_or((text, ""));
        let mut tokens = Vec::new();
        let mut characters = rest.chars().peekable();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' if has_wildcards => Token::Many,
                '?' if has_wildcards => Token::One,
                '$' if has_variables && characters.peek() == Some(&'{') => dollar(&mut characters),
                literal => Token::Literal(literal),
            });
        }
        let mut read = Self::from_tokens(tokens);
        read.prefix.insert_str(0, plain);
        read
    }

    /// Makes the pattern that matches exactly `text`.
    pub fn literal(text: &str) -> Self {
        Self {
            prefix: text.to_owned(),
            tokens: Vec::new(),
        }
    }

    /// Makes the pattern that matches everything.
    pub fn any() -> Self {
        Self::from_tokens([Token::Many])
    }

    /// Puts `tokens` into canonical form: `*?*` becomes `?*`.
    pub fn from_tokens(tokens: impl IntoIterator<Item = Token>) -> Self {
        let mut prefix = String::new();
        let mut canonical = Vec::new();
        for token in tokens {
            match (token, canonical.last()) {
                (Token::Literal(character), None) => prefix.push(character),
                (Token::Many, Some(Token::Many)) => {}
                (Token::One, Some(Token::Many)) => {
                    canonical.pop();
                    canonical.extend([Token::One, Token::Many]);
                }
                (token, _) => canonical.push(token),
            }
        }
        Self {
            prefix,
            tokens: canonical,
        }
    }

    /// Lists the pattern's elements from left to right.
    pub fn tokens(&self) -> impl Iterator<Item = Token> {
        let prefix = self.prefix.chars().map(Token::Literal);
        prefix.chain(self.tokens.iter().cloned())
    }

    /// Returns the one text that it matches, if there is no wildcard and no variable in it.
    pub fn as_literal(&self) -> Option<&str> {
        self.tokens.is_empty().then_some(self.prefix.as_str())
    }

    /// Returns the literal text that all it matches begin with.
    pub fn literal_prefix(&self) -> &str {
        &self.prefix
    }

    /// Counts its elements.
    pub fn length(&self) -> usize {
        self.prefix.len() + self.tokens.len()
    }

    /// Says whether it matches everything.
    pub fn is_any(&self) -> bool {
        self.prefix.is_empty() && matches!(self.tokens.as_slice(), [Token::Many])
    }

    /// Says whether a variable stands in it.
    pub fn has_variable(&self) -> bool {
        self.variables().next().is_some()
    }

    /// Says whether it has a variable without a default, so that it matches nothing in a request that lacks the value.
    pub fn needs_values(&self) -> bool {
        self.variables().any(|variable| variable.default.is_none())
    }

    /// Lists its variables from left to right.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Variable(variable) => Some(&**variable),
            _ => None,
        })
    }

    /// Puts the request's values, which are literal text, in place of the variables.
    ///
    /// `value_of` is asked for a key in lower case. Without a value the default stands in; `None` if there is neither, and
    /// then the pattern matches nothing in that request.
    pub fn resolve<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> Option<Cow<'_, Self>> {
        if !self.has_variable() {
            return Some(Cow::Borrowed(self));
        }
        let mut tokens: Vec<Token> = self.prefix.chars().map(Token::Literal).collect();
        for token in &self.tokens {
            match token {
                Token::Variable(variable) => {
                    let value = value_of(&variable.key).or(variable.default.as_deref())?;
                    tokens.extend(value.chars().map(Token::Literal));
                }
                other => tokens.push(other.clone()),
            }
        }
        Some(Cow::Owned(Self::from_tokens(tokens)))
    }
}

/// Reads what follows a `$`, from its `{` on: an escape, a variable, or nothing special.
fn dollar(characters: &mut Peekable<Chars<'_>>) -> Token {
    let mut ahead = characters.clone();
    ahead.next();
    let mut body = String::new();
    let mut is_quoted = false;
    loop {
        match ahead.next() {
            Some('}') if !is_quoted => break,
            Some(character) => {
                is_quoted ^= character == '\'';
                body.push(character);
            }
            None => return Token::Literal('$'),
        }
    }
    let token = match body.as_str() {
        "*" => Token::Literal('*'),
        "?" => Token::Literal('?'),
        "$" => Token::Literal('$'),
        blank if blank.trim().is_empty() => return Token::Literal('$'),
        body => Token::Variable(Box::new(variable(body))),
    };
    *characters = ahead;
    token
}

/// Reads `key` or `key, 'default'`. What is neither is a key that no request has.
fn variable(body: &str) -> Variable {
    let (key, default) = match body.split_once(", ") {
        Some((key, rest)) => {
            let quoted = rest.trim().strip_prefix('\'');
            (key, quoted.and_then(|quoted| quoted.strip_suffix('\'')))
        }
        None => (body, None),
    };
    let key = if default.is_some() { key } else { body };
    Variable {
        key: key.to_ascii_lowercase(),
        default: default.map(str::to_owned),
    }
}

/// Escapes what IAM would read as a wildcard or a variable, so that the text stands for itself alone.
pub fn escape_literal(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '?', '$']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 6);
    for character in text.chars() {
        match character {
            '*' => escaped.push_str("${*}"),
            '?' => escaped.push_str("${?}"),
            '$' => escaped.push_str("${$}"),
            literal => escaped.push(literal),
        }
    }
    Cow::Owned(escaped)
}

impl fmt::Display for Pattern {
    /// Writes the pattern as `Version` 2012-10-17 reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape_literal(&self.prefix))?;
        for token in &self.tokens {
            match token {
                Token::Literal(character @ ('*' | '?' | '$')) => write!(f, "${{{character}}}")?,
                Token::Literal(character) => f.write_char(*character)?,
                Token::One => f.write_char('?')?,
                Token::Many => f.write_char('*')?,
                Token::Variable(variable) => write!(f, "{variable}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.default {
            Some(default) => write!(f, "${{{}, '{default}'}}", self.key),
            None => write!(f, "${{{}}}", self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_wildcards_have_one_form() {
        for (text, canonical) in [
            ("a**b", "a*b"),
            ("*?*?", "??*"),
            ("${*}", "${*}"),
            ("a${$}{x}", "a${$}{x}"),
            ("$x", "${$}x"),
            ("${aws:UserName, 'no}body'}", "${aws:username, 'no}body'}"),
            ("${aws:UserName,'nobody'}", "${aws:username,'nobody'}"),
            ("${open", "${$}{open"),
            ("${}", "${$}{}"),
            ("${ }", "${$}{ }"),
            ("${ *}", "${ *}"),
        ] {
            let pattern = Pattern::parse(text);
            assert_eq!(pattern.to_string(), canonical);
            assert_eq!(Pattern::parse(canonical), pattern);
        }
    }

    #[test]
    fn the_old_version_knows_no_variables() {
        let pattern = Pattern::parse_2008("home/${aws:username}/*");
        assert!(pattern.matches("home/${aws:username}/x"));
        assert!(!pattern.has_variable());
    }

    #[test]
    fn where_wildcards_mean_nothing_they_are_characters() {
        let pattern = Pattern::parse_without_wildcards("a*b?");
        assert_eq!(pattern.as_literal(), Some("a*b?"));
        assert!(pattern.matches("a*b?") && !pattern.matches("axbx"));
        assert!(Pattern::parse_without_wildcards("${aws:username}").has_variable());
    }

    #[test]
    fn a_variable_needs_a_value_unless_it_has_a_default() {
        for (text, needs, length) in [
            ("a*", false, 2),
            ("${aws:username}", true, 1),
            ("${aws:username, 'nobody'}", false, 1),
            ("ab${x, 'y'}*${z}", true, 5),
        ] {
            let pattern = Pattern::parse(text);
            assert_eq!(pattern.needs_values(), needs, "{text}");
            assert_eq!(pattern.length(), length, "{text}");
        }
        let quoted = Pattern::parse("${aws:UserName, 'no}body'}");
        let defaults: Vec<_> = quoted.variables().map(|one| &one.default).collect();
        assert_eq!(defaults, [&Some("no}body".to_owned())]);
    }

    #[test]
    fn escaped_text_matches_itself_alone() {
        for text in ["a*b", "why?", "${aws:username}", "$", "plain", "${*}"] {
            let pattern = Pattern::parse(&escape_literal(text));
            assert_eq!(pattern.as_literal(), Some(text));
        }
    }

    #[test]
    fn values_of_variables_are_literal() {
        let pattern = Pattern::parse("home/${aws:username}/${aws:PrincipalTag/team, 'none'}/*");
        let resolved = pattern.resolve(|key| (key == "aws:username").then_some("*"));
        assert_eq!(resolved.unwrap().to_string(), "home/${*}/none/*");
        assert_eq!(pattern.resolve(|_| None), None);
        assert!(!pattern.matches("home/${aws:username}/none/x"));
    }
}
