//! Changing files of many styles: only the policy part differs, and what is read back is the policy that was wanted.
//!
//! `files/` holds real-shaped templates. Beside each stands `….after`, the file with a policy put into it, committed so that every
//! byte of the change is seen. `UPDATE_GOLDEN=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use polgen::policy::{Document, PolicyKind};
use polgen::template::{Known, NewPolicy, Source, Stack, patch};

use crate::reading::{documents, template};

/// The files, with the name of the part that is changed.
const FILES: [(&str, &str); 38] = [
    ("01-role-inline.yaml", "AppRole"),
    ("02-role-managed-only.yaml", "AppRole"),
    ("03-role-both.yaml", "AppRole"),
    ("04-policy-resource.yaml", "AppPolicy"),
    ("05-managed-policy.yaml", "Shared"),
    ("06-long-forms.yaml", "AppRole"),
    ("07-four-spaces.yml", "Worker"),
    ("08-crlf.yaml", "AppRole"),
    ("09-no-newline-at-end.yaml", "AppPolicy"),
    ("10-flow-role.yaml", "AppRole"),
    ("11-no-policies-yet.yaml", "AppRole"),
    ("12-empty-policies.yaml", "AppRole"),
    ("13-conditions.yaml", "AppRole"),
    ("14-anchors.yaml", "SecondRole"),
    ("15-sam.yaml", "OrdersFunction"),
    ("16-sam-single.yaml", "Fn"),
    ("17-sam-none.yaml", "Fn"),
    ("18-serverless.yml", "provider"),
    ("19-serverless-old.yml", "provider"),
    ("20-serverless-function.yml", "api"),
    ("21-two-spaces.json", "AppRole"),
    ("22-four-spaces.json", "AppRole"),
    ("23-tabs.json", "AppRole"),
    ("24-one-line.json", "AppRole"),
    ("25-minified.json", "AppRole"),
    (
        "26-cdk.template.json",
        "HandlerServiceRoleDefaultPolicyCBD0CC91",
    ),
    ("27-compact-lists.json", "AppPolicy"),
    ("28-crlf.json", "AppRole"),
    ("29-jsonencode.tf", "aws_iam_role_policy.app"),
    ("30-data-source.tf", "aws_iam_policy.app"),
    ("31-heredoc.tf", "aws_iam_policy.app"),
    ("32-indented-heredoc.tf", "aws_iam_role_policy.app"),
    ("33-shared-document.tf", "aws_iam_role_policy.one"),
    ("34-inline-policy.tf", "aws_iam_role.app"),
    ("35-document-itself.tf", "data.aws_iam_policy_document.app"),
    ("36-crlf.tf", "aws_iam_role_policy.app"),
    ("37-comment-after-list.yaml", "AppRole"),
    ("38-document-as-text.yaml", "AppPolicy"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/template/files")
}

/// A policy with all that is written in more than one way.
pub(crate) fn policy() -> Document {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"ReadOrders","Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Query"],
         "Resource":"arn:aws:dynamodb:eu-central-1:111122223333:table/orders"},
        {"Sid":"ReadOwn","Effect":"Allow","Action":"s3:GetObject",
         "Resource":["arn:aws:s3:::acme-data/${aws:username}/*","arn:aws:s3:::acme-data/a b's \"${$}\" \\ %{x}"],
         "Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}},
        {"Sid":"Trace","Effect":"Allow","Action":"xray:PutTraceSegments","Resource":"*"}]}"#;
    Document::parse(text, PolicyKind::Identity).unwrap()
}

pub(crate) fn wanted() -> NewPolicy {
    let comments = ["374 uses on 60 days, last on 2026-07-30", "3 uses"];
    NewPolicy {
        name: "app-access".to_owned(),
        document: policy(),
        comments: comments.map(|line| vec![line.to_owned()]).into(),
    }
}

pub(crate) fn stack() -> Stack {
    Stack::of("arn:aws:iam::111122223333:role/app", [&policy()])
}

const KNOWN: [&str; 5] = [
    "AWS::AccountId=111122223333",
    "AWS::Region=eu-central-1",
    "AWS::Partition=aws",
    "IsProd=true",
    "AWS::StackName=stack",
];

fn changed(file: &str, id: &str, text: &str) -> String {
    let source = Source {
        file,
        text,
        siblings: &[],
    };
    patch(&source, id, &[wanted()], &stack()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn only_the_policy_changes_and_it_is_read_back() {
    let mut wrong = Vec::new();
    for (file, id) in FILES {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        let after = changed(file, id, &text);
        let golden = folder().join(format!("{file}.after"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &after).unwrap();
        }
        if fs::read_to_string(&golden).unwrap_or_default() != after {
            wrong.push(file);
        }
        let read = template(file, &after, &KNOWN);
        let subject = read.subject(id).expect(id);
        assert_eq!(documents(subject), [policy()], "{file}");
        // A second time there is nothing to change.
        assert_eq!(changed(file, id, &after), after, "{file}");
        is_the_rest_as_it_was(file, &text, &after);
    }
    assert!(wrong.is_empty(), "differ from what is committed: {wrong:?}");
}

/// Every line but those of the policy stands in the new text too, in its order, and the beginning and the end are the same bytes.
fn is_the_rest_as_it_was(file: &str, before: &str, after: &str) {
    let known = Known::parse(KNOWN).unwrap();
    let same = before
        .bytes()
        .zip(after.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let tail = before
        .bytes()
        .rev()
        .zip(after.bytes().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let tail = tail.min(before.len() - same).min(after.len() - same);
    // What lies between is the old policy: without it the file has no other subject's lines.
    let gone = before.get(same..before.len() - tail).unwrap_or_default();
    assert!(
        !gone.contains("AssumeRolePolicyDocument:\n") && !gone.contains("resource \""),
        "{file}: {gone}"
    );
    let others = |text: &str| {
        let read = polgen::template::read(file, text, &known).unwrap().unwrap();
        let ids: Vec<String> = read
            .subjects
            .iter()
            .map(|subject| subject.id.clone())
            .collect();
        ids
    };
    assert_eq!(others(before), others(after), "{file}");
}

#[test]
fn all_files_are_listed() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !(name.contains(".after") || name.starts_with('.')))
        .collect();
    files.sort();
    assert_eq!(files, FILES.map(|(file, _)| file));
}

/// File, name, and what the refusal must say.
const REFUSED: [(&str, &str, &str, &str); 7] = [
    (
        "t.yaml",
        "Nobody",
        "Resources: {A: {Type: 'AWS::IAM::Role', Properties: {Path: /}}}",
        "found none",
    ),
    (
        "t.yaml",
        "B",
        "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: b}}}",
        "of type `AWS::S3::Bucket`",
    ),
    (
        "t.yaml",
        "R",
        "Resources:\n  R: {Type: 'AWS::IAM::Role', Properties: {Path: /}}\n  P:\n    Type: AWS::IAM::Policy\n    Properties: {PolicyName: p, Roles: [!Ref R], PolicyDocument: {Statement: []}}\n",
        "`P` is attached to `R` too",
    ),
    (
        "t.yaml",
        "A",
        "Resources:\n  A:\n    Type: AWS::IAM::Role\n    Properties: &all\n      Policies: &p []\n      Path: /\n  B:\n    Type: AWS::IAM::Role\n    Properties: {Policies: *p}\n",
        "cannot be put there",
    ),
    (
        "t.yaml",
        "F",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Role: 'arn:aws:iam::1:role/x'}\n",
        "has a role of its own",
    ),
    (
        "t.tf",
        "aws_iam_policy.a",
        "resource \"aws_iam_policy\" \"a\" { policy = file(\"a.json\") }\n",
        "a file of its own",
    ),
    (
        "t.tf",
        "aws_iam_policy.b",
        "resource \"aws_iam_policy\" \"a\" { policy = \"\" }\n",
        "found none",
    ),
];

#[test]
fn what_would_change_more_than_the_policy_is_refused() {
    for (file, id, text, wanted_words) in REFUSED {
        let source = Source {
            file,
            text,
            siblings: &[],
        };
        let error = patch(&source, id, &[wanted()], &stack())
            .unwrap_err()
            .to_string();
        assert!(error.contains(wanted_words), "{id}: {error}");
    }
}
