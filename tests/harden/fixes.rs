//! Changes mend what they are for: put into the bad example, its finding is gone and none has come. Every rule is walked, in every
//! language; where there is no change, the reason stands here.

use std::path::PathBuf;

use polgen::catalog::Catalog;
use polgen::finding::{Finding, Status};
use polgen::harden::fix::{Fix, Open, Remedy, plan};
use polgen::harden::harden;
use polgen::posture::{Posture, read_code, read_module};
use polgen::report::fixes::{fixes_aws_cli, fixes_cloudformation, fixes_terraform};
use polgen::template::Known;

use crate::edit::{as_json, with_blocks, with_fragment};
use crate::examples::rules;
use crate::world::{folder, posture, today};

/// Rules that code is not mended of by what is printed, and why.
const NOT_IN_CODE: [(&str, &str); 9] = [
    ("aws-managed-policy", BY_SUGGEST),
    ("privilege-escalation", BY_SUGGEST),
    ("role-wildcard-action", BY_SUGGEST),
    ("wildcard-resource", BY_SUGGEST),
    ("service-unused", BY_SUGGEST),
    ("role-unused", "the role is taken out of the code"),
    ("bucket-without-mfa-delete", BY_ROOT),
    (
        "stack-drifted",
        "what is not as the code says is no matter of the code",
    ),
    (
        "stack-without-termination-protection",
        "it is a setting of the stack",
    ),
];
const BY_SUGGEST: &str = "`polgen suggest --write` changes the file; its own tests run it";
const BY_ROOT: &str = "only the root user can set it, with a device at hand";

/// What a person names where a change leaves something open, as parameters and variables are called.
const NAMED: [(&str, &str); 12] = [
    ("PrincipalArn", "arn:aws:iam::111122223333:role/reader"),
    ("var.principal_arn", "arn:aws:iam::111122223333:role/reader"),
    ("AllowedAction", "s3:GetObject"),
    ("var.allowed_action", "s3:GetObject"),
    ("SourceArn", "arn:aws:sns:eu-west-1:111122223333:topic"),
    ("var.source_arn", "arn:aws:sns:eu-west-1:111122223333:topic"),
    ("var.source_account", "111122223333"),
    ("Repository", "acme/app"),
    ("var.repository", "acme/app"),
    ("AllowedNetwork", "203.0.113.0/24"),
    ("var.allowed_network", "203.0.113.0/24"),
    ("BoundaryArn", "arn:aws:iam::111122223333:policy/edge"),
];

fn known() -> Known {
    let mut known = Known::default();
    for (name, value) in NAMED {
        known.add(name, value);
    }
    known.add("var.boundary_arn", "arn:aws:iam::111122223333:policy/edge");
    known
}

fn bad(rule: &str, form: &str) -> PathBuf {
    folder("examples").join(rule).join(format!("bad.{form}"))
}

fn is_mended_in_code(rule: &str) -> bool {
    !NOT_IN_CODE.iter().any(|(known, _)| *known == rule)
}

fn fixes_of(posture: &Posture, rule: &str) -> Vec<Fix> {
    let found = harden(posture, Catalog::bundled());
    let of_rule = |one: &Finding| one.rule.name == rule;
    let findings: Vec<Finding> = found.findings.into_iter().filter(of_rule).collect();
    plan(posture, &findings)
}

fn failed(posture: &Posture) -> Vec<(String, String)> {
    let found = harden(posture, Catalog::bundled());
    let failed = found.findings.into_iter();
    failed
        .filter(|one| one.status == Status::Failed)
        .map(|one| (one.rule.name.to_owned(), one.place.resource))
        .collect()
}

#[test]
fn a_fragment_mends_its_template() {
    let mut count = 0;
    for rule in rules().into_iter().filter(|rule| is_mended_in_code(rule)) {
        let path = bad(rule, "yaml");
        if !path.exists() {
            continue;
        }
        let before = posture(&path);
        let fixes = fixes_of(&before, rule);
        let fragment = fixes_cloudformation(&fixes.iter().collect::<Vec<_>>());
        let mut template = as_json(&std::fs::read_to_string(&path).expect("an example"));
        with_fragment(&mut template, &fragment);
        let mut after = read_code("fixed.json", &template.to_string(), &known())
            .expect("a template")
            .expect("a template");
        after.today = Some(today());
        assert_mended(rule, &before, &after, &fragment);
        count += 1;
    }
    assert!(count >= 22, "{count}");
}

#[test]
fn blocks_mend_their_module() {
    let mut count = 0;
    for rule in rules().into_iter().filter(|rule| is_mended_in_code(rule)) {
        let path = bad(rule, "tf");
        if !path.exists() {
            continue;
        }
        let before = posture(&path);
        let fixes = fixes_of(&before, rule);
        let blocks = fixes_terraform(&fixes.iter().collect::<Vec<_>>());
        if rule == "stack-without-stack-policy" {
            assert!(blocks.contains("`--format aws-cli`"), "{blocks}");
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("an example");
        let whole = with_blocks(&text, &blocks);
        let files = [("main.tf".to_owned(), whole.clone())];
        let mut after = read_module(&files, &known()).expect("a module");
        after.today = Some(today());
        assert_mended(rule, &before, &after, &whole);
        count += 1;
    }
    assert!(count >= 25, "{count}");
}

/// The rule's finding is gone, and nothing is wrong that was not before, but of what the change itself brings.
fn assert_mended(rule: &str, before: &Posture, after: &Posture, text: &str) {
    let found = harden(after, Catalog::bundled());
    let not_told = |one: &&Finding| one.rule.name == rule && one.status != Status::Passed;
    let left: Vec<&Finding> = found.findings.iter().filter(not_told).collect();
    assert!(left.is_empty(), "{rule}: {left:#?}\n{text}");
    let (before, after) = (failed(before), failed(after));
    assert!(before.iter().any(|(name, _)| name == rule), "{rule}");
    let is_new = |one: &&(String, String)| !before.contains(one);
    let new: Vec<&(String, String)> = after.iter().filter(is_new).collect();
    let is_expected = |one: &&(String, String)| {
        // A versioned bucket is asked what becomes of old versions, which are changes of their own.
        // The role that copies has no boundary, since which one the account keeps is not known.
        const ITS_OWN: [&str; 3] = [
            "bucket-without-lifecycle-of-old-versions",
            "bucket-without-mfa-delete",
            "role-without-boundary",
        ];
        ITS_OWN.contains(&one.0.as_str())
    };
    assert!(new.iter().all(is_expected), "{rule}: {new:?}\n{text}");
}

#[test]
fn commands_are_printed_for_all_that_is_saved_with_the_way_back() {
    for rule in rules() {
        if rule == "bucket-without-mfa-delete" {
            continue;
        }
        let path = folder("examples").join(rule).join("bad-saved");
        let posture = posture(&path);
        let fixes = fixes_of(&posture, rule);
        let commands = fixes_aws_cli(&fixes.iter().collect::<Vec<_>>());
        let is_command = |line: &&str| {
            line.starts_with("aws ") || line.starts_with("polgen ") || line.contains("$(aws ")
        };
        assert!(
            commands.lines().any(|line| is_command(&line)),
            "{rule}: {commands}"
        );
        let has_back = commands.contains("\n# to go back:\n#   ");
        assert!(has_back || rule == "stack-drifted", "{rule}: {commands}");
        assert!(!commands.contains("polgen-"), "{rule}: {commands}");
        // Whatever a person must name is said before.
        for open in Open::ALL {
            let is_used = commands.contains(&open.stand_in());
            let is_said = commands.contains(&format!("#   {}: ", open.name()));
            assert_eq!(is_used, is_said, "{rule}: {commands}");
        }
    }
}

#[test]
fn what_no_change_can_mend_is_said_in_words() {
    let posture = posture(&bad("bucket-without-mfa-delete", "tf"));
    let fixes = fixes_of(&posture, "bucket-without-mfa-delete");
    assert!(matches!(fixes[0].remedy, Remedy::Told(_)), "{fixes:?}");
    let text = fixes_cloudformation(&fixes.iter().collect::<Vec<_>>());
    assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
}

#[test]
fn truth_values_and_numbers_stand_without_quotes() {
    let posture = posture(&bad("bucket-without-public-access-block", "yaml"));
    let fixes = fixes_of(&posture, "bucket-without-public-access-block");
    let text = fixes_cloudformation(&fixes.iter().collect::<Vec<_>>());
    assert!(text.contains("BlockPublicAcls: true\n"), "{text}");
    assert!(!text.contains('\''), "{text}");
}

#[test]
fn a_policy_that_was_not_read_whole_is_not_merged() {
    let text = "\
Parameters:
  Who: {Type: String}
Resources:
  Data:
    Type: AWS::S3::Bucket
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: !Ref Who
            Principal: '*'
            Action: s3:GetObject
            Resource: !Sub '${Data.Arn}/*'
";
    let posture = read_code("t.yaml", text, &Known::default())
        .expect("t")
        .expect("t");
    let found = harden(&posture, Catalog::bundled());
    for rule in ["bucket-without-tls", "bucket-public-policy"] {
        let mut all = found.findings.iter();
        let told = all.find(|one| one.rule.name == rule).expect("told");
        assert_eq!(told.status, Status::NotChecked);
    }
}

#[test]
fn a_policy_that_two_changes_are_about_is_printed_once() {
    let template = "\
Resources:
  Data:
    Type: AWS::S3::Bucket
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Sid: Open, Effect: Allow, Principal: '*', Action: 's3:*', Resource: !Sub '${Data.Arn}/*'}
";
    let posture = read_code("t.yaml", template, &Known::default())
        .expect("t")
        .expect("t");
    let found = harden(&posture, Catalog::bundled());
    let fixes = plan(&posture, &found.findings);
    let fragment = fixes_cloudformation(&fixes.iter().collect::<Vec<_>>());
    assert_eq!(
        fragment.matches("\n      PolicyDocument:\n").count(),
        1,
        "{fragment}"
    );
    let mut whole = as_json(template);
    with_fragment(&mut whole, &fragment);
    let after = read_code("t.json", &whole.to_string(), &known())
        .expect("t")
        .expect("t");
    let left: Vec<(String, String)> = failed(&after);
    for rule in [
        "bucket-without-tls",
        "bucket-old-tls-allowed",
        "bucket-public-policy",
        "bucket-policy-wildcard",
    ] {
        assert!(
            !left.iter().any(|(name, _)| name == rule),
            "{rule}: {fragment}"
        );
    }
    let blocks = fixes_terraform(&fixes.iter().collect::<Vec<_>>());
    let count = blocks.matches("resource \"aws_s3_bucket_policy\"").count();
    assert_eq!(count, 1, "{blocks}");
}
