//! A text file, read whole: what is none is told of with what it may be.

use std::path::Path;

use super::CurrentError;
use crate::source::bounded::read_bytes;

/// Reads a file of bounded size.
pub(in crate::source) fn text_of(path: &str, most_bytes: u64) -> Result<String, CurrentError> {
    let fail = |problem: String| CurrentError {
        place: path.to_owned(),
        problem,
        hint: None,
    };
    let bytes = read_bytes(Path::new(path), most_bytes).map_err(|error| fail(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let hint = match error.as_bytes() {
            [0x1f, 0x8b, ..] | [b'P', b'K', ..] => "it is packed: unpack it, and name what was in it",
            _ => "name a text file: a template, a module, a plan as JSON, or what the AWS CLI printed",
        };
        CurrentError {
            hint: Some(hint.to_owned()),
            ..fail(format!("expected text, found bytes that are none from byte {at} on"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_file_is_told_with_what_helps() {
        let folder = tempfile::tempdir().unwrap();
        let of = |bytes: &[u8]| {
            let path = folder.path().join("plan.json");
            std::fs::write(&path, bytes).unwrap();
            text_of(&path.display().to_string(), 100).unwrap_err()
        };
        let packed = of(&[0x1f, 0x8b, 8, 0]);
        assert!(packed.problem.contains("from byte 1 on"), "{packed}");
        assert!(packed.hint.unwrap().contains("unpack"));
        let other = of(b"abc\xff");
        assert!(other.problem.contains("from byte 3 on"), "{other}");
        assert!(other.hint.unwrap().contains("text file"));
    }
}
