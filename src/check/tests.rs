//! Holds what the gate says of changes, of use, and of what it cannot read.

mod guards;

use super::*;
use crate::finding::Severity;
use crate::template::{self, Known};

fn subject(text: &str) -> Subject {
    let template = template::read("t.yaml", text, &Known::default());
    template.unwrap().unwrap().subjects.remove(0)
}

fn role(policies: &str) -> Subject {
    subject(&format!(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n{policies}"
    ))
}

fn inline(actions: &str, resource: &str) -> String {
    format!(
        "      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action: {actions}
                Resource: {resource}
"
    )
}

fn shown(outcome: &Outcome) -> Vec<String> {
    let findings = outcome.findings.iter();
    findings
        .map(|one| {
            let (rule, status) = (one.rule.name, one.status.as_str());
            format!("{}:{rule}:{status}: {}", one.place.line, one.what)
        })
        .collect()
}

fn against(new: &Subject, old: &Subject) -> Outcome {
    check(new, (Before::Was(old), false), None, Catalog::bundled())
}

const BUCKET: &str = "'arn:aws:s3:::acme-in/*'";

#[test]
fn the_same_role_has_nothing_new_and_what_was_wrong_before_does_not_count() {
    let wide = role(&inline("'s3:*'", "'*'"));
    let alone = check(&wide, (Before::Nothing, false), None, Catalog::bundled());
    assert!(alone.findings.len() >= 2, "{:?}", shown(&alone));
    let outcome = against(&wide, &wide);
    assert_eq!(shown(&outcome), Vec::<String>::new());
    assert_eq!(outcome.known_before, alone.findings.len());
    assert!(outcome.passed > 0);
}

#[test]
fn new_access_is_told_by_the_statement_that_allows_it() {
    let old = role(&inline("s3:GetObject", BUCKET));
    let new = role(&inline("[s3:GetObject, s3:PutObject]", BUCKET));
    let outcome = against(&new, &old);
    let found = shown(&outcome);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("10:new-access:failed: allowed now and not before: `s3:PutObject` on `arn:aws:s3:::acme-in/"),
        "{found:?}"
    );
    assert_eq!(shown(&against(&old, &new)), Vec::<String>::new());
}

#[test]
fn a_wildcard_is_new_unless_one_covered_it() {
    let old = role(&inline("s3:GetObject", BUCKET));
    let new = role(&inline("'s3:Get*'", BUCKET));
    let outcome = against(&new, &old);
    let wildcards: Vec<&Finding> = outcome
        .findings
        .iter()
        .filter(|one| one.rule.name == "new-wildcard")
        .collect();
    assert_eq!(wildcards.len(), 1);
    assert_eq!(
        (wildcards[0].place.line, wildcards[0].what.as_str()),
        (11, "`s3:Get*` is new")
    );
    let wider = role(&inline("'s3:*'", BUCKET));
    let outcome = against(&new, &wider);
    assert!(shown(&outcome).is_empty(), "{:?}", shown(&outcome));
}

#[test]
fn a_managed_policy_that_is_attached_is_new_access_and_gives_the_account_away() {
    let old = role(&inline("s3:GetObject", BUCKET));
    let new = role(
        &(inline("s3:GetObject", BUCKET)
            + "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n"),
    );
    let outcome = against(&new, &old);
    let rules: Vec<&str> = outcome.findings.iter().map(|one| one.rule.name).collect();
    for rule in ["aws-managed-policy", "new-access", "privilege-escalation"] {
        assert!(rules.contains(&rule), "{rules:?}");
    }
    let worst = outcome.findings.iter().map(|one| one.rule.severity).max();
    assert_eq!(worst, Some(Severity::High));
}

#[test]
fn a_new_role_is_told_once() {
    let new = role(&inline("s3:GetObject", BUCKET));
    let outcome = check(&new, (Before::Absent, false), None, Catalog::bundled());
    assert_eq!(
        shown(&outcome),
        ["3:new-role:failed: it is new, and grants `s3:GetObject`"]
    );
}

#[test]
fn what_cannot_be_read_is_not_checked_and_never_passed() {
    let old = role(&inline("s3:GetObject", BUCKET));
    let open = role(&inline("!If [IsWide, 's3:*', s3:GetObject]", BUCKET));
    let outcome = against(&open, &old);
    let found = shown(&outcome);
    assert!(
        found
            .iter()
            .any(|one| one.contains("not-resolved:not-checked")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.contains("new-access:not-checked")),
        "{found:?}"
    );
    assert_eq!(outcome.passed, 0);
}

#[test]
fn a_managed_policy_that_nobody_knows_takes_claims_back() {
    let unknown = "      ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/shared']\n";
    let old = role(&(inline("s3:GetObject", BUCKET) + unknown));
    let new = role(&(inline("s3:PutObject", BUCKET) + unknown));
    let found = shown(&against(&new, &old));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found
            .iter()
            .any(|one| one.contains("new-access:not-checked") && one.contains("unless")),
        "{found:?}"
    );
    // Both have it, and nothing else changed: nothing is new whatever it says, and that nobody knows it is nothing new either.
    let same = against(&old, &old);
    assert_eq!(shown(&same), Vec::<String>::new());
    assert_eq!((same.known_before, same.passed), (1, 0));
    let without = role(&inline("s3:GetObject", BUCKET));
    let found = shown(&against(&old, &without));
    assert!(
        found
            .iter()
            .any(|one| one.contains("new-access:not-checked")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.contains("managed-policy-attached:failed")),
        "{found:?}"
    );
}

#[test]
fn a_policy_that_a_role_holds_is_compared_there() {
    let old = role(&inline("s3:GetObject", BUCKET));
    let new = role(&inline("s3:PutObject", BUCKET));
    let outcome = check(&new, (Before::Was(&old), true), None, Catalog::bundled());
    assert!(
        outcome
            .findings
            .iter()
            .all(|one| one.rule.name != "new-access")
    );
}

#[test]
fn parts_that_something_else_makes_are_not_checked() {
    for text in [
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      Fn::If: [IsWide, {Policies: []}, {Path: /}]\n",
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties: !Transform {Name: AWS::Include, Parameters: {Location: x}}\n",
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      Path: /\n      Fn::Transform: {Name: AWS::Include, Parameters: {Location: x}}\n",
        "AWSTemplateFormatVersion: 2010-09-09\nTransform: [AWS::Serverless-2016-10-31, Ours]\nResources: {}\n",
        "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Fn::ForEach::Roles:\n    - Name\n    - [a, b]\n    - Role${Name}: {Type: AWS::IAM::Role}\n",
    ] {
        let subject = subject(text);
        let outcome = check(&subject, (Before::Nothing, false), None, Catalog::bundled());
        let found = shown(&outcome);
        assert!(
            found
                .iter()
                .any(|one| one.contains("not-resolved:not-checked")),
            "{text}{found:?}"
        );
        assert_eq!(outcome.passed, 0);
    }
}

#[test]
fn modules_that_are_called_are_not_checked() {
    let text = "module \"admin\" {\n  source = \"./sub\"\n}\n";
    let template = template::read("main.tf", text, &Known::default());
    let subject = template.unwrap().unwrap().subjects.remove(0);
    let outcome = check(&subject, (Before::Nothing, false), None, Catalog::bundled());
    let found = shown(&outcome);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("1:not-resolved:not-checked: what `module.admin` makes"),
        "{found:?}"
    );
}
