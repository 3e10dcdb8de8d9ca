//! `polgen harden` as a program: formats, exit codes, what is allowed, what was there before, what comes first, what is printed.

use std::fs;

use serde_json::Value;

use crate::world::{Place, assert_exit, polgen, polgen_reading, stderr, stdout};

const OPEN: &str = "\
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-data
      AccessControl: PublicRead
";

const BLOCKED: &str = "\
Resources:
  Point:
    Type: AWS::S3::AccessPoint
    Properties:
      Bucket: acme-data
";

fn text_of(place: &Place, name: &str) -> String {
    format!("{}/{name}", place.path())
}

#[test]
fn the_worst_finding_is_the_exit_code_and_each_has_its_place() {
    let place = Place::new();
    place.file("open.yaml", OPEN);
    place.file("closed.yaml", BLOCKED);
    let open = text_of(&place, "open.yaml");
    let output = polgen(&["harden", &open]);
    assert_exit(&output, 14);
    let text = stdout(&output);
    assert!(
        text.contains("open.yaml:6: high bucket-public-acl: Data: the list is `public-read`"),
        "{text}"
    );
    assert!(text.contains("not checked stack-drifted"), "{text}");
    assert!(text.contains("in 1 bucket and 1 stack: 1 high"), "{text}");
    let output = polgen(&["harden", &text_of(&place, "closed.yaml")]);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("No findings in 1 access point and 1 stack (3 not checked)"));
    let output = polgen(&["harden", &text_of(&place, "closed.yaml"), "--strict"]);
    assert_exit(&output, 11);
}

#[test]
fn formats_hold_the_same_findings() {
    let place = Place::new();
    place.file("open.yaml", OPEN);
    let open = text_of(&place, "open.yaml");
    let json = polgen(&["harden", &open, "--format", "json"]);
    let value: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let findings = value["findings"].as_array().unwrap();
    let acl = findings
        .iter()
        .find(|one| one["rule"] == "bucket-public-acl")
        .unwrap();
    assert_eq!(acl["area"], "s3");
    assert_eq!(acl["place"]["line"], 6);
    assert_eq!(acl["status"], "failed");
    let sarif = polgen(&["harden", &open, "--format", "sarif"]);
    let log: Value = serde_json::from_str(&stdout(&sarif)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    assert!(
        results
            .iter()
            .all(|one| one["ruleIndex"].as_i64().unwrap() >= 0)
    );
    let report = stdout(&polgen(&["harden", &open, "--format", "markdown"]));
    assert!(
        report.contains("## S3") && report.contains("### bucket-public-acl (high)"),
        "{report}"
    );
    assert!(report.contains("### Not checked"), "{report}");
}

#[test]
fn what_is_allowed_or_was_there_does_not_count() {
    let place = Place::new();
    place.file("open.yaml", OPEN);
    let open = text_of(&place, "open.yaml");
    let config = place.file(
        "polgen.toml",
        "[[allow]]\nrule = \"bucket-public-acl\"\nat = \"#Data\"\nreason = \"the website\"\n",
    );
    let output = polgen(&["harden", &open, "--config", &config]);
    assert_exit(&output, 13);
    assert!(stdout(&output).contains("1 allowed"));
    let baseline = text_of(&place, "baseline.json");
    let none = place.file("none.toml", "");
    let written = polgen(&[
        "harden",
        &open,
        "--config",
        &none,
        "--write-baseline",
        &baseline,
    ]);
    assert_exit(&written, 0);
    let output = polgen(&["harden", &open, "--config", &none, "--baseline", &baseline]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    assert!(
        text.contains("No findings") && text.contains("there before"),
        "{text}"
    );
    // What is new counts.
    place.file("open.yaml", OPEN.replace("PublicRead", "PublicReadWrite"));
    let output = polgen(&["harden", &open, "--config", &none, "--baseline", &baseline]);
    assert_exit(&output, 14);
    fs::write(&baseline, "{\"version\": 9, \"findings\": []}").unwrap();
    let output = polgen(&["harden", &open, "--config", &none, "--baseline", &baseline]);
    assert_exit(&output, 1);
    assert!(stderr(&output).contains("expected a baseline of version 1, found version 9"));
}

#[test]
fn an_allow_list_may_name_rules_of_both_commands() {
    let place = Place::new();
    let file = place.file("closed.yaml", BLOCKED);
    let config = place.file(
        "polgen.toml",
        "[[allow]]\nrule = \"new-wildcard\"\nreason = \"known\"\n",
    );
    let output = polgen(&["harden", &file, "--config", &config]);
    assert_exit(&output, 0);
    // An entry for the other command's rule is no remark here.
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_the_role_reads_comes_first() {
    let place = Place::new();
    let template = "\
Resources:
  Aaa:
    Type: AWS::S3::Bucket
  Orders:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-prototype-orders
";
    let file = place.file("t.yaml", template);
    let trail = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/trail");
    let first = stdout(&polgen(&["harden", &file]));
    assert!(
        first
            .lines()
            .find(|line| line.contains("bucket-without-tls"))
            .unwrap()
            .contains("Aaa")
    );
    let output = polgen(&[
        "harden",
        &file,
        "--trail",
        trail,
        "--role",
        "PrototypeFunctionRole",
    ]);
    let text = stdout(&output);
    let line = text
        .lines()
        .find(|line| line.contains("bucket-without-tls"));
    let line = line.unwrap_or_else(|| panic!("{text}{}", stderr(&output)));
    assert!(line.contains("Orders"), "{text}");
    assert!(
        line.contains(" by `PrototypeFunctionRole`, ") && line.contains(" times, last 2026-07-"),
        "{line}"
    );
    let output = polgen(&["harden", &file, "--trail", trail]);
    assert_exit(&output, 2);
}

#[test]
fn commands_save_answers_under_names_that_are_read_back() {
    let place = Place::new();
    let output = polgen(&[
        "harden",
        "--print-commands",
        "--bucket",
        "acme-data",
        "--stack",
        "a b",
        "--account=111122223333",
    ]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    assert!(text.contains("aws s3api get-bucket-policy --bucket acme-data --output json > saved/bucket/acme-data/policy.json 2>&1\n"), "{text}");
    assert!(text.contains("--stack-name 'a b'"), "{text}");
    assert!(text.contains("--account-id 111122223333"), "{text}");
    let folder = std::path::Path::new(place.path()).join("saved/bucket/acme-data");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("policy.json"), "\nAn error occurred (AccessDenied) when calling the GetBucketPolicy operation: Access Denied\n").unwrap();
    fs::write(folder.join("policies.json"), "{}").unwrap();
    let saved = text_of(&place, "saved");
    let text = stdout(&polgen(&["harden", "--saved", &saved]));
    assert!(
        text.contains(
            "not checked bucket-without-tls: acme-data: AWS said: An error occurred (AccessDenied)"
        ),
        "{text}"
    );
    assert!(text.contains("no saved answer has this name"), "{text}");
    assert!(!text.contains("medium bucket-without-tls"), "{text}");
}

#[test]
fn changes_are_printed_in_a_language_and_only_when_asked_for() {
    let place = Place::new();
    let file = place.file("open.yaml", OPEN);
    let output = polgen(&["harden", &file, "--fix", "plan"]);
    assert_exit(&output, 0);
    assert!(
        stdout(&output).contains("Resources:\n")
            && stdout(&output).contains("!Sub '${Data.Arn}/*'")
    );
    let output = polgen(&["harden", &file, "--fix", "plan", "--format", "aws-cli"]);
    assert!(
        stdout(&output)
            .contains("aws s3api put-bucket-policy --bucket 'acme-data' --policy '{\"Version\"")
    );
    let output = polgen(&["harden", &file, "--format", "terraform"]);
    assert_exit(&output, 2);
    let output = polgen(&["harden"]);
    assert_exit(&output, 2);
    let output = polgen(&["harden", &place.file("notes.txt", "hello: world\n")]);
    assert_exit(&output, 1);
    assert!(stderr(&output).contains("expected infrastructure code"));
}

#[test]
fn rules_are_listed_and_explained() {
    let listed = stdout(&polgen(&["harden", "--list-rules"]));
    assert!(
        listed
            .lines()
            .any(|line| line.starts_with("bucket-without-tls ")
                && line.ends_with("S3: TLS enforced")),
        "{listed}"
    );
    let told = stdout(&polgen(&["explain", "bucket-without-tls"]));
    for part in [
        "What: ",
        "Why: ",
        "Fix: ",
        "Serves: S3: TLS enforced",
        "Side: customer",
        "Source: https://docs.aws.amazon.com/",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_session_can_be_stopped_and_gone_on_with() {
    let place = Place::new();
    let file = place.file("open.yaml", OPEN);
    let session = text_of(&place, "session.json");
    let config = place.file("none.toml", "");
    let run = |answers: &str| {
        let arguments = [
            "harden",
            &file,
            "--config",
            &config,
            "--interactive",
            "--session",
            &session,
        ];
        polgen_reading(&arguments, answers.as_bytes())
    };
    // The first is looked at and mended, the second allowed once a reason is given, then somebody stops.
    let first = run("what\nc\nm\na\n\na\nthe website needs it\nq\n");
    assert_exit(&first, 0);
    let asked = stderr(&first);
    assert!(asked.contains("expected m, a, l, c, n or q"), "{asked}");
    assert!(asked.contains("an entry needs a reason"), "{asked}");
    assert!(asked.contains("Resources:"), "{asked}");
    let report = stdout(&first);
    assert!(report.contains("| to mend | 0 | 1 |"), "{report}");
    assert!(report.contains("| right as they are | 0 | 1 |"), "{report}");
    assert!(
        report.contains("reason = \"the website needs it\""),
        "{report}"
    );
    // What was answered is not asked again; where the input ends nothing more is.
    let second = run("l\n");
    assert_exit(&second, 0);
    let report = stdout(&second);
    assert!(
        report.contains("| to mend | 1 | 1 |") && report.contains("| later | 0 | 1 |"),
        "{report}"
    );
    assert!(!stderr(&second).contains("[m]end, [a]llow, [l]ater, [c]hange (show it), [n]ext area, [q]uit? [m]end, [a]llow, [l]ater, [c]hange (show it), [n]ext area, [q]uit? [m]"));
    let in_one_go = run("");
    assert_exit(&in_one_go, 0);
    assert!(stdout(&in_one_go).contains("### Changes for"));
    // The entries that it prints are entries.
    let (_, entries) = report.split_once("```toml\n").unwrap();
    let (entries, _) = entries.split_once("```").unwrap();
    let config = place.file("polgen.toml", entries);
    let output = polgen(&["harden", &file, "--config", &config]);
    assert!(stdout(&output).contains("1 allowed"), "{}", stderr(&output));
}
