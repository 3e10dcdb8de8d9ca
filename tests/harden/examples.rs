//! Every rule finds its bad examples and leaves its good ones alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use polgen::finding::Status;
use polgen::harden::{PRACTICES, all_rules};

use crate::world::{folder, look, of_rule};

/// The forms that an example may have.
const FORMS: [&str; 4] = ["yaml", "tf", "json", "saved"];
/// Rules that code cannot break, since they are about what happened, and one that CloudFormation has no words for.
const NOT_IN_CODE: [&str; 3] = ["role-unused", "service-unused", "stack-drifted"];
/// Rules of the gate that serve a practice of their own.
const OF_THE_GATE: [&str; 6] = [
    "aws-managed-policy",
    "privilege-escalation",
    "trust-any-repository",
    "trust-any-source",
    "trust-everyone",
    "wildcard-resource",
];

fn file(rule: &str, which: &str, form: &str) -> PathBuf {
    let name = match form {
        "saved" => format!("{which}-saved"),
        form => format!("{which}.{form}"),
    };
    folder("examples").join(rule).join(name)
}

/// All rules that serve a practice.
pub(crate) fn rules() -> Vec<&'static str> {
    let own = PRACTICES.iter().map(|one| one.rule.name);
    own.chain(OF_THE_GATE).collect()
}

#[test]
fn no_rule_is_without_its_examples() {
    for rule in rules() {
        let has =
            |form: &str| file(rule, "bad", form).exists() && file(rule, "good", form).exists();
        let in_code = FORMS.iter().any(|form| *form != "saved" && has(form));
        assert!(
            in_code || NOT_IN_CODE.contains(&rule),
            "{rule}: no example in code"
        );
        assert!(has("saved"), "{rule}: no saved answers");
    }
    let known: BTreeSet<&str> = all_rules().into_iter().map(|rule| rule.name).collect();
    for entry in std::fs::read_dir(folder("examples")).expect("examples") {
        let name = entry.expect("an example").file_name();
        let name = name.to_string_lossy();
        assert!(known.contains(name.as_ref()), "{name}: no such rule");
    }
}

#[test]
fn bad_examples_are_flagged_and_good_ones_are_clean() {
    for rule in rules() {
        for form in FORMS {
            let bad = file(rule, "bad", form);
            if !bad.exists() {
                continue;
            }
            let found = look(&bad);
            let failed = of_rule(&found, rule, Status::Failed);
            assert_eq!(failed.len(), 1, "{}: {:#?}", bad.display(), found.findings);
            let place = &failed[0].place;
            assert!(place.line > 0 && !place.file.is_empty(), "{place:?}");
            let good = file(rule, "good", form);
            let found = look(&good);
            for status in [Status::Failed, Status::NotChecked] {
                let wrong = of_rule(&found, rule, status);
                assert!(wrong.is_empty(), "{}: {wrong:#?}", good.display());
            }
            assert!(
                found.passed > 0,
                "{}: nothing was looked at",
                good.display()
            );
        }
    }
}
