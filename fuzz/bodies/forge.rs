//! Any answer of GitHub or GitLab is a list of comments or is none, and no comment is another author's than the answer says.

use polgen::forge::{Kind, notes_of};

pub(crate) fn check(bytes: &[u8]) {
    let body = serde_json::from_slice(bytes).unwrap_or_default();
    for kind in [Kind::GitHub, Kind::GitLab] {
        for note in notes_of(kind, &body).into_iter().flatten() {
            let quoted = serde_json::to_string(&note.author).unwrap();
            let said = body.to_string();
            assert!(note.author.is_empty() || said.contains(&quoted), "{note:?}");
        }
    }
}
