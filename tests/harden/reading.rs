//! What is read, and above all what is not: nothing that is not known is taken for a default.

use polgen::catalog::Catalog;
use polgen::finding::{Finding, Status};
use polgen::harden::harden;
use polgen::posture::{Posture, Setting, read_code, read_module};
use polgen::template::Known;

use crate::world::today;

fn code(text: &str) -> Posture {
    let mut posture = read_code("t.json", text, &Known::default())
        .expect("t")
        .expect("code");
    posture.today = Some(today());
    posture
}

fn module(text: &str) -> Posture {
    let files = [("main.tf".to_owned(), text.to_owned())];
    read_module(&files, &Known::default()).expect("a module")
}

fn status(posture: &Posture, rule: &str) -> Vec<(Status, String)> {
    let found = harden(posture, Catalog::bundled());
    let of_rule = |one: &Finding| one.rule.name == rule;
    let found = found.findings.into_iter().filter(of_rule);
    found.map(|one| (one.status, one.what)).collect()
}

fn is_open(posture: &Posture, rule: &str) -> bool {
    let found = status(posture, rule);
    !found.is_empty()
        && found
            .iter()
            .all(|(status, _)| *status == Status::NotChecked)
}

#[test]
fn a_part_under_an_unknown_condition_is_not_known() {
    let posture = code(
        r"
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Parameters:
  Stage: {Type: String}
  Kind: {Type: String}
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: !If [Prod, {Status: Enabled}, !Ref AWS::NoValue]
      OwnershipControls:
        Rules:
          - ObjectOwnership: !Ref Kind
  Policy:
    Type: AWS::S3::BucketPolicy
    Condition: Prod
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Statement: {Effect: Deny, Principal: '*', Action: s3:*, Resource: '*', Condition: {Bool: {aws:SecureTransport: 'false'}}}
",
    );
    for rule in [
        "bucket-without-tls",
        "bucket-acls-enabled",
        "bucket-public-policy",
    ] {
        assert!(
            is_open(&posture, rule),
            "{rule}: {:?}",
            status(&posture, rule)
        );
    }
    // Either it is set so, or not at all.
    let versioning = &posture.buckets[0].versioning;
    assert!(matches!(versioning, Setting::NotKnown(_)), "{versioning:?}");
}

#[test]
fn what_a_macro_or_a_transform_makes_is_told() {
    let posture = code(
        r"
Transform: MyMacro
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}
      BucketName: acme
  Fn::ForEach::More: [Name, [a, b], {'Bucket${Name}': {Type: AWS::S3::Bucket}}]
",
    );
    assert_eq!(posture.gaps.len(), 3, "{:?}", posture.gaps);
    assert!(is_open(&posture, "bucket-without-versioning"));
    assert!(is_open(&posture, "bucket-without-tls"));
}

#[test]
fn a_policy_of_a_bucket_elsewhere_is_looked_at_alone() {
    let posture = module(
        r#"
variable "bucket" { type = string }

resource "aws_s3_bucket_policy" "p" {
  bucket = var.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::${var.bucket}/*"
    }]
  })
}
"#,
    );
    let public = status(&posture, "bucket-public-policy");
    assert_eq!(public.len(), 1);
    assert_eq!(public[0].0, Status::Failed);
    assert_eq!(status(&posture, "bucket-without-tls")[0].0, Status::Failed);
    assert_eq!(status(&posture, "bucket-without-versioning"), []);
}

#[test]
fn what_may_be_about_a_bucket_makes_its_setting_unknown() {
    let posture = module(
        r#"
variable "name" { type = string }

resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}

resource "aws_s3_bucket_versioning" "some" {
  bucket = var.name
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_logging" "data" {
  count         = var.name == "x" ? 1 : 0
  bucket        = aws_s3_bucket.data.id
  target_bucket = "logs"
}

module "more" { source = "./more" }
"#,
    );
    assert!(is_open(&posture, "bucket-without-versioning"));
    assert!(is_open(&posture, "bucket-without-logging"));
    assert_eq!(
        status(&posture, "bucket-without-encryption")[0].0,
        Status::Failed
    );
    assert_eq!(posture.gaps.len(), 1);
}

/// A plan that makes a bucket: what the provider fills in is not there, what refers to the bucket is followed.
const PLAN: &str = r#"{
  "format_version": "1.2",
  "planned_values": {"root_module": {"resources": [
    {"address": "aws_s3_bucket.data", "mode": "managed", "type": "aws_s3_bucket", "name": "data", "values": {"tags": null}, "sensitive_values": {}},
    {"address": "aws_s3_bucket_public_access_block.data", "mode": "managed", "type": "aws_s3_bucket_public_access_block", "name": "data",
     "values": {"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true}, "sensitive_values": {}},
    {"address": "aws_s3_bucket_policy.data", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "data", "values": {}, "sensitive_values": {}}
  ]}},
  "resource_changes": [
    {"address": "aws_s3_bucket.data", "type": "aws_s3_bucket", "change": {"actions": ["create"], "before": null, "after": {},
     "after_unknown": {"bucket": true, "arn": true, "id": true, "acl": true, "policy": true, "versioning": true, "logging": true, "server_side_encryption_configuration": true}, "after_sensitive": {}}},
    {"address": "aws_s3_bucket_public_access_block.data", "type": "aws_s3_bucket_public_access_block", "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {"bucket": true, "id": true}, "after_sensitive": {}}},
    {"address": "aws_s3_bucket_policy.data", "type": "aws_s3_bucket_policy", "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {"bucket": true, "policy": true}, "after_sensitive": {}}}
  ],
  "configuration": {"root_module": {"resources": [
    {"address": "aws_s3_bucket.data", "mode": "managed", "type": "aws_s3_bucket", "name": "data", "expressions": {}},
    {"address": "aws_s3_bucket_public_access_block.data", "mode": "managed", "type": "aws_s3_bucket_public_access_block", "name": "data",
     "expressions": {"bucket": {"references": ["aws_s3_bucket.data.id", "aws_s3_bucket.data"]}}},
    {"address": "aws_s3_bucket_policy.data", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "data",
     "expressions": {"bucket": {"references": ["aws_s3_bucket.data.id", "aws_s3_bucket.data"]}, "policy": {"references": ["aws_s3_bucket.data.arn", "aws_s3_bucket.data"]}}}
  ]}}
}"#;

#[test]
fn a_plan_is_read_with_what_is_known_only_later() {
    let posture = code(PLAN);
    assert_eq!(posture.buckets.len(), 1);
    assert_eq!(status(&posture, "bucket-without-public-access-block"), []);
    assert!(is_open(&posture, "bucket-without-tls"));
    for rule in [
        "bucket-without-versioning",
        "bucket-without-logging",
        "bucket-without-encryption",
    ] {
        let found = status(&posture, rule);
        assert_eq!(found.len(), 1, "{rule}");
        assert_eq!(found[0].0, Status::Failed, "{rule}");
    }
}

#[test]
fn a_secret_is_named_and_never_told() {
    let posture = code(
        r"
Resources:
  App:
    Type: AWS::Lambda::Function
    Properties:
      Environment:
        Variables:
          DB_PASSWORD: correct-horse-battery
          DB_TOKEN: '{{resolve:secretsmanager:db}}'
          API_KEY: !Ref Key
          KEY_NAME: correct
Parameters:
  Key: {Type: String, NoEcho: true}
",
    );
    let found = status(&posture, "function-secret-in-environment");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .all(|(_, what)| !what.contains("correct-horse"))
    );
    assert!(
        found
            .iter()
            .any(|(_, what)| what.contains("when it is deployed"))
    );
}

#[test]
fn what_is_denied_to_everyone_outside_is_not_public() {
    let with = |more: &str| {
        let text = format!(
            r#"{{"Resources": {{"Data": {{"Type": "AWS::S3::Bucket"}}, "Policy": {{"Type": "AWS::S3::BucketPolicy", "Properties": {{
              "Bucket": {{"Ref": "Data"}},
              "PolicyDocument": {{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}{more}]}}}}}}}}}}"#
        );
        status(&code(&text), "bucket-public-policy").len()
    };
    assert_eq!(with(""), 1);
    let deny = |condition: &str| {
        format!(
            r#", {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#
        )
    };
    assert_eq!(
        with(&deny(
            r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#
        )),
        0
    );
    assert_eq!(
        with(&deny(
            r#"{"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}"#
        )),
        0
    );
    assert_eq!(
        with(&deny(r#"{"Bool": {"aws:SecureTransport": "false"}}"#)),
        1
    );
}
