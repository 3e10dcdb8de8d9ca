//! `polgen suggest` into and out of infrastructure code: formats, `--write`, `--patch`.

use std::fs;
use std::process::Command;

use crate::world::{Place, ROLE, assert_exit, assert_golden, polgen, stderr, stdout};

const TEMPLATE: &str = "\
# The prototype
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole # logs
        - arn:aws:iam::aws:policy/AmazonS3FullAccess
      Path: / # as it was
  Bucket: {Type: AWS::S3::Bucket}
";

fn suggest(more: &[&str]) -> std::process::Output {
    let sample = ["suggest", "--role", ROLE, "--trail", "samples/trail"];
    let arguments: Vec<&str> = sample.iter().chain(more).copied().collect();
    polgen(&arguments)
}

#[test]
fn the_sample_as_code_is_as_committed() {
    for (format, extension) in [
        ("terraform", "tf"),
        ("cloudformation", "yaml"),
        ("sam", "sam.yaml"),
        ("cdk-typescript", "cdk.ts"),
        ("cdk-python", "cdk.py"),
        ("pulumi-typescript", "pulumi.ts"),
        ("aws-cli", "sh"),
    ] {
        let output = suggest(&["--current", "samples/role.json", "--format", format]);
        assert_exit(&output, 0);
        assert_golden(&format!("suggest/sample.{extension}"), &stdout(&output));
    }
}

#[test]
fn a_suggestion_is_written_into_a_template_and_compared_with_what_was_there() {
    let place = Place::new();
    let file = place.file("template.yaml", TEMPLATE);
    let target = format!("{file}#Role");
    let output = suggest(&["--write", &target]);
    assert_exit(&output, 0);
    assert_eq!(stdout(&output), "");
    let told = stderr(&output);
    let told: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("this comment goes"))
        .collect();
    let wanted = format!("warning: {file}:7: this comment goes: # logs");
    assert_eq!(told, [wanted]);
    assert!(
        stderr(&output).contains("Current    2 policies"),
        "{}",
        stderr(&output)
    );
    let written = fs::read_to_string(&file).unwrap();
    assert!(
        written.starts_with("# The prototype\nResources:\n  Role:\n"),
        "{written}"
    );
    assert!(
        written.ends_with("      Path: / # as it was\n  Bucket: {Type: AWS::S3::Bucket}\n"),
        "{written}"
    );
    assert!(!written.contains("ManagedPolicyArns"), "{written}");
    let policy = place.file("policy.json", stdout(&suggest(&["--format", "policy"])));
    let known = ["AWS::AccountId=111122223333", "AWS::Region=eu-central-1"];
    let diff = polgen(&[
        "diff",
        &target,
        &policy,
        "--parameter",
        known[0],
        "--parameter",
        known[1],
    ]);
    assert!(
        stdout(&diff).starts_with("Relation   equal"),
        "{}",
        stdout(&diff)
    );
    assert!(stderr(&suggest(&["--write", &target])).contains("holds the policy already"));
}

#[test]
fn a_patch_is_taken_by_git_and_gives_the_same_file() {
    if Command::new("git").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no git");
        return;
    }
    for text in [
        TEMPLATE.to_owned(),
        TEMPLATE.trim_end().to_owned(),
        TEMPLATE.replace('\n', "\r\n"),
    ] {
        let place = Place::new();
        let file = place.file("infra/template.yaml", &text);
        let trail = fs::canonicalize("samples/trail").unwrap();
        let run = |more: &[&str]| {
            let mut command = crate::world::command(&[
                "suggest",
                "--role",
                ROLE,
                "--trail",
                trail.to_str().unwrap(),
            ]);
            command
                .args(more)
                .current_dir(place.path())
                .output()
                .unwrap()
        };
        let output = run(&["--write", "infra/template.yaml#Role", "--patch"]);
        assert_exit(&output, 0);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        place.file("change.patch", stdout(&output));
        let apply = Command::new("git")
            .args(["apply", "change.patch"])
            .current_dir(place.path())
            .output()
            .unwrap();
        assert_exit(&apply, 0);
        let patched = fs::read_to_string(&file).unwrap();
        place.file("infra/template.yaml", &text);
        assert_exit(&run(&["--write", "infra/template.yaml#Role"]), 0);
        assert_eq!(fs::read_to_string(&file).unwrap(), patched);
    }
}

#[test]
fn what_is_not_known_of_the_current_code_is_said() {
    let place = Place::new();
    let template = TEMPLATE.replace("arn:aws:iam::aws:policy/AmazonS3FullAccess", "!Ref Extra");
    let file = place.file("template.yaml", template);
    let output = suggest(&["--current", &format!("{file}#Role")]);
    assert_exit(&output, 0);
    let words = stderr(&output);
    assert!(
        words.contains("template.yaml:8: the managed policy `${Extra}` is not known"),
        "{words}"
    );
    assert!(!words.contains("grants nothing new"), "{words}");
}

#[test]
fn places_that_are_none_are_refused() {
    let place = Place::new();
    let file = place.file("template.yaml", TEMPLATE);
    assert_exit(
        &suggest(&["--write", &file, "--current", "ReadOnlyAccess"]),
        2,
    );
    let missing = suggest(&[
        "--write",
        &format!("{file}#Rolle"),
        "--current",
        "ReadOnlyAccess",
    ]);
    assert_exit(&missing, 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), TEMPLATE);
    assert_exit(&suggest(&["--patch"]), 2);
}
