//! Makes text from logs safe to show: whoever names an object must not be able to steer a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces control characters and invisible direction marks by their escapes (`\u{1b}`).
///
/// Line ends are escaped too: a name is one line.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and the format characters that reorder or hide text.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_not_obeyed() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\u{a}c");
        assert_eq!(plain("invoice\u{202e}fdp.exe"), "invoice\\u{202e}fdp.exe");
        for hidden in ['\u{ad}', '\u{61c}', '\u{e0041}', '\u{fffa}'] {
            let shown = format!("\\u{{{:x}}}", u32::from(hidden));
            assert_eq!(plain(&hidden.to_string()), shown);
        }
    }

    #[test]
    fn ordinary_text_is_untouched() {
        assert!(matches!(plain("höfe/日本 *?$"), Cow::Borrowed(_)));
    }
}
