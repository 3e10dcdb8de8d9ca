//! Reading Terraform modules, SAM's functions and the Serverless Framework.

use polgen::policy::{Document, PolicyKind};
use polgen::template::{Content, Known, read, read_module};

use crate::reading::{documents, names, template};

const STACK: [&str; 3] = [
    "AWS::AccountId=111122223333",
    "AWS::Region=eu-central-1",
    "AWS::Partition=aws",
];

fn parsed(statements: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
    Document::parse(&text, PolicyKind::Identity).unwrap()
}

const ROLE: &str = r#"
locals {
  prefix  = "acme"
  buckets = ["${local.prefix}-in", "${local.prefix}-out"]
  common  = { Effect = "Allow", Action = ["xray:PutTraceSegments"], Resource = "*" }
}

data "aws_caller_identity" "me" {}
data "aws_region" "current" {}

resource "aws_sqs_queue" "jobs" {
  name = "${local.prefix}-jobs"
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "app" {
  role = aws_iam_role.app.id
  name = "app"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for bucket in local.buckets : "arn:aws:s3:::${bucket}/$${aws:username}/*"]
      },
      {
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.jobs.arn
      },
    ], [local.common])
  })
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each   = toset(["AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess"])
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy_attachment" "own" {
  role       = "app"
  policy_arn = aws_iam_policy.own.arn
}

resource "aws_iam_role_policy_attachment" "other" {
  role       = "someone-else"
  policy_arn = aws_iam_policy.own.arn
}
"#;

const DOCUMENTS: &str = r#"
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Tables"
    actions   = ["dynamodb:*"]
    resources = ["*"]
  }
  statement {
    sid       = "Logs"
    actions   = ["logs:PutLogEvents"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "own" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    sid       = "Tables"
    actions   = ["dynamodb:GetItem"]
    resources = ["arn:aws:dynamodb:${data.aws_region.current.name}:${data.aws_caller_identity.me.account_id}:table/&{aws:username}"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [data.aws_caller_identity.me.account_id]
    }
  }
}

resource "aws_iam_policy" "own" {
  name   = "own"
  policy = data.aws_iam_policy_document.own.json
}
"#;

#[test]
fn a_module_is_read_as_one() {
    let files = [
        ("main.tf".to_owned(), ROLE.to_owned()),
        ("documents.tf".to_owned(), DOCUMENTS.to_owned()),
    ];
    let known = Known::parse(STACK).unwrap();
    let module = read_module(&files, &known).unwrap();
    let role = module.subject("aws_iam_role.app").unwrap();
    assert_eq!(
        names(role),
        [
            "app",
            "AWSLambdaBasicExecutionRole",
            "AWSXRayDaemonWriteAccess",
            "own"
        ]
    );
    assert_eq!(role.unresolved, []);
    let wanted = [
        r#"[{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::acme-in/${aws:username}/*","arn:aws:s3:::acme-out/${aws:username}/*"]},
            {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-central-1:111122223333:acme-jobs"},
            {"Effect":"Allow","Action":"xray:PutTraceSegments","Resource":"*"}]"#,
        r#"[{"Sid":"Tables","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:eu-central-1:111122223333:table/${aws:username}",
             "Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}},
            {"Sid":"Logs","Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"}]"#,
    ];
    assert_eq!(documents(role), wanted.map(parsed));
    // Who may take a role on is no policy of anybody.
    assert!(
        module
            .subject("data.aws_iam_policy_document.trust")
            .is_none()
    );
}

#[test]
fn what_a_module_leaves_open_is_said() {
    let text = r#"
resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = var.action, Resource = "*" },
      { Effect = "Allow", Action = "s3:GetObject", Resource = "${module.data.arn}/*" },
    ]
  })
}

data "aws_iam_policy_document" "d" {
  dynamic "statement" {
    for_each = var.all
    content {}
  }
}
"#;
    let module = template("main.tf", text, &[]);
    let policy = module.subject("aws_iam_policy.p").unwrap();
    assert_eq!(
        documents(policy),
        [parsed(
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"${module.data.arn}/*"}"#
        )]
    );
    let said: Vec<String> = policy
        .unresolved
        .iter()
        .map(|one| format!("{} {}", one.place, one.what))
        .collect();
    assert_eq!(
        said[0], "main.tf:6 `Action` of a statement is `${var.action}`",
        "{said:?}"
    );
    assert!(
        said.contains(&"main.tf:7 `module.data.arn` is not known".to_owned()),
        "{said:?}"
    );
    let document = module.subject("data.aws_iam_policy_document.d").unwrap();
    assert!(
        document
            .unresolved
            .iter()
            .any(|one| one.what.contains("dynamic statements"))
    );
    assert_eq!(
        documents(&template("main.tf", text, &["var.action=s3:*"]).subjects[0].clone())[0]
            .statements
            .len(),
        2
    );
}

#[test]
fn hostile_modules_end() {
    let circle = "locals {\n  a = local.b\n  b = [local.a, local.a]\n}\nresource \"aws_iam_policy\" \"p\" { policy = local.a }\n";
    let doubling: Vec<String> = (1..60)
        .map(|at| format!("  x{at} = \"${{local.x{0}}}${{local.x{0}}}\"", at - 1))
        .collect();
    let doubling = doubling.join("\n");
    let doubling = format!(
        "locals {{\n  x0 = \"y\"\n{doubling}\n}}\nresource \"aws_iam_policy\" \"p\" {{ policy = local.x59 }}\n"
    );
    let deep = format!(
        "resource \"aws_iam_policy\" \"p\" {{ policy = {}{} }}\n",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    for text in [circle, &doubling, &deep] {
        let read = read("main.tf", text, &Known::default());
        let is_empty = read.as_ref().is_ok_and(|found| {
            found
                .as_ref()
                .is_some_and(|one| documents(&one.subjects[0]).is_empty())
        });
        assert!(is_empty || read.is_err(), "{read:?}");
    }
}

#[test]
fn sam_adds_what_it_is_not_told() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Tracing: Active}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Queue.QueueName}
        - AmazonDynamoDBReadOnlyAccess
        - Statement: {Effect: Allow, Action: 'sns:Publish', Resource: '*'}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Queue: {Type: AWS::SQS::Queue}
";
    let template = template("t.yaml", text, &STACK);
    let function = template.subject("FnRole").unwrap();
    let found: Vec<(&str, bool)> = function
        .policies
        .iter()
        .map(|policy| (policy.name.as_str(), policy.is_implied))
        .collect();
    let wanted = [
        ("SQSSendMessagePolicy", false),
        ("AmazonDynamoDBReadOnlyAccess", false),
        ("Fn", false),
        ("AWSLambdaBasicExecutionRole", true),
        ("AWSXrayWriteOnlyAccess", true),
        ("AWSLambdaSQSQueueExecutionRole", true),
        ("DeadLetterQueuePolicy", true),
    ];
    assert_eq!(found, wanted);
    let read = documents(function);
    let resource =
        |at: usize| read[at].statements[0].resource.as_ref().unwrap().patterns()[0].clone();
    assert_eq!(
        resource(0),
        "arn:aws:sqs:eu-central-1:111122223333:${Queue.QueueName}"
    );
    assert_eq!(resource(2), "arn:aws:sqs:eu-central-1:111122223333:dead");
    assert!(
        function.policies.iter().all(
            |policy| !matches!(&policy.content, Content::Managed(name) if name.contains("${"))
        )
    );
}

#[test]
fn the_serverless_framework_is_read_with_its_own_variables() {
    let text = "
service: orders
provider:
  name: aws
  iam:
    role:
      statements: ${self:custom.statements}
      managedPolicies: ['arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess']
custom:
  table: orders-${opt:stage}
  statements:
    - Effect: Allow
      Action: dynamodb:GetItem
      Resource:
        - arn:aws:dynamodb:${aws:region}:${aws:accountId}:table/${self:custom.table}
        - !Sub arn:${AWS::Partition}:s3:::${aws:accountId}-data/${!aws:username}
functions:
  api: {handler: a.b, iamRoleStatementsInherit: true, iamRoleStatements: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: '*'}]}
";
    let known = [STACK[0], STACK[1], STACK[2], "opt:stage=prod"];
    let template = template("serverless.yml", text, &known);
    let provider = template.subject("provider").unwrap();
    assert_eq!(names(provider), ["provider", "AWSXRayDaemonWriteAccess"]);
    let statement = r#"{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":["arn:aws:dynamodb:eu-central-1:111122223333:table/orders-prod","arn:aws:s3:::111122223333-data/${aws:username}"]}"#;
    assert_eq!(documents(provider), [parsed(statement)]);
    assert_eq!(
        names(template.subject("api").unwrap()),
        ["api", "provider", "AWSXRayDaemonWriteAccess"]
    );
}
