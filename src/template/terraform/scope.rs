//! What expressions of a module refer to: its files, locals, data and resources, and what is known from elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::address;
use crate::template::Known;
use crate::template::lines::Lines;
use crate::template::node::{Node, Place, Value};
use crate::template::steps::Steps;

/// How many steps all expressions of a module may take together.
const MOST_STEPS: usize = 2_000_000;

/// One file of a module.
pub(super) struct File<'t> {
    pub(super) name: Arc<str>,
    pub(super) text: &'t str,
    pub(super) lines: Lines,
    pub(super) body: Body,
}

impl File<'_> {
    /// Where a part of the file begins.
    pub(super) fn place(&self, part: &impl Span) -> Place {
        let start = part.span().map_or(0, |span| span.start);
        Place {
            file: self.name.clone(),
            line: self.lines.line(start),
        }
    }

    /// Makes a value in the place of a part of the file.
    pub(super) fn node(&self, part: &impl Span, value: Value) -> Node {
        Node {
            value,
            place: self.place(part),
            span: part.span().unwrap_or_default(),
            is_shared: false,
        }
    }

    /// The text of an expression, for people: in one line, and short.
    pub(super) fn shown(&self, part: &impl Span) -> String {
        const LONGEST: usize = 60;
        let span: Range<usize> = part.span().unwrap_or_default();
        let text = self.text.get(span).unwrap_or_default();
        // Each word is a character at least.
        let words: Vec<&str> = text.split_whitespace().take(LONGEST).collect();
        words.join(" ").chars().take(LONGEST).collect()
    }
}

/// A module.
pub(super) struct Scope<'m> {
    pub(super) files: &'m [File<'m>],
    pub(super) known: &'m Known,
    pub(super) locals: BTreeMap<&'m str, (&'m File<'m>, &'m Expression)>,
    pub(super) by_address: BTreeMap<String, (&'m File<'m>, &'m Block)>,
    pub(super) steps: Steps,
}

impl<'m> Scope<'m> {
    /// Looks through the files.
    pub(super) fn new(files: &'m [File<'m>], known: &'m Known) -> Self {
        let mut locals = BTreeMap::new();
        let mut by_address = BTreeMap::new();
        for file in files {
            for block in file.body.blocks() {
                if block.ident.as_str() == "locals" {
                    let attributes = block.body.attributes();
                    locals.extend(
                        attributes
                            .map(|attribute| (attribute.key.as_str(), (file, &attribute.value))),
                    );
                } else if let Some(address) = address(block) {
                    by_address.insert(address, (file, block));
                }
            }
        }
        Self {
            files,
            known,
            locals,
            by_address,
            steps: Steps::new(MOST_STEPS),
        }
    }

    /// Lists all blocks in the order of the files.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&'m File<'m>, &'m Block)> + use<'m> {
        let files = self.files.iter();
        files.flat_map(|file| file.body.blocks().map(move |block| (file, block)))
    }
}
