//! `polgen explain`: every rule, and one.

use crate::world::{assert_exit, polgen, stderr, stdout};

#[test]
fn every_rule_is_listed_and_explained() {
    let list = polgen(&["explain"]);
    assert_exit(&list, 0);
    let names: Vec<String> = stdout(&list)
        .lines()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect();
    assert!(names.len() >= 15 && names.is_sorted(), "{names:?}");
    for name in names {
        let output = polgen(&["explain", &name]);
        assert_exit(&output, 0);
        let text = stdout(&output);
        assert!(text.starts_with(&format!("{name} (")), "{text}");
        for title in ["\nWhat: ", "\nWhy: ", "\nFix: "] {
            assert!(text.contains(title), "{text}");
        }
    }
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest() {
    let output = polgen(&["explain", "unknown-actions"]);
    assert_exit(&output, 1);
    assert_eq!(
        stderr(&output),
        "error: `unknown-actions`: no such rule\n\nhint: did you mean `unknown-action`?\n"
    );
}
