//! What `terraform show -json` prints, wherever a policy is named.

use crate::world::{Place, ROLE, assert_exit, polgen, stderr, stdout};

const KNOWN: &str = "tests/template/plans/known.json";
const MODULE: &str = "tests/template/plans/known.tf";
const NEW: &str = "tests/template/plans/unknown.json";

#[test]
fn a_module_is_compared_with_its_plan() {
    let (code, plan) = (
        format!("{MODULE}#aws_iam_role.orders"),
        format!("{KNOWN}#aws_iam_role.orders"),
    );
    let output = polgen(&["diff", &code, &plan, "--format", "json", "--exit-code"]);
    assert_exit(&output, 0);
    let found: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(found["relation"], "equal");
    assert_eq!(found["unresolved"], serde_json::json!([]));
}

#[test]
fn what_a_plan_leaves_open_takes_the_proof_back() {
    let role = format!("{NEW}#aws_iam_role.app");
    let output = polgen(&["diff", &role, &role, "--format", "json", "--exit-code"]);
    assert_exit(&output, 10);
    let found: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(found["relation"], "unknown");
    let text = found["unresolved"].to_string();
    assert!(text.contains("aws_iam_role_policy.later"), "{text}");
    assert!(!stdout(&output).contains("hidden-name"));
    let keyed = format!("{NEW}#aws_iam_role.keyed[\"a\"]");
    let output = polgen(&["diff", &keyed, &keyed]);
    assert_exit(&output, 0);
}

#[test]
fn a_plan_is_checked_with_its_lines() {
    let output = polgen(&["check", KNOWN, "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let findings = found["findings"].as_array().unwrap();
    let attached = findings
        .iter()
        .find(|one| one["rule"] == "aws-managed-policy");
    let place = &attached.unwrap()["place"];
    assert_eq!(place["file"], KNOWN);
    assert_eq!(place["resource"], "aws_iam_role.orders");
    let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
    let text = std::fs::read_to_string(KNOWN).unwrap();
    let line = text.lines().nth(line - 1).unwrap();
    assert!(line.contains("AWSLambdaBasicExecutionRole"), "{line}");

    let output = polgen(&["check", NEW, "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(found["counts"]["not-checked"], 11, "{found}");
}

#[test]
fn a_suggestion_is_compared_with_a_plan_and_not_written_into_it() {
    let role = format!("{KNOWN}#aws_iam_role.orders");
    let sample = ["suggest", "--role", ROLE, "--trail", "samples/trail"];
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = sample.iter().chain(more).copied().collect();
        polgen(&arguments)
    };
    let output = run(&["--current", &role]);
    assert_exit(&output, 0);
    let said = stderr(&output);
    assert!(said.contains("Current    3 policies"), "{said}");

    let place = Place::new();
    let before = std::fs::read_to_string(KNOWN).unwrap();
    let file = place.file("plan.json", &before);
    let target = format!("{file}#aws_iam_role.orders");
    for more in [&["--write", &target][..], &["--write", &target, "--patch"]] {
        let output = run(more);
        assert_exit(&output, 1);
        assert_eq!(stdout(&output), "");
        let said = stderr(&output);
        assert!(said.contains("a Terraform plan or state"), "{said}");
        assert!(said.contains("name the .tf file"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
}
