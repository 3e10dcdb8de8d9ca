//! Holds that a value which a change defines anew is not taken for the value before.

use std::fs;

use serde_json::json;

use crate::check::{check, repository};
use crate::world::{assert_exit, call, command, stdout, trail};

const TEMPLATE: &str = "Parameters:
  Def:
    Type: String
    Default: arn:aws:s3:::acme-in/*
  Stage:
    Type: String
    Default: live
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join ['-', [!Ref Stage, !Ref AWS::StackName]]
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:PutObject]
                Resource: !Ref Def
              - Effect: Allow
                Action: [sqs:SendMessage, sqs:DeleteMessage]
                Resource: !GetAtt Queue.Arn
              - Effect: Allow
                Action: [sns:Publish, sns:Unsubscribe]
                Resource: arn:aws:sns:eu-central-1:111122223333:topic
";

const MODULE: &str = "variable \"bucket\" {
  default = \"acme-in\"
}
locals {
  names = split(\",\", data.aws_ssm_parameter.queue.value)
}
data \"aws_ssm_parameter\" \"queue\" {
  name = \"/live/queue\"
}
data \"aws_iam_policy_document\" \"in\" {
  statement {
    actions   = [\"s3:GetObject\", \"s3:PutObject\"]
    resources = [\"arn:aws:s3:::${var.bucket}/*\"]
  }
  statement {
    actions   = [\"sqs:SendMessage\"]
    resources = [data.aws_ssm_parameter.queue.value]
  }
  statement {
    actions   = [\"sns:Publish\", \"sns:Unsubscribe\"]
    resources = [\"arn:aws:sns:eu-central-1:111122223333:topic\"]
  }
}
resource \"aws_iam_policy\" \"in\" {
  name   = \"in\"
  policy = data.aws_iam_policy_document.in.json
}
";

/// What the gate says of a change of one of the files.
fn said(files: &[(&str, &str)], change: (&str, &str)) -> String {
    let (_place, folder) = repository(files);
    let first = files.first().unwrap().0;
    fs::write(folder.join(change.0), change.1).unwrap();
    let output = check(&folder, &[first, "--base", "HEAD"]);
    stdout(&output)
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

fn is_compared(said: &str) -> bool {
    !said.contains("not compared with what was there before")
}

#[test]
fn what_the_change_leaves_alone_is_the_same_value() {
    let files = [("template.yaml", TEMPLATE)];
    for (from, to) in [
        ("[sns:Publish, sns:Unsubscribe]", "sns:Publish"),
        ("  Queue:", "  # the queue\n  Queue:"),
    ] {
        let said = said(&files, ("template.yaml", &replaced(TEMPLATE, from, to)));
        assert!(is_compared(&said) && !said.contains("new-access"), "{said}");
    }
    let narrower = replaced(MODULE, ", \"sns:Unsubscribe\"", "");
    let said = said(&[("main.tf", MODULE)], ("main.tf", &narrower));
    assert!(is_compared(&said) && !said.contains("new-access"), "{said}");
}

#[test]
fn what_a_template_defines_anew_is_another_value() {
    let minified = json!({
        "Parameters": { "Def": { "Type": "String", "Default": "arn:aws:s3:::acme-in/*" } },
        "Resources": { "Role": { "Type": "AWS::IAM::Role", "Properties": { "Policies": [{
            "PolicyName": "p",
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Action": "s3:GetObject", "Resource": { "Ref": "Def" } }
            ] }
        }] } } }
    })
    .to_string();
    for (text, from, to) in [
        (TEMPLATE, "arn:aws:s3:::acme-in/*", "'*'"),
        (TEMPLATE, "!Ref AWS::StackName", "'all'"),
        // What the queue's name is made of.
        (TEMPLATE, "Default: live", "Default: test"),
        (&minified, "arn:aws:s3:::acme-in/*", "*"),
    ] {
        let said = said(
            &[("template.yaml", text)],
            ("template.yaml", &replaced(text, from, to)),
        );
        assert!(!is_compared(&said), "{to}: {said}");
    }
}

#[test]
fn what_a_module_defines_anew_is_another_value() {
    let files = [
        ("main.tf", MODULE),
        ("live.auto.tfvars", "bucket = \"acme-in\"\n"),
    ];
    for (from, to) in [
        ("default = \"acme-in\"", "default = \"*\""),
        ("/live/queue", "/test/queue"),
    ] {
        let said = said(&files, ("main.tf", &replaced(MODULE, from, to)));
        assert!(!is_compared(&said), "{to}: {said}");
    }
    let values = said(&files, ("live.auto.tfvars", "bucket = \"*\"\n"));
    assert!(!is_compared(&values), "{values}");
    let same = said(&files, ("other.tf", "# nothing\n"));
    assert!(is_compared(&same), "{same}");
}

#[test]
fn the_comment_proves_nothing_of_a_value_that_is_another() {
    let (place, folder) = repository(&[("template.yaml", TEMPLATE)]);
    let records = [call(1, "sqs.amazonaws.com", "ListQueues", &json!({}))];
    let trail = place.file("trail.json", trail(&records));
    let say = || {
        let arguments = ["--role", "app", "--trail", &trail, "--base", "HEAD"];
        let output = command(&["comment", "--current", "template.yaml#Role"])
            .args(arguments)
            .current_dir(&folder)
            .env("PATH", std::env::var("PATH").unwrap())
            .output()
            .unwrap();
        assert_exit(&output, 0);
        stdout(&output)
    };
    let change = |from: &str, to: &str| {
        fs::write(folder.join("template.yaml"), replaced(TEMPLATE, from, to)).unwrap();
    };
    change("[sns:Publish, sns:Unsubscribe]", "sns:Publish");
    let narrower = say();
    assert!(narrower.contains("none, proved"), "{narrower}");
    change("arn:aws:s3:::acme-in/*", "'*'");
    let redefined = say();
    assert!(!redefined.contains("none, proved"), "{redefined}");
}
