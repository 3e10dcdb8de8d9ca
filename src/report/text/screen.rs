//! What a report is set for: how wide, and how much of it.

use std::borrow::Cow;

/// What the report is set for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns; what is longer is cut in tables and wrapped elsewhere. Without it lines are as long as they are.
    pub width: Option<usize>,
    /// Lists what is only counted otherwise.
    pub is_verbose: bool,
}

impl Screen {
    /// Wraps a line; all but the first are indented. A name or a command that is longer than a line stays whole, to be copied.
    pub(super) fn wrap(self, line: &str, indent: usize) -> Vec<String> {
        let Some(width) = self.width else {
            return vec![line.to_owned()];
        };
        let indent = " ".repeat(indent);
        let options = textwrap::Options::new(width)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let wrapped = textwrap::wrap(line, options).into_iter();
        wrapped.map(Cow::into_owned).collect()
    }
}
