//! `polgen check` as a gate: in a git repository, against use, with an allow list, in all formats.

#[path = "check/change.rs"]
mod change;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::world::{Place, ROLE, assert_exit, command, polgen, stderr, stdout};

pub(crate) const NARROW: &str = "\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: in
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: arn:aws:s3:::acme-in/*
";

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let status = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(identity)
        .args(arguments)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}

/// A repository with one commit.
pub(crate) fn repository(files: &[(&str, &str)]) -> (Place, std::path::PathBuf) {
    let place = Place::new();
    for (name, text) in files {
        place.file(name, text);
    }
    let folder = Path::new(place.path()).to_owned();
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    (place, folder)
}

pub(crate) fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(&["check"]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env("PATH", path)
        .current_dir(folder)
        .args(arguments);
    command.output().unwrap()
}

#[test]
fn only_what_a_change_brings_counts_against_the_base() {
    let (_place, folder) = repository(&[("template.yaml", NARROW)]);
    let file = folder.join("template.yaml");
    let output = check(&folder, &["template.yaml", "--base", "HEAD"]);
    assert_exit(&output, 0);
    assert_eq!(
        stdout(&output),
        "No findings in 1 role or policy in 1 file\n"
    );
    fs::write(
        &file,
        NARROW.replace("Action: s3:GetObject", "Action: [s3:GetObject, 's3:Put*']"),
    )
    .unwrap();
    let output = check(&folder, &["template.yaml", "--base", "HEAD"]);
    assert_exit(&output, 13);
    let text = stdout(&output);
    assert!(
        text.contains(
            "template.yaml:10: medium new-access: Role: allowed now and not before: `s3:Put"
        ),
        "{text}"
    );
    assert!(
        text.contains("template.yaml:11: medium new-wildcard: Role: `s3:Put*` is new"),
        "{text}"
    );
    let milder = check(
        &folder,
        &["template.yaml", "--base", "HEAD", "--fail-on", "high"],
    );
    assert_exit(&milder, 0);
    fs::write(
        &file,
        NARROW.to_owned()
            + "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n",
    )
    .unwrap();
    let output = check(&folder, &["template.yaml", "--base", "HEAD"]);
    assert_exit(&output, 14);
    assert!(
        stdout(&output).contains(
            "template.yaml:13: low aws-managed-policy: Role: `AdministratorAccess` is attached"
        ),
        "{}",
        stdout(&output)
    );
    // Once it is committed it is no change any more.
    git(&folder, &["commit", "-q", "-a", "-m", "wide"]);
    let output = check(&folder, &["template.yaml", "--base", "HEAD"]);
    assert_exit(&output, 0);
    assert!(
        stdout(&output).contains("there before"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn terraform_modules_are_compared_whole() {
    let narrow = "data \"aws_iam_policy_document\" \"in\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"arn:aws:s3:::${local.bucket}/*\"]\n  }\n}\nresource \"aws_iam_policy\" \"in\" {\n  name = \"in\"\n  policy = data.aws_iam_policy_document.in.json\n}\n";
    let (_place, folder) = repository(&[
        ("main.tf", narrow),
        ("locals.tf", "locals {\n  bucket = \"acme-in\"\n}\n"),
    ]);
    for file in [".", "main.tf"] {
        let output = check(&folder, &[file, "--base", "HEAD"]);
        assert_exit(&output, 0);
    }
    fs::write(
        folder.join("locals.tf"),
        "locals {\n  bucket = \"acme-out\"\n}\n",
    )
    .unwrap();
    for file in [".", "main.tf"] {
        let output = check(&folder, &[file, "--base", "HEAD"]);
        assert_exit(&output, 13);
        assert!(
            stdout(&output).contains("main.tf:2: medium new-access"),
            "{}",
            stdout(&output)
        );
    }
}

#[test]
fn a_file_that_was_not_there_is_all_new() {
    let (_place, folder) = repository(&[("other.txt", "x")]);
    fs::write(folder.join("template.yaml"), NARROW).unwrap();
    let output = check(&folder, &["template.yaml", "--base", "HEAD"]);
    assert_exit(&output, 13);
    assert!(
        stdout(&output).contains("medium new-role: Role: it is new, and grants `s3:GetObject`"),
        "{}",
        stdout(&output)
    );
    let output = check(&folder, &["template.yaml", "--base", "nowhere"]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("expected a commit, found none named `nowhere`"),
        "{}",
        stderr(&output)
    );
    // A name that looks like an option stays a name.
    let output = check(&folder, &["template.yaml", "--base=--output=x"]);
    assert_exit(&output, 1);
    assert!(!folder.join("x").exists());
}

#[test]
fn a_policy_by_the_name_of_another_file_s_is_not_passed_over_and_a_hook_s_tree_is_not_taken() {
    let policy = |actions: &str| {
        format!(
            "Resources:\n  AppPolicy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Statement:\n          - {{Effect: Allow, Action: {actions}, Resource: 'arn:aws:s3:::acme-in/*'}}\n"
        )
    };
    let holder = policy("s3:GetObject")
        + "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: [!Ref AppPolicy]\n";
    let (_place, folder) =
        repository(&[("a/a.yaml", &policy("s3:GetObject")), ("b/b.yaml", &holder)]);
    fs::write(folder.join("a/a.yaml"), policy("s3:DeleteObject")).unwrap();
    let output = check(&folder, &["a/a.yaml", "b/b.yaml", "--base", "HEAD"]);
    assert_exit(&output, 13);
    assert!(
        stdout(&output).contains("new-access: AppPolicy"),
        "{}",
        stdout(&output)
    );
    let mut hooked = command(&["check", "a/a.yaml", "--base", "HEAD"]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    hooked
        .env("PATH", path)
        .env("GIT_DIR", folder.join(".git"))
        .current_dir(&folder);
    let output = hooked.output().unwrap();
    assert_exit(&output, 13);
    assert!(
        stdout(&output).contains("new-access: AppPolicy"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn what_is_granted_and_not_used_is_found_and_what_would_break_too() {
    let place = Place::new();
    let file = place.file(
        "role.yaml",
        "Resources:
  Wide:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: ['sqs:*', 'iam:CreateUser']
                Resource: '*'
",
    );
    let role = format!("{ROLE}=Wide");
    let arguments = [
        "check",
        &file,
        "--role",
        &role,
        "--trail",
        "samples/trail",
        "--format",
        "json",
    ];
    let output = polgen(&arguments);
    assert_exit(&output, 14);
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let of = |rule: &str| -> Vec<&Value> {
        let findings = value["findings"].as_array().unwrap();
        findings.iter().filter(|one| one["rule"] == rule).collect()
    };
    let unused = of("grants-unused");
    assert_eq!(unused.len(), 1);
    assert_eq!(unused[0]["place"]["line"], 10);
    assert!(
        unused[0]["what"]
            .as_str()
            .unwrap()
            .contains("`iam:CreateUser`"),
        "{unused:?}"
    );
    let broken = of("breaks-seen-call");
    assert!(!broken.is_empty());
    assert!(
        broken
            .iter()
            .all(|one| one["severity"] == "high" && one["status"] == "failed")
    );
}

#[test]
fn the_suggestion_breaks_nothing_and_grants_nothing_unused() {
    let place = Place::new();
    let policy = polgen(&[
        "suggest",
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--format",
        "policy",
    ]);
    let policy = place.file("policy.json", stdout(&policy));
    let output = polgen(&[
        "check",
        &policy,
        "--role",
        ROLE,
        "--trail",
        "samples/trail",
        "--format",
        "json",
    ]);
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    for finding in value["findings"].as_array().unwrap() {
        assert!(
            !["grants-unused", "breaks-seen-call", "wider-than-used"]
                .contains(&finding["rule"].as_str().unwrap()),
            "{finding}"
        );
    }
}

#[test]
fn findings_are_allowed_with_a_reason_until_a_day() {
    let place = Place::new();
    let file = place.file("policy.json", "{\"Version\": \"2012-10-17\", \"Statement\": [\n{\"Effect\": \"Allow\",\n\"Action\": \"s3:PutObject\",\n\"Resource\": \"*\"}]}");
    let output = polgen(&["check", &file]);
    assert_exit(&output, 13);
    assert!(
        stdout(&output).contains("policy.json:4: medium wildcard-resource"),
        "{}",
        stdout(&output)
    );
    place.file("polgen.toml", "[[allow]]\nrule = \"wildcard-resource\"\nat = \"*policy.json\"\nreason = \"known\"\nuntil = 2099-01-01\n");
    let output = polgen(&["check", &file]);
    assert_exit(&output, 0);
    assert!(
        stdout(&output).contains("(1 allowed)"),
        "{}",
        stdout(&output)
    );
    place.file(
        "polgen.toml",
        "[[allow]]\nrule = \"wildcard-resource\"\nreason = \"known\"\nuntil = 2020-01-01\n",
    );
    let output = polgen(&["check", &file]);
    assert_exit(&output, 13);
    assert!(
        stderr(&output).contains("allowed until 2020-01-01, so it counts again"),
        "{}",
        stderr(&output)
    );
    place.file(
        "polgen.toml",
        "[[allow]]\nrule = \"wildcard-resorce\"\nreason = \"known\"\n",
    );
    let output = polgen(&["check", &file]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("polgen.toml:2:8")
            && stderr(&output).contains("did you mean `wildcard-resource`?"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn every_format_tells_the_same_findings() {
    let place = Place::new();
    let file = place.file("policy.json", "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": [\"s3:PutObject\", \"iam:PutRolePolicy\"], \"Resource\": \"*\"}}");
    let run = |format: &str| {
        let output = polgen(&["check", &file, "--format", format]);
        assert_exit(&output, 14);
        stdout(&output)
    };
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    let count = json["findings"].as_array().unwrap().len();
    assert!(count >= 2);
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), count);
    let github = run("github");
    assert_eq!(
        github.lines().filter(|line| line.starts_with("::")).count(),
        count
    );
    assert!(github.lines().any(|line| line.starts_with("::error file=")));
    assert_eq!(
        run("text")
            .lines()
            .filter(|line| line.contains("policy.json:1: "))
            .count(),
        count
    );
}

#[test]
fn what_holds_no_policy_is_refused() {
    let place = Place::new();
    let nothing = place.file("nothing.json", "{\"a\": 1}");
    let output = polgen(&["check", &nothing]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("expected roles or policies, found none"),
        "{}",
        stderr(&output)
    );
    let template = place.file("template.yaml", NARROW);
    let output = polgen(&["check", &format!("{template}#Rule")]);
    assert_exit(&output, 1);
    assert!(
        stderr(&output).contains("did you mean") && stderr(&output).contains("#Role"),
        "{}",
        stderr(&output)
    );
    let output = polgen(&[
        "check",
        &template,
        "--role",
        "x=Other",
        "--trail",
        "samples/trail",
    ]);
    assert_exit(&output, 2);
    assert!(
        stderr(&output).contains("--role x=Role"),
        "{}",
        stderr(&output)
    );
}
