//! Finds brackets that a file leaves open. The parser tries the right side of an operator anew where an object in it has no end, so what
//! it takes doubles with each pair of brackets around that; such files are refused before.

/// So many brackets may be left open for the parser to say what is wrong: it says it better.
const MOST_OPEN: usize = 4;

/// Where the innermost bracket stands that is left open, if there are many of them.
pub(super) fn left_open(text: &str) -> Option<(char, usize)> {
    let open = scan(text.as_bytes());
    let (bracket, at) = *open.last().filter(|_| open.len() > MOST_OPEN)?;
    Some((char::from(bracket), at))
}

/// What stands open at the end: brackets, and `"` and `$` for texts and what is put into them.
fn scan(text: &[u8]) -> Vec<(u8, usize)> {
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let inside = open.last().map(|(bracket, _)| *bracket);
        let step = match (inside, byte) {
            (Some(b'"'), b'\\') => 2,
            (Some(b'"'), b'$' | b'%') => match rest {
                [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
                [_, b'{', ..] => {
                    open.push((b'$', at));
                    2
                }
                _ => 1,
            },
            (Some(b'"'), b'"') => {
                open.pop();
                1
            }
            (Some(b'"'), _) => 1,
            (_, b'#') => line(rest),
            (_, b'/') if rest.starts_with(b"//") => line(rest),
            (_, b'/') if rest.starts_with(b"/*") => {
                memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2)
            }
            (_, b'<') if rest.starts_with(b"<<") => heredoc(rest).unwrap_or(1),
            (_, b'"' | b'(' | b'[' | b'{') => {
                open.push((*byte, at));
                1
            }
            (_, b')' | b']' | b'}') => {
                let is_pair = matches!(
                    (inside, byte),
                    (Some(b'('), b')') | (Some(b'['), b']') | (Some(b'{' | b'$'), b'}')
                );
                if !is_pair {
                    // The parser finds this one before it comes to the end.
                    return Vec::new();
                }
                open.pop();
                1
            }
            _ => 1,
        };
        at += step;
    }
    open
}

/// How long the rest of a line is.
fn line(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// How long a text is that ends with a word on a line of its own, from `<<WORD` or `<<-WORD` on.
fn heredoc(rest: &[u8]) -> Option<usize> {
    let start = line(rest);
    let word = rest.get(2..start)?;
    let word = word.strip_prefix(b"-").unwrap_or(word).trim_ascii();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    if word.is_empty() || !word.iter().all(is_letter) {
        return None;
    }
    let mut at = start + 1;
    while let Some(behind) = rest.get(at..).filter(|behind| !behind.is_empty()) {
        let length = line(behind);
        if behind.get(..length).map(<[u8]>::trim_ascii) == Some(word) {
            return Some(at + length);
        }
        at += length + 1;
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_told_from_those_in_texts_and_remarks() {
        for whole in [
            r#"a = "((((((" # {{{{{{"#,
            "a = 1 // ((((((\n/* {{{{{{ */ b = 2",
            r#"a = "${f("{{{{{{\"${g(["x"])}")}" "#,
            "a = <<-EOT\n  ((((((\n  EOT\nb = 1",
            "a = \"$${\" b = \"%%{\" c = \"$\"",
            "a = b < c",
            "a = ) ((((((",
        ] {
            assert_eq!(left_open(whole), None, "{whole}");
        }
        let open = "a = <<EOT\n(\nEOT\nb = \"(\" + c((([{d";
        assert_eq!(left_open(open), Some(('{', open.len() - 2)));
        assert_eq!(left_open("a = ((({"), None);
        assert_eq!(left_open("a = <<EOT\n((((("), None);
    }
}
