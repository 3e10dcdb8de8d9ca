//! Holds the forms of findings: their lines, their JSON, SARIF by its schema, and that no name can leave its command.

use super::*;
use crate::check::rules;
use crate::finding::{Allowed, Finding, Place, Rule};

fn rule(name: &str) -> Rule {
    rules().into_iter().find(|rule| rule.name == name).unwrap()
}

fn finding(name: &str, resource: &str, what: &str) -> Finding {
    let place = Place {
        file: "infra/my app.yaml".to_owned(),
        line: 7,
        resource: resource.to_owned(),
    };
    Finding::failed(rule(name), place, what)
}

fn found(findings: Vec<Finding>) -> Found {
    Found {
        counts: Counts::of(&findings, 3),
        looked_at: "2 roles and policies in 1 file".to_owned(),
        known_before: 4,
        remarks: Vec::new(),
        findings,
    }
}

fn sample() -> Found {
    let mut allowed = finding("wildcard-resource", "Role", "`*` allows `s3:PutObject`");
    allowed.allowed = Some(Allowed {
        reason: "known".to_owned(),
        until: Some(jiff::civil::date(2027, 1, 31)),
    });
    let unchecked = Finding {
        status: crate::finding::Status::NotChecked,
        ..finding("new-access", "Role", "not compared")
    };
    found(vec![
        finding(
            "privilege-escalation",
            "Role",
            "`iam:PutRolePolicy` gives a role",
        ),
        allowed,
        unchecked,
    ])
}

#[test]
fn lines_say_what_counts_and_count_what_is_not_shown() {
    let text = findings_text(&sample(), false);
    assert_eq!(
        text,
        "infra/my app.yaml:7: high privilege-escalation: Role: `iam:PutRolePolicy` gives a role\n\
         infra/my app.yaml:7: not checked new-access: Role: not compared\n\n\
         1 finding in 2 roles and policies in 1 file: 1 high (1 allowed, 4 there before, 1 not checked)\n"
    );
    let text = findings_text(&sample(), true);
    assert!(text.contains(
        "allowed wildcard-resource: Role: `*` allows `s3:PutObject` (known, until 2027-01-31)"
    ));
    assert!(text.contains("\n  why: ") && text.contains("\n  fix: ") && text.contains("\n  id: "));
}

#[test]
fn json_follows_the_contract() {
    let value = findings_json(&sample());
    let first = &value["findings"][0];
    for key in [
        "rule", "severity", "area", "place", "status", "what", "why", "fix",
    ] {
        assert!(!first[key].is_null(), "{key}");
    }
    assert_eq!(first["place"]["line"], 7);
    assert_eq!(value["counts"]["failed"]["high"], 1);
    assert_eq!(value["counts"]["not-checked"], 1);
    assert_eq!(value["findings"][1]["allowed"]["until"], "2027-01-31");
}

#[test]
fn sarif_names_rules_places_and_who_allowed_what() {
    let value = sarif(&sample(), &rules());
    let run = &value["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_i64().unwrap()).unwrap();
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "infra/my%20app.yaml");
        assert_eq!(place["region"]["startLine"], 7);
    }
    assert_eq!(results[0]["level"], "error");
    assert_eq!(results[1]["suppressions"][0]["justification"], "known");
    assert_eq!(results[2]["kind"], "review");
}

#[test]
fn no_name_ends_its_command_or_its_line() {
    let hostile = "x\n::error::y\r\n::set-output name=a::b\u{1b}[2J%0A::stop-commands::z";
    let mut one = finding("new-access", hostile, hostile);
    one.place.file = hostile.to_owned();
    let text = annotations(&found(vec![one.clone()]));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("::warning file="));
    assert!(!text.contains('\u{1b}') && !text.contains('\r'));
    assert!(!text.lines().next_back().unwrap().starts_with("::"));
    let lines = findings_text(&found(vec![one]), false);
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(!lines.contains('\u{1b}'));
}
