//! Matching a text: greedy from the left, falling back only to the last `*`.
//!
//! That is enough because a `*` once passed can never help again, and it keeps the work within text × pattern.

use super::{Pattern, Token};

impl Pattern {
    /// Says whether the whole of `text` matches. A variable that was not [resolved](Self::resolve) matches nothing.
    pub fn matches(&self, text: &str) -> bool {
        text.strip_prefix(self.prefix.as_str())
            .is_some_and(|rest| matches_tokens(&self.tokens, rest))
    }
}

fn matches_tokens(tokens: &[Token], text: &str) -> bool {
    let (mut tokens, mut text) = (tokens, text.chars());
    let mut fallback = None;
    loop {
        match tokens.split_first() {
            Some((Token::Many, [])) => return true,
            Some((Token::Many, rest)) => {
                fallback = Some((rest, text.clone()));
                tokens = rest;
                continue;
            }
            Some((token, rest)) => {
                let mut ahead = text.clone();
                if ahead.next().is_some_and(|found| takes(token, found)) {
                    (tokens, text) = (rest, ahead);
                    continue;
                }
            }
            None if text.as_str().is_empty() => return true,
            None => {}
        }
        let Some((rest, later)) = &mut fallback else {
            return false;
        };
        if later.next().is_none() {
            return false;
        }
        (tokens, text) = (*rest, later.clone());
    }
}

fn takes(token: &Token, found: char) -> bool {
    match token {
        Token::Literal(wanted) => *wanted == found,
        Token::One => true,
        Token::Many | Token::Variable(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cross_colons_and_slashes() {
        let pattern = Pattern::parse("arn:aws:s3:::b*/x?z");
        assert!(pattern.matches("arn:aws:s3:::bucket/a:b/xyz"));
        assert!(pattern.matches("arn:aws:s3:::b/xöz"));
        assert!(!pattern.matches("arn:aws:s3:::b/xz"));
        assert!(!pattern.matches("ARN:aws:s3:::b/xyz"));
    }

    #[test]
    fn many_stars_stay_cheap() {
        let pattern = Pattern::parse(&format!("{}b", "*a".repeat(40)));
        assert!(!pattern.matches(&"a".repeat(20_000)));
    }
}
