//! Changes mend what they are for: put into the bad example, its finding is gone and none has come.

use std::path::{Path, PathBuf};

use polgen::catalog::Catalog;
use polgen::finding::{Finding, Status};
use polgen::harden::fix::{Fix, Remedy, plan};
use polgen::harden::harden;
use polgen::posture::{Posture, read_code, read_module};
use polgen::report::fixes::{fixes_aws_cli, fixes_cloudformation, fixes_terraform};
use polgen::template::Known;
use serde_json::Value;

use crate::world::{folder, look, posture, today};

/// Rules whose bad example is mended by a change that is more than words.
const MENDED: [&str; 14] = [
    "bucket-acls-enabled",
    "bucket-old-tls-allowed",
    "bucket-public-acl",
    "bucket-without-bucket-key",
    "bucket-without-encryption",
    "bucket-without-kms",
    "bucket-without-lifecycle-of-old-versions",
    "bucket-without-logging",
    "bucket-without-public-access-block",
    "bucket-without-replication",
    "bucket-without-tls",
    "bucket-without-versioning",
    "account-without-public-access-block",
    "stack-without-stack-policy",
];

fn bad(rule: &str, form: &str) -> PathBuf {
    folder("examples").join(rule).join(format!("bad.{form}"))
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

/// Merges a fragment into a template: mappings are joined, statements added, all else replaced.
fn merged(into: &mut Value, fragment: &Value, key: &str) {
    match (into, fragment) {
        (Value::Object(into), Value::Object(fragment)) => {
            for (key, value) in fragment {
                let under = into.entry(key.clone()).or_insert(Value::Null);
                merged(under, value, key);
            }
        }
        (Value::Array(into), Value::Array(fragment)) if key == "Statement" => {
            into.extend(fragment.iter().cloned());
        }
        (into, fragment) => *into = fragment.clone(),
    }
}

/// Reads a template as JSON, by the program's own reader; short forms of functions become long ones.
fn as_json(text: &str) -> Value {
    polgen::template::to_json("template.yaml", text).expect("a template")
}

#[test]
fn a_fragment_mends_its_template() {
    let mut count = 0;
    for rule in MENDED {
        let path = bad(rule, "yaml");
        if !path.exists() {
            continue;
        }
        let before = posture(&path);
        let fixes = fixes_of(&before, rule);
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let fragment = fixes_cloudformation(&fixes);
        let mut template = as_json(&std::fs::read_to_string(&path).expect("an example"));
        merged(&mut template, &as_json(&fragment), "");
        if fragment.contains("remove `AccessControl`") {
            let properties = template.pointer_mut("/Resources/Data/Properties");
            let properties = properties.and_then(Value::as_object_mut);
            properties.expect("properties").remove("AccessControl");
        }
        let mut after = read_code("fixed.json", &template.to_string(), &Known::default())
            .expect("a template")
            .expect("a template");
        after.today = Some(today());
        assert_mended(rule, &before, &after, &fragment);
        count += 1;
    }
    assert!(count >= 11, "{count}");
}

/// The rule's finding is gone, and nothing is wrong that was not before, but of what the change itself brings.
fn assert_mended(rule: &str, before: &Posture, after: &Posture, text: &str) {
    let (before, after) = (failed(before), failed(after));
    assert!(before.iter().any(|(name, _)| name == rule), "{rule}");
    assert!(
        !after.iter().any(|(name, _)| name == rule),
        "{rule}: {after:?}\n{text}"
    );
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

/// Takes a resource out of a module.
fn without(text: &str, kind: &str, name: &str) -> String {
    let start = format!("resource \"{kind}\" \"{name}\" {{");
    let Some((head, rest)) = text.split_once(&start) else {
        return text.to_owned();
    };
    let (_, tail) = rest.split_once("\n}\n").expect("the end of the block");
    format!("{head}{tail}")
}

#[test]
fn blocks_mend_their_module() {
    let mut count = 0;
    for rule in MENDED {
        let path = bad(rule, "tf");
        if !path.exists() {
            continue;
        }
        let before = posture(&path);
        let fixes = fixes_of(&before, rule);
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let blocks = fixes_terraform(&fixes);
        if !blocks.contains("\nresource \"") {
            // What must go into a policy that is there, or cannot be said in Terraform, is told.
            assert!(
                blocks.contains("# add to the statements") || blocks.contains("--format aws-cli"),
                "{blocks}"
            );
            continue;
        }
        let mut text = std::fs::read_to_string(&path).expect("an example");
        for line in blocks
            .lines()
            .filter(|line| line.starts_with("# instead of `"))
        {
            let address = line.split('`').nth(1).expect("an address");
            let (kind, name) = address.split_once('.').expect("an address");
            text = without(&text, kind, name);
        }
        if blocks.contains("# remove the list") {
            text = without(&text, "aws_s3_bucket_acl", "data");
        }
        let whole = format!("{text}\n{blocks}");
        let files = [("main.tf".to_owned(), whole.clone())];
        let mut after = read_module(&files, &Known::default()).expect("a module");
        after.today = Some(today());
        assert_mended(rule, &before, &after, &whole);
        count += 1;
    }
    assert!(count >= 11, "{count}");
}

#[test]
fn commands_are_printed_for_all_that_is_saved() {
    for rule in MENDED {
        let path = folder("examples").join(rule).join("bad-saved");
        let posture = posture(&path);
        let fixes = fixes_of(&posture, rule);
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let commands = fixes_aws_cli(&fixes);
        let line = commands
            .lines()
            .find(|line| line.starts_with("aws ") || line.contains("$(aws "));
        assert!(line.is_some(), "{rule}: {commands}");
        assert!(!commands.contains("polgen-"), "{rule}: {commands}");
    }
}

#[test]
fn what_cannot_be_decided_is_said_in_words() {
    for rule in [
        "security-group-open",
        "bucket-public-policy",
        "function-secret-in-environment",
    ] {
        let posture = posture(&bad(rule, "yaml"));
        let fixes = fixes_of(&posture, rule);
        assert!(
            matches!(fixes[0].remedy, Remedy::Told(_)),
            "{rule}: {fixes:?}"
        );
        let text = fixes_cloudformation(&fixes.iter().collect::<Vec<_>>());
        assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
    }
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
    let tls = found
        .findings
        .iter()
        .find(|one| one.rule.name == "bucket-without-tls");
    assert_eq!(tls.expect("told").status, Status::NotChecked);
    let public = found
        .findings
        .iter()
        .find(|one| one.rule.name == "bucket-public-policy");
    assert_eq!(public.expect("told").status, Status::NotChecked);
    let _ = look(Path::new(&bad("bucket-without-tls", "yaml")));
}
