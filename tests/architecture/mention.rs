//! Finds the paths and macros that a source names, from its tokens.

use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A path or macro as written, its groups unfolded: `std::io::{self, stdin}` gives two.
pub(crate) struct Mention {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    pub(crate) is_macro: bool,
    pub(crate) is_test: bool,
}

impl Mention {
    pub(crate) fn holds(&self, wanted: &[&str]) -> bool {
        self.segments
            .windows(wanted.len())
            .any(|window| window.iter().eq(wanted.iter()))
    }
}

/// Collects what the tokens name; `is_test` says that they stand in code for tests alone.
pub(crate) fn collect(tokens: TokenStream, is_test: bool, found: &mut Vec<Mention>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut next_is_test = is_test;
    let mut after_separator = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if !after_separator => {
                let line = word.span().start().line;
                path(
                    vec![word.to_string()],
                    line,
                    &mut tokens,
                    next_is_test,
                    found,
                );
            }
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Bracket && is_cfg_test(&group.stream()) {
                    next_is_test = true;
                    continue;
                }
                collect(group.stream(), next_is_test, found);
                if group.delimiter() == Delimiter::Brace {
                    next_is_test = is_test;
                }
            }
            TokenTree::Punct(mark) => {
                after_separator = mark.as_char() == '.';
                if mark.as_char() == ';' {
                    next_is_test = is_test;
                }
                continue;
            }
            _ => {}
        }
        after_separator = false;
    }
}

/// Follows `::` from a first segment on.
fn path(
    mut segments: Vec<String>,
    line: usize,
    tokens: &mut Peekable<IntoIter>,
    is_test: bool,
    found: &mut Vec<Mention>,
) {
    loop {
        match tokens.peek() {
            Some(TokenTree::Punct(mark)) if mark.as_char() == '!' => {
                found.push(Mention {
                    segments,
                    line,
                    is_macro: true,
                    is_test,
                });
                return;
            }
            Some(TokenTree::Punct(mark))
                if mark.as_char() == ':' && mark.spacing() == Spacing::Joint =>
            {
                tokens.next();
                tokens.next();
            }
            _ => break,
        }
        match tokens.peek() {
            Some(TokenTree::Ident(word)) => {
                segments.push(word.to_string());
                tokens.next();
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                branches(&segments, line, group.stream(), is_test, found);
                tokens.next();
                return;
            }
            _ => break,
        }
    }
    found.push(Mention {
        segments,
        line,
        is_macro: false,
        is_test,
    });
}

/// The members of `prefix::{a, b::{c, d}}`.
fn branches(
    prefix: &[String],
    line: usize,
    members: TokenStream,
    is_test: bool,
    found: &mut Vec<Mention>,
) {
    let mut tokens = members.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if let TokenTree::Ident(word) = token {
            let mut segments = prefix.to_vec();
            segments.push(word.to_string());
            path(segments, line, &mut tokens, is_test, found);
        }
    }
}

fn is_cfg_test(attribute: &TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text == "cfg(test)" || text == "test"
}
