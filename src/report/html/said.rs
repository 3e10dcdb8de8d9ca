//! Sentences of this program, in which names stand between backticks.

/// A part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) is_code: bool,
}

/// Takes a sentence apart; a backtick without its partner is a character like any other.
pub(super) fn said(sentence: &str) -> Vec<Piece<'_>> {
    let is_odd = sentence.matches('`').count() % 2 == 1;
    let end = sentence.rfind('`').filter(|_| is_odd);
    let (paired, rest) = end
        .and_then(|end| sentence.split_at_checked(end))
        .unwrap_or((sentence, ""));
    let parts = paired.split('`').enumerate();
    parts
        .map(|(index, text)| Piece {
            text,
            is_code: index % 2 == 1,
        })
        .chain([Piece {
            text: rest,
            is_code: false,
        }])
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words() {
        let shown = |sentence| {
            let pieces = said(sentence).into_iter();
            pieces
                .map(|piece| (piece.text, piece.is_code))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shown("use `--hidden drop` now"),
            [("use ", false), ("--hidden drop", true), (" now", false)]
        );
        assert_eq!(shown("it's ` odd"), [("it's ", false), ("` odd", false)]);
        assert_eq!(shown(""), []);
    }
}
