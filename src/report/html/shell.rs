//! What every page has: its title, its style and script, and the policy that allows these two and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// From how many rows on a page is long.
const MANY_ROWS: usize = 1_000;

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) title: String,
    /// The page's Content Security Policy.
    pub(super) policy: String,
    pub(super) style: String,
    pub(super) script: String,
    pub(super) version: &'static str,
    /// Says whether there is so much that it is laid out as it comes into view.
    pub(super) is_long: bool,
}

impl Shell {
    pub(super) fn new(title: String, rows: usize) -> Self {
        // Browsers read a line break as `\n`, and hash what they read; a checkout on Windows may have others.
        let style = STYLE.replace("\r\n", "\n");
        let script = SCRIPT.replace("\r\n", "\n");
        Self {
            title,
            policy: format!(
                "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
                source(&style),
                source(&script)
            ),
            style,
            script,
            is_long: rows > MANY_ROWS,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

fn source(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}
