//! Two patterns beside each other: does one cover the other, do they overlap.
//!
//! `covers` runs the one pattern over the other's elements as if they were characters: a `*` there can only be taken by a `*`
//! here, a `?` by a `?` or `*`. This decides inclusion, because IAM's alphabet has always one more character than the two
//! patterns name, so a `*` and a `?` can stand for something that no literal takes. One thing needs care: in `a?*` the `?`
//! only asks for one character *somewhere* before the next literal, so it may let a `*` pass by and wait for a later one.
//! The tests compare it with the definition over all short patterns.

use super::{Pattern, Token};

impl Pattern {
    /// Says whether it matches every text that `other` matches, in every request.
    pub fn covers(&self, other: &Self) -> bool {
        if let Some(text) = other.as_literal() {
            return self.matches(text);
        }
        if self.is_any() {
            return true;
        }
        // What stands before its first wildcard must stand there in all that is to be covered.
        let Some(rest) = other.prefix.strip_prefix(&self.prefix) else {
            return false;
        };
        let mine = self.tokens.as_slice();
        if mine == [Token::Many] {
            return true;
        }
        // `reached[i]`: the elements of `other` so far can be taken by the first `i` elements of mine.
        let mut reached = vec![false; mine.len() + 1];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        skip(mine, &mut reached, |token| *token == Token::Many);
        let theirs = rest.chars().map(Token::Literal);
        for theirs in theirs.chain(other.tokens.iter().cloned()) {
            #[cfg(test)]
            counted::add(mine.len());
            let mut next = vec![false; reached.len()];
            let mut is_before_star = false;
            for (index, token) in mine.iter().enumerate().rev() {
                is_before_star = match token {
                    Token::Many => true,
                    Token::One => is_before_star,
                    Token::Literal(_) | Token::Variable(_) => false,
                };
                if reached.get(index) != Some(&true) {
                    continue;
                }
                let is_solid = matches!(theirs, Token::Literal(_) | Token::One);
                let (stays, goes) = match token {
                    Token::Many => (true, false),
                    Token::One => (is_before_star && !is_solid, is_solid),
                    Token::Literal(_) | Token::Variable(_) => (false, *token == theirs),
                };
                mark(&mut next, index, stays);
                mark(&mut next, index + 1, goes);
            }
            skip(mine, &mut next, |token| *token == Token::Many);
            reached = next;
        }
        reached.last() == Some(&true)
    }

    /// Says whether some text in some request matches both.
    pub fn intersects(&self, other: &Self) -> bool {
        let mine: Vec<Token> = self.tokens().collect();
        let theirs: Vec<Token> = other.tokens().collect();
        // `row[j]`: some text is taken by the first `i` elements of mine and the first `j` of theirs.
        let mut row = vec![false; theirs.len() + 1];
        mark(&mut row, 0, true);
        skip(&theirs, &mut row, is_free);
        for token in &mine {
            #[cfg(test)]
            counted::add(theirs.len());
            let mut next = vec![false; row.len()];
            for (index, is_reached) in row.iter().enumerate() {
                if !is_reached {
                    continue;
                }
                if is_free(token) {
                    // A `*` takes nothing, or whatever the other side offers from here on.
                    for later in index..next.len() {
                        mark(&mut next, later, true);
                    }
                    break;
                }
                match theirs.get(index) {
                    Some(other) if is_free(other) => mark(&mut next, index, true),
                    Some(other) => mark(&mut next, index + 1, can_agree(token, other)),
                    None => {}
                }
            }
            skip(&theirs, &mut next, is_free);
            row = next;
        }
        row.last() == Some(&true)
    }
}

/// Marks the places behind elements that may take nothing.
fn skip(tokens: &[Token], reached: &mut [bool], may_be_empty: impl Fn(&Token) -> bool) {
    for (index, token) in tokens.iter().enumerate() {
        if may_be_empty(token) && reached.get(index) == Some(&true) {
            mark(reached, index + 1, true);
        }
    }
}

/// A variable may hold any text, so for an overlap it counts as a star.
fn is_free(token: &Token) -> bool {
    matches!(token, Token::Many | Token::Variable(_))
}

fn can_agree(one: &Token, other: &Token) -> bool {
    match (one, other) {
        (Token::Literal(one), Token::Literal(other)) => one == other,
        _ => true,
    }
}

fn mark(places: &mut [bool], index: usize, value: bool) {
    if let Some(place) = places.get_mut(index) {
        *place |= value;
    }
}

/// Counts what is compared, for tests that hold how much work is done, whatever the machine.
#[cfg(test)]
pub(crate) mod counted {
    use std::cell::Cell;

    thread_local! {
        static ELEMENTS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(elements: usize) {
        ELEMENTS.with(|all| all.set(all.get() + elements));
    }

    /// Counts the elements that `work` compares on this thread.
    pub(crate) fn during(work: impl FnOnce()) -> usize {
        ELEMENTS.with(|all| all.set(0));
        work();
        ELEMENTS.with(Cell::get)
    }
}
