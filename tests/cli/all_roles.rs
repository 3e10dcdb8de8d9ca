//! `polgen suggest --all-roles`: one pass, a table, JSON, and a folder of policies.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::world::{Place, ROLE, assert_exit, polgen, stderr, stdout};

const ALL: [&str; 4] = ["suggest", "--all-roles", "--trail", "samples/trail"];

fn all(more: &[&str]) -> std::process::Output {
    let arguments: Vec<&str> = ALL.iter().chain(more).copied().collect();
    polgen(&arguments)
}

#[test]
fn every_role_is_in_the_table_and_the_widest_is_first() {
    let output = all(&["--current", "samples/role.json"]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    let first = text.lines().nth(1).unwrap();
    assert!(first.starts_with("ReportInstanceRole "), "{text}");
    let again = all(&["--current", "samples/role.json", "--threads", "1"]);
    assert_eq!(stdout(&again), text);
}

#[test]
fn a_role_of_all_gets_the_policy_that_it_gets_alone() {
    let output = all(&["--current", "samples/role.json", "--format", "json"]);
    assert_exit(&output, 0);
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let roles = value["roles"].as_array().unwrap();
    let row = roles
        .iter()
        .find(|row| row["role"]["name"] == ROLE)
        .unwrap();
    let alone = polgen(&[
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--current",
        "samples/role.json",
        "--format",
        "json",
    ]);
    let alone: Value = serde_json::from_str(&stdout(&alone)).unwrap();
    assert_eq!(row["granted_actions"], alone["actions"]["before"]);
    assert_eq!(row["events"], alone["coverage"]["role_events"]);
    let documents = |value: &Value| -> Vec<Value> {
        let policies = value["policies"].as_array().unwrap().iter();
        policies.map(|policy| policy["document"].clone()).collect()
    };
    assert_eq!(documents(row), documents(&alone));
    assert!(roles.iter().all(|one| {
        one["removable_actions"].as_u64() <= roles[0]["removable_actions"].as_u64()
    }));
}

#[test]
fn policies_go_to_a_folder_and_roles_can_be_chosen() {
    let place = Place::new();
    let folder = Path::new(place.path()).join("policies");
    let output = all(&[
        "--name",
        "Prototype*",
        "--output-dir",
        folder.to_str().unwrap(),
    ]);
    assert_exit(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 2, "{}", stdout(&output));
    let file = folder.join("111122223333").join(format!("{ROLE}.json"));
    let policy: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let none = all(&["--account", "999988887777"]);
    assert_exit(&none, 3);
}

#[test]
fn what_makes_no_sense_for_many_roles_is_refused() {
    for (arguments, word) in [
        (&["--role", ROLE][..], "cannot be used with"),
        (&["--tag", "team=x"], "--tag"),
        (&["--hidden", "ask"], "--hidden"),
        (&["--format", "markdown"], "--format"),
        (&["--write", "template.yaml#Role"], "--write"),
    ] {
        let output = all(arguments);
        assert_exit(&output, 2);
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
}
