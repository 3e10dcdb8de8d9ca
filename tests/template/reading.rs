//! Reading: what a template says of its roles, in every form that CloudFormation has for it.

use polgen::policy::{Document, PolicyKind};
use polgen::template::{Content, Kind, Known, Subject, Template, read};

/// Reads a template with what is known of where it lies.
pub(crate) fn template(file: &str, text: &str, known: &[&str]) -> Template {
    let known = Known::parse(known.iter().copied()).unwrap();
    read(file, text, &known)
        .unwrap()
        .expect("infrastructure code")
}

/// The documents of a subject, in order.
pub(crate) fn documents(subject: &Subject) -> Vec<Document> {
    let document = |content: &Content| match content {
        Content::Document(document, _) => Some(document.clone()),
        Content::Managed(_) => None,
    };
    let contents = subject.policies.iter().map(|policy| &policy.content);
    contents.filter_map(document).collect()
}

/// The names of the policies of a subject.
pub(crate) fn names(subject: &Subject) -> Vec<&str> {
    let policies = subject.policies.iter();
    policies.map(|policy| policy.name.as_str()).collect()
}

/// The names of the managed policies of a subject.
pub(crate) fn managed(subject: &Subject) -> Vec<String> {
    let name = |content: &Content| match content {
        Content::Managed(name) => Some(name.clone()),
        Content::Document(..) => None,
    };
    let contents = subject.policies.iter().map(|policy| &policy.content);
    contents.filter_map(name).collect()
}

fn parsed(text: &str) -> Document {
    Document::parse(text, PolicyKind::Identity).unwrap()
}

const STACK: [&str; 2] = ["AWS::AccountId=111122223333", "AWS::Region=eu-central-1"];

const FORMS: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: prod}
Mappings:
  Names:
    prod: {Bucket: acme-data}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "jobs-${Stage}"}
  Table:
    Type: AWS::DynamoDB::Table
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns:
        - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
        - !If [IsProd, !Ref Extra, !Ref "AWS::NoValue"]
      Policies:
        - PolicyName: !Sub ${Stage}-access
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action: [sqs:SendMessage]
                Resource: !GetAtt Queue.Arn
              - Effect: Allow
                Action: s3:GetObject
                Resource:
                  Fn::Join: ["", ["arn:", {Ref: AWS::Partition}, ":s3:::", !FindInMap [Names, prod, Bucket], "/${aws:username}/*"]]
              - Effect: Allow
                Action: dynamodb:GetItem
                Resource: [!GetAtt Table.Arn, !Sub "${Table.Arn}/index/*"]
  Extra:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Version: "2012-10-17", Statement: {Effect: Allow, Action: sns:Publish, Resource: "*"}}
  Attached:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: attached
      Roles: [!Ref Role]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Action: "s3:Delete*", Resource: "*"}
"#;

#[test]
fn functions_are_evaluated_where_all_is_known() {
    let known = [STACK[0], STACK[1], "Stage=prod"];
    let template = template("t.yaml", FORMS, &known);
    let role = template.subject("Role").unwrap();
    assert_eq!(
        managed(role),
        ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
    );
    let wanted = [
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-central-1:111122223333:jobs-prod"},
            {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/${aws:username}/*"},
            {"Effect":"Allow","Action":"dynamodb:GetItem","Resource":["${Table.Arn}","${Table.Arn}/index/*"]}]}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}}"#,
    ];
    assert_eq!(documents(role), wanted.map(parsed));
    assert_eq!(role.policies[2].name, "prod-access");
    let places: Vec<String> = role
        .unresolved
        .iter()
        .map(|one| format!("{} {}", one.place, one.what))
        .collect();
    assert_eq!(places, ["t.yaml:36 `Table.Arn` is not known"]);
    assert_eq!(role.policies[2].place_of("Statement[1].Resource").line, 33);
}

#[test]
fn what_is_not_known_is_said_and_not_guessed() {
    let template = template("t.yaml", FORMS, &[]);
    let role = template.subject("Role").unwrap();
    let kinds: Vec<Kind> = role.unresolved.iter().map(|one| one.kind).collect();
    assert!(kinds.contains(&Kind::Either), "{:?}", role.unresolved);
    let text = documents(role)[1].to_compact();
    assert!(
        text.contains("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs-${Stage}"),
        "{text}"
    );
}
