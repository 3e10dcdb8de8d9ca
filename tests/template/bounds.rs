//! What leads from one to another is followed for so many steps and no more: what it stands for is unresolved then, and said to be.
//!
//! Each name here stands for the one before twice, so each costs twice as much. One name is resolved and the next is not: the bound
//! lies between the two, and would not if it were four times as large, or were not there. A long text counts for several steps.

use std::fmt::Write as _;

use polgen::posture::read_code;
use polgen::template::{Known, Subject, read, read_module};

use crate::reading::documents;

/// So long a text that copies of it, and not the steps, are what costs.
const LONG: usize = 8_000;

/// A line for each name up to the last, made of the name and the one before.
fn chain(last: usize, line: impl Fn(usize, usize) -> String) -> String {
    (1..=last).fold(String::new(), |mut text, name| {
        writeln!(text, "{}", line(name, name - 1)).unwrap();
        text
    })
}

/// Says whether what is granted is known. If not, that has to be said.
#[track_caller]
fn is_resolved(subject: &Subject) -> bool {
    let read = documents(subject);
    let patterns = |statement: &polgen::policy::Statement| {
        let resource = statement.resource.as_ref().unwrap();
        resource.patterns().to_vec()
    };
    let mut resources = read
        .iter()
        .flat_map(|document| document.statements.iter().flat_map(patterns));
    let is_known = !read.is_empty() && resources.all(|resource| !resource.contains("${"));
    assert_eq!(
        is_known,
        subject.unresolved.is_empty(),
        "{:?}",
        subject.unresolved
    );
    is_known
}

/// A template with a first name for this text, and each further name made of the one before by a function.
fn template(last: usize, first: &str, twice: impl Fn(&str) -> String) -> bool {
    let names = chain(last, |name, before| {
        let one = format!("!FindInMap [M, A, a{before}]");
        format!("    a{name}: {}", twice(&one))
    });
    let text = format!(
        "Mappings:
  M:
   A:
    a0: '{first}'
{names}Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: !FindInMap [M, A, a{last}]
"
    );
    let template = read("t.yaml", &text, &Known::default());
    is_resolved(template.unwrap().unwrap().subject("Role").unwrap())
}

fn module(last: usize, first: &str, twice: impl Fn(&str) -> String) -> bool {
    let names = chain(last, |name, before| {
        format!("a{name} = {}", twice(&format!("local.a{before}")))
    });
    let text = format!(
        "locals {{
a0 = \"{first}\"
{names}}}
resource \"aws_iam_role_policy\" \"p\" {{
  role   = \"app\"
  policy = jsonencode({{
    Version   = \"2012-10-17\"
    Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = local.a{last} }}]
  }})
}}
"
    );
    let files = [("main.tf".to_owned(), text)];
    let template = read_module(&files, &Known::default()).unwrap();
    is_resolved(template.subjects.first().unwrap())
}

fn serverless(last: usize, first: &str, twice: impl Fn(&str) -> String) -> bool {
    let names = chain(last, |name, before| {
        let one = format!("${{self:custom.a{before}}}");
        format!("  a{name}: {}", twice(&one))
    });
    let text = format!(
        "service: s
custom:
  a0: '{first}'
{names}provider:
  name: aws
  iam:
    role:
      statements:
        - Effect: Allow
          Action: s3:GetObject
          Resource: ${{self:custom.a{last}}}
"
    );
    let template = read("serverless.yml", &text, &Known::default());
    is_resolved(template.unwrap().unwrap().subject("provider").unwrap())
}

/// A template whose last name stands for a tree of aliases; says whether it is read.
fn aliases(last: usize, first: &str) -> bool {
    let names = chain(last, |name, before| {
        format!("a{name}: &a{name} [*a{before}, *a{before}]")
    });
    let role = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {Policies: []}}}";
    let text = format!("a0: &a0 {first}\n{names}{role}\n");
    let read = read("t.yaml", &text, &Known::default());
    if let Err(error) = &read {
        let wanted = "more than 1000000 values, aliases counted as often as they are used";
        assert_eq!(error.problem, wanted);
    }
    read.is_ok()
}

/// Asserts which is the last name that is resolved.
#[track_caller]
fn assert_last(last: usize, resolves: impl Fn(usize) -> bool) {
    assert!(resolves(last), "{last} takes too many steps");
    assert!(!resolves(last + 1), "{} takes too few steps", last + 1);
}

fn long() -> String {
    "x".repeat(LONG)
}

#[test]
fn steps_of_a_template_are_counted() {
    let select = |one: &str| format!("!Select [1, [{one}, {one}]]");
    assert_last(17, |last| template(last, "x", select));
}

#[test]
fn long_texts_of_a_template_are_counted() {
    let list = |one: &str| format!("[{one}, {one}]");
    assert_last(13, |last| template(last, &long(), list));
    let join = |one: &str| format!("!Join ['', [{one}, {one}]]");
    assert_last(11, |last| template(last, &long(), join));
    let sub = |one: &str| format!("!Sub ['${{a}}${{a}}', {{a: {one}}}]");
    assert_last(13, |last| template(last, &long(), sub));
}

#[test]
fn steps_of_a_module_are_counted() {
    let twice = |one: &str| format!("\"${{{one}}}${{{one}}}\"");
    assert_last(18, |last| module(last, "", twice));
}

#[test]
fn long_texts_of_a_module_are_counted() {
    let list = |one: &str| format!("[{one}, {one}]");
    assert_last(12, |last| module(last, &long(), list));
    let join = |one: &str| format!("join(\"\", [{one}, {one}])");
    assert_last(9, |last| module(last, &long(), join));
}

#[test]
fn steps_of_the_frameworks_variables_are_counted() {
    let twice = |one: &str| format!("{one}{one}");
    assert_last(14, |last| serverless(last, "", twice));
}

#[test]
fn long_texts_of_the_framework_are_counted() {
    let twice = |one: &str| format!("{one}{one}");
    assert_last(6, |last| serverless(last, &long(), twice));
    let list = |one: &str| format!("['{one}', '{one}']");
    assert_last(9, |last| serverless(last, &long(), list));
}

/// What a value stands for is named in each step, and may be large itself.
#[test]
fn the_whole_of_a_file_is_not_copied_for_each_of_its_names() {
    // So deep that it is out of reach where names have led far.
    let many = format!("{}{}{}", "[".repeat(9), "a, ".repeat(4_000), "]".repeat(9));
    let own = "'${self:custom}', ".repeat(40);
    let text =
        format!("service: s\ncustom: {{own: [{own}], many: {many}}}\nprovider: {{name: aws}}\n");
    let start = std::time::Instant::now();
    let template = read("serverless.yml", &text, &Known::default()).unwrap();
    let provider = template.unwrap();
    assert!(!provider.subject("provider").unwrap().unresolved.is_empty());
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn values_of_a_file_are_counted() {
    assert_last(17, |last| aliases(last, "x"));
    assert_last(11, |last| aliases(last, &long()));
}

/// What functions inherit is there for each of them, and read once.
#[test]
fn what_functions_inherit_is_counted() {
    let names = chain(12, |name, before| {
        let one = format!("'${{self:custom.a{before}}}'");
        format!("  a{name}: [{one}, {one}]")
    });
    let inherits = "{iamRoleStatementsInherit: true, iamRoleStatements: []}";
    let unread = |functions: usize| {
        let functions = chain(functions, |name, _| format!("  f{name}: {inherits}"));
        let text = format!(
            "service: s
custom:
  a0: 'arn:aws:s3:::b/x'
{names}provider:
  name: aws
  iam:
    role:
      statements: [{{Effect: Allow, Action: s3:GetObject, Resource: '${{self:custom.a12}}'}}]
functions:
{functions}"
        );
        let template = read("serverless.yml", &text, &Known::default());
        let template = template.unwrap().unwrap();
        let subjects = template.subjects.iter();
        subjects.filter(|one| !one.unresolved.is_empty()).count()
    };
    // The resources are 8,191 values; with what holds them they go 487 times into what is left of the steps.
    assert_eq!(unread(485), 0);
    assert!(unread(490) > 0);
}

/// What functions share is there for each of them.
#[test]
fn what_functions_share_is_counted() {
    let names = chain(12, |name, before| {
        let one = format!("'${{self:custom.a{before}}}'");
        format!("  a{name}: [{one}, {one}]")
    });
    let gaps = |functions: usize| {
        let functions = chain(functions, |name, _| format!("  f{name}: {{handler: a.b}}"));
        let text = format!(
            "service: s
custom:
  a0: x
{names}provider: {{name: aws, environment: {{A: '${{self:custom.a12}}'}}}}
functions:
{functions}"
        );
        let posture = read_code("serverless.yml", &text, &Known::default());
        posture.unwrap().unwrap().gaps.len()
    };
    // The names are 8,191 values; with what holds them they go 122 times into a million.
    assert_eq!(gaps(122), 0);
    assert_eq!(gaps(125), 3);
}

/// The parser takes twice as long for each bracket behind a second operator, if something inside does not parse.
#[test]
fn brackets_behind_operators_are_refused_at_once() {
    let closed =
        |open: &str, close: &str| format!("{}\"%{{x}}\"{}", open.repeat(22), close.repeat(22));
    for value in [
        "c < (b < ".repeat(22) + "{i = c",
        "c < {i = b < ".repeat(22) + "{i = c",
        closed("b < c < (", ")"),
        closed("{i = b + c + ", "}"),
        "{k=f()\n+b\n+".repeat(40),
        "{k=[]+b+c\n[".repeat(40),
        "1e5-1e5-(".repeat(40),
        "a + b + c::d()[".repeat(40),
        format!("\"${{{}}}\"", closed("b < c < f([", "])")),
    ] {
        let text = format!("resource \"x\" \"y\" {{\n  a = {value}\n}}\n");
        let error = read("main.tf", &text, &Known::default()).unwrap_err();
        let told = error.to_string();
        let wanted = "expected fewer brackets and texts behind operators";
        assert!(told.contains(wanted), "{told}");
    }
    let deep = format!(
        "locals {{\n  a = {}1{}\n}}\n",
        "b + c + (".repeat(4),
        ")".repeat(4)
    );
    assert!(read("main.tf", &deep, &Known::default()).is_ok());
    let many = format!("a = {}", "(".repeat(1 << 20));
    assert!(read("main.tf", &many, &Known::default()).is_err());
}
