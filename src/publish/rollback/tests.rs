//! A rollback file is used by the change that wrote it, and by no other; none is written over.

use super::*;

const POLICY: &str = "arn:aws:iam::111122223333:policy/app-used";

/// What a run on this role writes down, of a change that touches this policy.
fn noted(role: &str, id: &str, policy: &str) -> Rollback {
    let mut before = State::default();
    before.policies.insert(policy.to_owned(), None);
    let role = format!("arn:aws:iam::111122223333:role/{role}");
    Rollback::new(Timestamp::MIN, role, id.to_owned(), before)
}

#[test]
fn a_file_of_another_change_is_neither_taken_nor_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rollback.json");
    let mut first = noted("app", "AROA1", POLICY);
    first.before.attached.insert("as it was".to_owned());
    let first = first.keep(&path).unwrap();
    let written = fs::read(&path).unwrap();
    // The run that goes on sees what the interrupted one has left, and takes what the file says.
    assert_eq!(noted("app", "AROA1", POLICY).keep(&path).unwrap(), first);
    for other in [
        noted("other", "AROA1", POLICY),
        noted("app", "AROA2", POLICY),
        noted("app", "AROA1", "arn:aws:iam::111122223333:policy/other"),
    ] {
        let refused = other.keep(&path).unwrap_err();
        assert!(matches!(refused, RollbackError::Other(_)), "{refused}");
    }
    // Another run may write it between the look and the writing.
    let late = noted("app", "AROA1", POLICY).write(&path).unwrap_err();
    assert_eq!(late.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), written);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_later_form_is_refused() {
    let mut later = noted("app", "AROA1", POLICY);
    later.polgen_rollback = FORMAT + 1;
    let text = serde_json::to_string(&later).unwrap();
    let refused = Rollback::parse("rollback.json", &text).unwrap_err();
    assert!(
        refused.to_string().ends_with("wanted form 1, found 2"),
        "{refused}"
    );
}
