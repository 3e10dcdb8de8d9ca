//! Holds what is said of trust policies and boundaries, from every format that has them.

use super::*;

const SERVICE: &str = "Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole', Condition: {StringEquals: {'aws:SourceAccount': !Ref AWS::AccountId}}";

fn trusting(statements: &[&str]) -> Subject {
    let list: Vec<String> = statements
        .iter()
        .map(|one| format!("          - {{{one}}}\n"))
        .collect();
    role(&format!(
        "      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n{}",
        list.concat()
    ))
}

fn alone(subject: &Subject) -> Vec<String> {
    shown(&check(
        subject,
        (Before::Nothing, false),
        None,
        Catalog::bundled(),
    ))
}

#[test]
fn a_principal_that_a_change_lets_in_is_told_at_its_line() {
    let old = trusting(&[SERVICE]);
    let account = "Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'sts:AssumeRole'";
    let new = trusting(&[SERVICE, account]);
    let outcome = against(&new, &old);
    assert_eq!(
        shown(&outcome),
        [
            "9:trust-new-principal:failed: `arn:aws:iam::${AWS::AccountId}:root` may take the role on now and could not before"
        ]
    );
    assert_eq!(shown(&against(&old, &new)), Vec::<String>::new());
    assert_eq!(shown(&against(&new, &new)), Vec::<String>::new());
    // One who was in the account that was let in is nobody new.
    let inside = account.replace(":root", ":role/app");
    let outcome = against(&trusting(&[SERVICE, account, &inside]), &new);
    assert_eq!(shown(&outcome), Vec::<String>::new());
    let everyone = "Effect: Allow, Principal: '*', Action: 'sts:AssumeRole'";
    let found = shown(&against(&trusting(&[SERVICE, everyone]), &old));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("9:trust-everyone:failed"), "{found:?}");
}

#[test]
fn a_condition_that_is_lost_is_told_once() {
    let old = trusting(&[SERVICE]);
    let (open, _) = SERVICE.split_once(", Condition").unwrap();
    let found = shown(&against(&trusting(&[open]), &old));
    assert_eq!(
        found,
        [
            "8:trust-condition-lost:failed: for `states.amazonaws.com` `aws:SourceAccount` is no longer asked for"
        ]
    );
    assert_eq!(
        alone(&trusting(&[open])),
        [
            "8:trust-any-source:failed: `states.amazonaws.com` may take the role on for whomever it acts: neither `aws:SourceAccount` nor `aws:SourceArn` is asked for"
        ]
    );
    let partner = |condition: &str| {
        trusting(&[&format!(
            "Effect: Allow, Principal: {{AWS: '444455556666'}}, Action: 'sts:AssumeRole', Condition: {condition}"
        )])
    };
    let old = partner("{StringEquals: {'sts:ExternalId': abc}}");
    for (condition, wanted) in [
        (
            "{StringLike: {'sts:ExternalId': 'a*'}}",
            "`sts:ExternalId` is asked for less strictly",
        ),
        (
            "{StringEquals: {'sts:ExternalId': [abc, def]}}",
            "`sts:ExternalId` is asked for less strictly",
        ),
        (
            "{Bool: {'aws:MultiFactorAuthPresent': 'true'}}",
            "`sts:ExternalId` is no longer asked for",
        ),
    ] {
        let found = shown(&against(&partner(condition), &old));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("trust-condition-lost:failed") && found[0].contains(wanted),
            "{found:?}"
        );
    }
    // More conditions let in nobody.
    let more = partner(
        "{StringEquals: {'sts:ExternalId': abc}, Bool: {'aws:MultiFactorAuthPresent': 'true'}}",
    );
    assert_eq!(shown(&against(&more, &old)), Vec::<String>::new());
}

#[test]
fn a_denial_that_is_lost_and_an_action_that_is_new_are_told() {
    let allow = "Effect: Allow, Principal: {AWS: '444455556666'}, Action: 'sts:AssumeRole'";
    let deny = "Effect: Deny, Principal: {AWS: 'arn:aws:iam::444455556666:role/ci'}, Action: 'sts:AssumeRole'";
    let found = shown(&against(&trusting(&[allow]), &trusting(&[allow, deny])));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0]
            .contains("trust-widened:failed: `444455556666` may take the role on in more cases"),
        "{found:?}"
    );
    let tag = allow.replace("'sts:AssumeRole'", "['sts:AssumeRole', 'sts:TagSession']");
    let found = shown(&against(&trusting(&[&tag]), &trusting(&[allow])));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("may call `sts:TagSession` now"),
        "{found:?}"
    );
}

#[test]
fn what_is_not_known_of_a_trust_policy_is_not_checked_unless_it_was_so_before() {
    let open = role("      AssumeRolePolicyDocument: !Ref Document\n");
    let known = trusting(&[SERVICE]);
    let found = shown(&against(&open, &known));
    assert!(
        found
            .iter()
            .any(|one| one.contains("trust-new-principal:not-checked")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.contains("not-resolved:not-checked: the trust policy: ")),
        "{found:?}"
    );
    let outcome = against(&open, &open);
    assert_eq!(shown(&outcome), Vec::<String>::new());
    assert_eq!(outcome.known_before, 1);
    let partner = |name: &str| {
        trusting(&[&format!(
            "Effect: Allow, Principal: {{AWS: !Ref {name}}}, Action: 'sts:AssumeRole', Condition: {{StringEquals: {{'sts:ExternalId': abc}}}}"
        )])
    };
    // Whether the one is the other is not known.
    let found = shown(&against(&partner("Other"), &partner("Partner")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("trust-new-principal:not-checked"),
        "{found:?}"
    );
}

const BOUNDARY: &str = "      PermissionsBoundary: !Ref Limit
  Limit:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Action: ACTION, Resource: '*'}
";

#[test]
fn a_boundary_that_is_gone_or_allows_more_is_told() {
    let limited = |action: &str| role(&BOUNDARY.replace("ACTION", action));
    let none = role("      Path: /\n");
    let old = limited("'s3:Get*'");
    let found = shown(&against(&none, &old));
    assert_eq!(found, ["3:boundary-removed:failed: the boundary is gone"]);
    let found = shown(&against(&limited("'s3:*'"), &old));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with(
            "5:boundary-widened:failed: the boundary allows now and did not before: `s3:"
        ),
        "{found:?}"
    );
    for narrower in [limited("'s3:GetObject'"), limited("'s3:Get*'")] {
        assert_eq!(shown(&against(&narrower, &old)), Vec::<String>::new());
    }
    assert_eq!(shown(&against(&old, &none)), Vec::<String>::new());
    let named = |name: &str| {
        role(&format!(
            "      PermissionsBoundary: !Sub 'arn:aws:iam::${{AWS::AccountId}}:policy/{name}'\n"
        ))
    };
    assert_eq!(
        shown(&against(&named("a"), &named("a"))),
        Vec::<String>::new()
    );
    let found = shown(&against(&named("b"), &named("a")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("boundary-exchanged:failed")
            && found[0].contains("policy/b` now and was"),
        "{found:?}"
    );
    let aws = |name: &str| {
        role(&format!(
            "      PermissionsBoundary: 'arn:aws:iam::aws:policy/{name}'\n"
        ))
    };
    let found = shown(&against(&aws("PowerUserAccess"), &aws("ReadOnlyAccess")));
    assert!(found[0].contains("boundary-widened:failed"), "{found:?}");
    let found = shown(&against(
        &role("      PermissionsBoundary: !If [A, x, y]\n"),
        &aws("x"),
    ));
    assert!(
        found
            .iter()
            .any(|one| one.contains("boundary-widened:not-checked")),
        "{found:?}"
    );
}

/// A role as each format writes it: one that trusts a repository, with a boundary, and the same opened to all and without.
#[test]
fn every_format_that_has_them_is_read() {
    let cases: [(&str, &str, &str); 6] = [
        (
            "sam.yaml",
            "Transform: AWS::Serverless-2016-10-31
Resources:
  App:
    Type: AWS::Serverless::Function
    Properties:
      PermissionsBoundary: arn:aws:iam::111122223333:policy/limit
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'}, Action: 'sts:AssumeRoleWithWebIdentity', Condition: {StringLike: {'token.actions.githubusercontent.com:sub': 'repo:acme/app:*'}}}]
",
            "      PermissionsBoundary: arn:aws:iam::111122223333:policy/limit\n",
        ),
        (
            "cdk.json",
            r#"{"Resources":{"App":{"Type":"AWS::IAM::Role","Properties":{
"PermissionsBoundary":{"Fn::Sub":"arn:aws:iam::111122223333:policy/limit"},
"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"Federated":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]]}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/app:*"}}}],"Version":"2012-10-17"}}}}}"#,
            "\n\"PermissionsBoundary\":{\"Fn::Sub\":\"arn:aws:iam::111122223333:policy/limit\"},",
        ),
        (
            "main.tf",
            r#"data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/app:*"]
    }
  }
}
resource "aws_iam_role" "app" {
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = "arn:aws:iam::111122223333:policy/limit"
}
"#,
            "\n  permissions_boundary = \"arn:aws:iam::111122223333:policy/limit\"",
        ),
        (
            "encoded.tf",
            r#"resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity", Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }, Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/app:*" } } }] })
  permissions_boundary = "arn:aws:iam::111122223333:policy/limit"
}
"#,
            "\n  permissions_boundary = \"arn:aws:iam::111122223333:policy/limit\"",
        ),
        (
            "plan.json",
            r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"aws_iam_role.app","mode":"managed","type":"aws_iam_role","name":"app","values":{"name":"app",
"permissions_boundary":"arn:aws:iam::111122223333:policy/limit",
"assume_role_policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{\"StringLike\":{\"token.actions.githubusercontent.com:sub\":\"repo:acme/app:*\"}}}]}"}}]}}}"#,
            "\n\"permissions_boundary\":\"arn:aws:iam::111122223333:policy/limit\",",
        ),
        (
            "role.json",
            r#"{"Role":{"RoleName":"app",
"PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/limit"},
"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/app:*"}}}]}}}"#,
            "\n\"PermissionsBoundary\":{\"PermissionsBoundaryType\":\"Policy\",\"PermissionsBoundaryArn\":\"arn:aws:iam::111122223333:policy/limit\"},",
        ),
    ];
    for (file, text, boundary) in cases {
        let read = |text: &str| -> Subject {
            let template = template::read(file, text, &Known::default()).unwrap();
            let subjects = match template {
                Some(template) => template.subjects,
                None => template::read_printed(file, text).unwrap(),
            };
            let mut roles = subjects.into_iter();
            roles.find(|one| one.guards.trust.is_some()).unwrap()
        };
        assert!(text.contains(boundary), "{file}");
        let changed = text
            .replace(boundary, "")
            .replace("repo:acme/app:*", "repo:*");
        let (old, new) = (read(text), read(&changed));
        let outcome = against(&new, &old);
        let mut rules: Vec<&str> = outcome.findings.iter().map(|one| one.rule.name).collect();
        rules.sort_unstable();
        assert_eq!(
            rules,
            ["boundary-removed", "trust-any-repository"],
            "{file}"
        );
        let same = against(&old, &old);
        assert_eq!(shown(&same), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn a_trust_policy_alone_in_a_file_is_one() {
    let text = "{\"Version\":\"2012-10-17\",\"Statement\":\n[{\"Effect\":\"Allow\",\n\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}";
    let subjects = template::read_printed("x/trust.json", text).unwrap();
    let found = alone(&subjects[0]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("3:trust-everyone:failed"), "{found:?}");
    // A policy of a resource is none.
    let text = text.replace("\"Action\"", "\"Resource\":\"*\",\"Action\"");
    assert!(template::read_printed("x/bucket.json", &text).is_err());
}
