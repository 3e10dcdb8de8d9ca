//! Holds what counts, and what a finding is named by.

use super::*;

const RULE: Rule = Rule {
    name: "a-fault",
    severity: Severity::Medium,
    area: Area::Iam,
    what: "",
    why: "",
    fix: "",
};

fn finding(what: &str, line: usize) -> Finding {
    let place = Place {
        file: "a.yaml".to_owned(),
        line,
        resource: "Role".to_owned(),
    };
    Finding::failed(RULE, place, what)
}

#[test]
fn a_finding_keeps_its_name_when_lines_move_and_loses_it_when_it_says_something_else() {
    assert_eq!(finding("x", 1).id(), finding("x", 9).id());
    assert_ne!(finding("x", 1).id(), finding("y", 1).id());
    assert_eq!(finding("x", 1).id().len(), 16);
}

#[test]
fn what_is_allowed_or_not_checked_does_not_count() {
    let mut allowed = finding("x", 1);
    allowed.allowed = Some(Allowed {
        reason: "known".to_owned(),
        until: None,
    });
    let unchecked = Finding {
        status: Status::NotChecked,
        ..finding("y", 1)
    };
    let counts = Counts::of(&[finding("z", 2), allowed, unchecked], 5);
    assert_eq!(counts.all_failed(), 1);
    assert_eq!(counts.worst(), Some(Severity::Medium));
    assert_eq!(
        (counts.allowed, counts.passed, counts.not_checked),
        (1, 5, 1)
    );
    assert_eq!(Counts::of(&[], 0).worst(), None);
}
