//! What every page has: its title, its style and script, and the policy that allows these two and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) title: String,
    /// The page's Content Security Policy.
    pub(super) policy: String,
    pub(super) style: String,
    pub(super) script: String,
    pub(super) version: &'static str,
}

impl Shell {
    pub(super) fn new(title: String) -> Self {
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
