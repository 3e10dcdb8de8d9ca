//! `polgen check --base`: what the change itself causes counts, and nothing else.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{NARROW, check, git, repository};
use crate::world::{ROLE, assert_exit, stderr, stdout};

fn findings(folder: &Path, arguments: &[&str]) -> Vec<(String, String, String)> {
    let output = check(folder, &[arguments, &["--format", "json"]].concat());
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let findings = value["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|one| (text(one, "rule"), text(one, "status"), text(one, "what")))
        .collect()
}

fn rules(found: &[(String, String, String)]) -> Vec<&str> {
    found.iter().map(|(rule, _, _)| rule.as_str()).collect()
}

fn whats<'f>(found: &'f [(String, String, String)], wanted: &str) -> Vec<&'f String> {
    let found = found.iter().filter(|(rule, _, _)| rule == wanted);
    found.map(|(_, _, what)| what).collect()
}

const WIDE: &str = "Action: 's3:*'";
const ENTRY: &str =
    "[[allow]]\nrule = \"new-wildcard\"\nat = \"template.yaml#Role\"\nreason = \"wanted\"\n";

#[test]
fn an_allow_entry_of_the_same_change_is_told_and_silences_nothing() {
    let (_place, folder) = repository(&[("template.yaml", NARROW)]);
    let arguments = ["template.yaml", "--base", "HEAD"];
    fs::write(
        folder.join("template.yaml"),
        NARROW.replace("Action: s3:GetObject", WIDE),
    )
    .unwrap();
    fs::write(folder.join("polgen.toml"), ENTRY).unwrap();
    let found = findings(&folder, &arguments);
    assert!(rules(&found).contains(&"new-wildcard"), "{found:?}");
    assert!(rules(&found).contains(&"allow-entry-added"), "{found:?}");
    let text = stdout(&check(&folder, &arguments));
    assert!(
        text.contains("polgen.toml:4: medium allow-entry-added: allow: this change adds an entry that allows `new-wildcard` at `template.yaml#Role`: wanted"),
        "{text}"
    );
    let accepted = [&arguments[..], &["--accept-allows"]].concat();
    let text = stdout(&check(&folder, &accepted));
    assert!(!text.contains("new-wildcard:"), "{text}");
    assert!(text.contains("2 allowed"), "{text}");
    // An entry that somebody merged before counts, as long as it is still there.
    git(&folder, &["add", "polgen.toml"]);
    git(&folder, &["commit", "-q", "-m", "allow", "polgen.toml"]);
    let found = findings(&folder, &arguments);
    assert!(!rules(&found).contains(&"allow-entry-added"), "{found:?}");
    assert!(
        stdout(&check(&folder, &arguments)).contains("1 allowed"),
        "{found:?}"
    );
    // One whose day is put off is a new one.
    fs::write(folder.join("polgen.toml"), "").unwrap();
    let text = stdout(&check(&folder, &arguments));
    assert!(text.contains("new-wildcard:"), "{text}");
    git(&folder, &["commit", "-q", "-m", "none", "polgen.toml"]);
    let dated = format!("{ENTRY}until = 2099-01-01\n");
    fs::write(folder.join("polgen.toml"), &dated).unwrap();
    git(&folder, &["commit", "-q", "-m", "dated", "polgen.toml"]);
    fs::write(
        folder.join("polgen.toml"),
        dated.replace("2099-01-01", "2099-01-02"),
    )
    .unwrap();
    let found = findings(&folder, &arguments);
    assert!(rules(&found).contains(&"allow-entry-added"), "{found:?}");
}

#[test]
fn a_list_that_the_change_puts_nearer_hides_nothing() {
    let (_place, folder) = repository(&[
        ("infra/template.yaml", NARROW),
        (
            "polgen.toml",
            "[[allow]]\nrule = \"new-access\"\nreason = \"wanted\"\n",
        ),
    ]);
    let arguments = ["infra/template.yaml", "--base", "HEAD"];
    fs::write(
        folder.join("infra/template.yaml"),
        NARROW.replace("Action: s3:GetObject", WIDE),
    )
    .unwrap();
    fs::write(
        folder.join("infra/polgen.toml"),
        "[[allow]]\nrule = \"new-wildcard\"\nreason = \"mine\"\n",
    )
    .unwrap();
    let text = stdout(&check(&folder, &arguments));
    assert!(text.contains("new-wildcard: Role"), "{text}");
    assert!(
        text.contains("infra/polgen.toml:3: medium allow-entry-added"),
        "{text}"
    );
    // What the base's nearest file allows is still allowed.
    assert!(!text.contains("new-access:"), "{text}");
}

#[test]
fn a_list_that_cannot_be_read_in_the_base_allowed_nothing() {
    let (_place, folder) = repository(&[("template.yaml", NARROW), ("polgen.toml", "[[allow]\n")]);
    fs::write(
        folder.join("template.yaml"),
        NARROW.replace("Action: s3:GetObject", WIDE),
    )
    .unwrap();
    fs::write(folder.join("polgen.toml"), ENTRY).unwrap();
    let output = check(&folder, &["template.yaml", "--base", "HEAD"]);
    let text = stdout(&output);
    assert!(text.contains("new-wildcard: Role"), "{text}");
    assert!(text.contains("allow-entry-added"), "{text}");
    let said = stderr(&output);
    let told = "so nothing counts as allowed before this change";
    assert!(
        said.contains("polgen.toml") && said.contains(told),
        "{said}"
    );
}

/// A role with these actions everywhere.
fn used(actions: &str) -> String {
    NARROW
        .replace("Action: s3:GetObject", &format!("Action: {actions}"))
        .replace("arn:aws:s3:::acme-in/*", "'*'")
}

#[test]
fn of_use_only_what_the_change_causes_counts() {
    let trail = std::path::absolute("samples/trail").unwrap();
    let trail = trail.to_str().unwrap();
    let role = format!("{ROLE}=Role");
    let arguments = [
        "template.yaml",
        "--base",
        "HEAD",
        "--role",
        &role,
        "--trail",
        trail,
    ];
    let before = "['sqs:DeleteMessage', 'iam:CreateUser']";
    let (_place, folder) = repository(&[("template.yaml", &used(before))]);
    // Nothing changed: what is unused was so before, and what something else grants is not broken.
    let output = check(&folder, &arguments);
    assert_exit(&output, 0);
    assert!(
        stdout(&output).contains("there before"),
        "{}",
        stdout(&output)
    );
    let alone = findings(&folder, &arguments[..1]);
    assert!(!rules(&alone).contains(&"grants-unused"), "{alone:?}");
    let file = folder.join("template.yaml");
    fs::write(
        &file,
        used("['sqs:DeleteMessage', 'iam:CreateUser', 'iam:DeleteUser']"),
    )
    .unwrap();
    let found = findings(&folder, &arguments);
    let unused = whats(&found, "grants-unused");
    assert_eq!(unused.len(), 1, "{found:?}");
    assert!(
        unused[0].contains("`iam:DeleteUser`") && !unused[0].contains("CreateUser"),
        "{unused:?}"
    );
    assert!(!rules(&found).contains(&"breaks-seen-call"), "{found:?}");
    // A call that the code allowed and would deny is broken, and only that.
    let seen = findings(&folder, &[&arguments[..1], &arguments[3..]].concat());
    let broken = whats(&seen, "breaks-seen-call");
    assert!(!broken.is_empty(), "{seen:?}");
    let action = broken[0].split('`').nth(1).unwrap().to_owned();
    fs::write(&file, used(&format!("['{action}', 'iam:CreateUser']"))).unwrap();
    git(&folder, &["commit", "-q", "-a", "-m", "grants"]);
    fs::write(&file, used("'iam:CreateUser'")).unwrap();
    let found = findings(&folder, &arguments);
    let broken = whats(&found, "breaks-seen-call");
    assert!(!broken.is_empty(), "{found:?}");
    assert!(
        broken
            .iter()
            .all(|what| what.contains(&format!("`{action}`"))),
        "{broken:?}"
    );
}

#[test]
fn what_the_base_could_not_tell_either_does_not_count_under_strict() {
    let open = NARROW.replace("Action: s3:GetObject", "Action: !Ref Action");
    let (_place, folder) = repository(&[("template.yaml", &open)]);
    let arguments = ["template.yaml", "--base", "HEAD", "--strict"];
    let output = check(&folder, &arguments);
    assert_exit(&output, 0);
    assert!(
        stdout(&output).contains("there before"),
        "{}",
        stdout(&output)
    );
    assert_exit(&check(&folder, &["template.yaml", "--strict"]), 11);
    // Another part that nobody knows is one that the change brings.
    fs::write(
        folder.join("template.yaml"),
        open.clone() + "      ManagedPolicyArns: [!Ref Other]\n",
    )
    .unwrap();
    assert_exit(&check(&folder, &arguments), 11);
    // What defines the value is another one: that it is not known is not the same any more.
    let parameter = "Parameters:\n  Action: {Type: String, Default: 's3:GetObject'}\n";
    fs::write(folder.join("template.yaml"), parameter.to_owned() + &open).unwrap();
    git(&folder, &["commit", "-q", "-a", "-m", "parameter"]);
    assert_exit(&check(&folder, &arguments), 0);
    fs::write(
        folder.join("template.yaml"),
        parameter.replace("s3:GetObject", "s3:*") + &open,
    )
    .unwrap();
    assert_exit(&check(&folder, &arguments), 11);
}

#[test]
fn narrowing_what_has_an_open_value_is_compared() {
    let open = format!("Parameters:\n  Bucket: {{Type: String}}\n{NARROW}")
        .replace("arn:aws:s3:::acme-in/*", "!Sub 'arn:aws:s3:::${Bucket}/*'")
        .replace("s3:GetObject", "['s3:GetObject', 's3:PutObject']");
    let (_place, folder) = repository(&[("template.yaml", &open)]);
    let arguments = ["template.yaml", "--base", "HEAD", "--strict"];
    let file = folder.join("template.yaml");
    fs::write(&file, open.replace(", 's3:PutObject'", "")).unwrap();
    assert_exit(&check(&folder, &arguments), 0);
    fs::write(&file, open.replace("${Bucket}/*", "${Bucket}/in/*")).unwrap();
    assert_exit(&check(&folder, &arguments), 0);
}

#[test]
fn a_role_that_was_renamed_or_moved_is_compared_with_what_it_was() {
    let (_place, folder) = repository(&[("a/template.yaml", NARROW), ("b.yaml", &used("'sns:*'"))]);
    let file = folder.join("a/template.yaml");
    let arguments = ["a/template.yaml", "--base", "HEAD"];
    let renamed = NARROW.replace("  Role:\n", "  App:\n");
    fs::write(&file, &renamed).unwrap();
    let output = check(&folder, &arguments);
    assert_exit(&output, 0);
    assert!(
        stderr(&output).contains("a/template.yaml#App: compared with `Role` of HEAD:a/template.yaml, which is gone and has the same policies"),
        "{}",
        stderr(&output)
    );
    fs::write(
        &file,
        renamed.replace(
            "Action: s3:GetObject",
            "Action: [s3:GetObject, s3:PutObject]",
        ),
    )
    .unwrap();
    let found = findings(&folder, &arguments);
    assert_eq!(rules(&found), ["new-access"], "{found:?}");
    // Another file, which is named alone.
    fs::remove_dir_all(folder.join("a")).unwrap();
    fs::create_dir(folder.join("c")).unwrap();
    fs::write(folder.join("c/other.yaml"), &renamed).unwrap();
    let output = check(&folder, &["c/other.yaml", "--base", "HEAD"]);
    assert_exit(&output, 0);
    assert!(
        stderr(&output).contains("compared with `Role` of HEAD:a/template.yaml"),
        "{}",
        stderr(&output)
    );
    // One that is still there is not what the new one was.
    git(&folder, &["checkout", "-q", "HEAD", "--", "a"]);
    let found = findings(&folder, &["c/other.yaml", "--base", "HEAD"]);
    assert_eq!(rules(&found), ["new-role"], "{found:?}");
    // What has nothing in common is new.
    fs::remove_dir_all(folder.join("a")).unwrap();
    fs::write(folder.join("c/other.yaml"), used("'ses:*'")).unwrap();
    let found = findings(&folder, &["c/other.yaml", "--base", "HEAD"]);
    assert!(rules(&found).contains(&"new-role"), "{found:?}");
    // A name in AWS is what it is known by.
    let named = |actions: &str| {
        used(actions).replace(
            "    Properties:\n",
            "    Properties:\n      RoleName: acme-app\n",
        )
    };
    fs::write(folder.join("b.yaml"), named("'sns:*'")).unwrap();
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-a", "-m", "named"]);
    fs::write(
        folder.join("b.yaml"),
        named("'sqs:*'").replace("  Role:\n", "  App:\n"),
    )
    .unwrap();
    let found = findings(&folder, &["b.yaml", "--base", "HEAD"]);
    assert!(
        rules(&found).contains(&"new-access") && !rules(&found).contains(&"new-role"),
        "{found:?}"
    );
}
