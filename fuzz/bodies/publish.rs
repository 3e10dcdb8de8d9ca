//! Any text is a suggestion to put on a role, or a rollback file, or is refused: no policy goes to another role's account, and none that
//! the text does not hold.

use polgen::publish::{Mode, Rollback, Wanted};

pub(crate) fn check(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else {
        return;
    };
    for mode in [Mode::Replace, Mode::Boundary] {
        if let Ok(wanted) = Wanted::parse(text, mode) {
            let account = format!(":iam::{}:policy/", wanted.account);
            assert!(
                wanted
                    .role
                    .contains(&format!(":iam::{}:role/", wanted.account))
            );
            assert!(
                wanted
                    .policies
                    .iter()
                    .all(|policy| policy.arn.contains(&account))
            );
        }
    }
    if let Ok(rollback) = Rollback::parse("rollback.json", text) {
        let written = serde_json::to_string(&rollback).unwrap();
        assert_eq!(
            Rollback::parse("rollback.json", &written).ok().as_ref(),
            Some(&rollback)
        );
    }
}
