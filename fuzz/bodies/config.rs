//! Any text is a `polgen.toml` or is refused with a place in it; what it decides holds no grant that it does not name.

use polgen::config::Config;

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    match Config::parse("polgen.toml", text) {
        Ok(config) => drop(format!("{config:?}")),
        Err(error) => assert!(error.to_string().starts_with("polgen.toml"), "{error}"),
    }
}
