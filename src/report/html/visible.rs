//! The escaping of every value on the page: text stays text, and what is hidden in it is shown.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

use crate::report::plain;

/// Escapes for HTML, in text and in quoted attributes, after control and direction characters were made visible.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, dest: W, string: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &plain(string))
    }
}
