//! Holds what is found in trust policies, and how they are written to be compared.

use super::*;
use crate::policy::prove::{Containment, Options, contained};
use crate::policy::{CompiledPolicy, PolicyKind};

fn trust(statements: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Document::parse(&text, PolicyKind::Trust).unwrap()
}

fn one(principal: &str, action: &str, condition: &str) -> Document {
    trust(&format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Condition":{{{condition}}}}}"#
    ))
}

fn is_open(text: &str) -> bool {
    text.contains("${")
}

/// The kind of what is found and whether it is certain.
fn found(document: &Document) -> Vec<(WeaknessKind, bool)> {
    let found = weaknesses(document, &is_open);
    found
        .iter()
        .map(|weakness| (weakness.kind, weakness.is_certain))
        .collect()
}

#[test]
fn everyone_is_found_unless_a_condition_says_who() {
    let everyone = |condition| found(&one(r#""*""#, "sts:AssumeRole", condition));
    let open = [(WeaknessKind::Everyone, true)];
    for condition in [
        "",
        r#""Bool":{"aws:SecureTransport":"true"}"#,
        r#""StringLike":{"aws:PrincipalArn":"*"}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}"#,
        r#""StringNotEquals":{"aws:PrincipalAccount":"111122223333"}"#,
        r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}"#,
        r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-abc"}"#,
        r#""IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}"#,
        r#""StringEquals":{"aws:PrincipalTag/team":"a"}"#,
    ] {
        assert_eq!(everyone(condition), open, "{condition}");
    }
    for condition in [
        r#""StringEquals":{"AWS:PrincipalOrgID":"o-abc"}"#,
        r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${AWS::AccountId}:role/*"}"#,
        r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
    ] {
        assert_eq!(everyone(condition), [], "{condition}");
    }
    let other = one(r#"{"AWS":"*"}"#, "sts:AssumeRole", "");
    assert_eq!(found(&other), open);
    let account = one(r#"{"AWS":"111122223333"}"#, "sts:AssumeRole", "");
    assert_eq!(found(&account), []);
    let all_but = trust(
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#,
    );
    assert_eq!(found(&all_but), open);
}

#[test]
fn a_denial_that_keeps_strangers_out_is_seen() {
    let allow = r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#;
    let deny = |condition: &str| {
        trust(&format!(
            r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{{{condition}}}}}"#
        ))
    };
    let others = deny(r#""StringNotEquals":{"aws:PrincipalOrgID":"o-abc"}"#);
    assert_eq!(found(&others), []);
    let one_other = deny(r#""StringEquals":{"aws:PrincipalAccount":"444455556666"}"#);
    assert_eq!(found(&one_other), [(WeaknessKind::Everyone, true)]);
    // Whether a stranger has this is not known.
    let by_something = deny(r#""StringNotEquals":{"aws:PrincipalTag/a":"b"}"#);
    assert_eq!(found(&by_something), [(WeaknessKind::Everyone, false)]);
}

#[test]
fn a_workflow_of_any_repository_is_found() {
    const PROVIDER: &str = r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#;
    let workflow = |condition: &str| {
        let condition = condition.replace("G:", "token.actions.githubusercontent.com:");
        found(&one(PROVIDER, "sts:AssumeRoleWithWebIdentity", &condition))
    };
    for condition in [
        "",
        r#""StringEquals":{"G:aud":"sts.amazonaws.com"}"#,
        r#""StringLike":{"G:sub":"*"}"#,
        r#""StringLike":{"G:sub":"repo:*"}"#,
        r#""StringLike":{"G:sub":"repo:*/app:*"}"#,
        r#""StringLike":{"G:sub":"repo:acme*"}"#,
        r#""StringLike":{"G:sub":["repo:acme/app:*","repo:*"]}"#,
        r#""StringNotLike":{"G:sub":"repo:acme/app:pull_request"}"#,
        r#""StringLikeIfExists":{"G:sub":"repo:acme/app:*"}"#,
    ] {
        let wanted = [(WeaknessKind::AnyRepository, true)];
        assert_eq!(workflow(condition), wanted, "{condition}");
    }
    for condition in [
        r#""StringLike":{"G:sub":"repo:acme/*"}"#,
        r#""StringEquals":{"G:sub":"repo:acme/app:ref:refs/heads/main"}"#,
        r#""StringEquals":{"G:sub":"${Subject}"}"#,
        r#""StringLike":{"G:sub":"repo:acme/${Name}:*"}"#,
        r#""StringLike":{"G:sub":"*"},"StringEquals":{"G:repository_owner_id":"1234"}"#,
    ] {
        assert_eq!(workflow(condition), [], "{condition}");
    }
    let open = workflow(r#""StringLike":{"G:sub":"repo:${Owner}/app:*"}"#);
    assert_eq!(open, [(WeaknessKind::AnyRepository, false)]);
    let other = one(
        r#"{"Federated":"accounts.google.com"}"#,
        "sts:AssumeRoleWithWebIdentity",
        "",
    );
    assert_eq!(found(&other), []);
}

#[test]
fn a_service_that_acts_for_anybody_is_found_where_it_says_for_whom() {
    let service = |name: &str, condition: &str| {
        let principal = format!(r#"{{"Service":"{name}"}}"#);
        found(&one(&principal, "sts:AssumeRole", condition))
    };
    let any = [(WeaknessKind::AnySource, true)];
    assert_eq!(service("scheduler.amazonaws.com", ""), any);
    assert_eq!(
        service(
            "scheduler.amazonaws.com",
            r#""ArnLike":{"aws:SourceArn":"arn:aws:scheduler:*:*:schedule-group/*"}"#
        ),
        any
    );
    for condition in [
        r#""StringEquals":{"aws:SourceAccount":"${AWS::AccountId}"}"#,
        r#""ArnLike":{"aws:SourceArn":"arn:aws:scheduler:*:111122223333:schedule-group/*"}"#,
        r#""ArnLike":{"aws:SourceArn":"${Group.Arn}"}"#,
    ] {
        assert_eq!(
            service("scheduler.amazonaws.com", condition),
            [],
            "{condition}"
        );
    }
    // It does not say for whom.
    assert_eq!(service("ec2.amazonaws.com", ""), []);
}

#[test]
fn a_principal_of_which_nothing_is_known_may_be_everyone() {
    let of = |name: &str| {
        let principal = format!(r#"{{"AWS":"{name}"}}"#);
        found(&one(&principal, "sts:AssumeRole", ""))
    };
    assert_eq!(of("${Partner}"), [(WeaknessKind::Everyone, false)]);
    for name in [
        "${Role.Arn}",
        "${AWS::AccountId}",
        "arn:aws:iam::${Partner}:root",
    ] {
        assert_eq!(of(name), [], "{name}");
    }
}

#[test]
fn principals_hold_others_as_iam_says() {
    let is_within = |inner: &str, outer: &str| {
        let compile = |principal: &str| {
            let document = as_access(&one(principal, "sts:AssumeRole", ""));
            [CompiledPolicy::new(&document)]
        };
        let found = contained(&compile(inner), &compile(outer), &Options::default());
        assert!(!matches!(found, Containment::Unknown(_)), "{inner} {outer}");
        found == Containment::Contained
    };
    let aws = |name: &str| format!(r#"{{"AWS":"{name}"}}"#);
    let account = aws("111122223333");
    let root = aws("arn:aws:iam::111122223333:root");
    let role = aws("arn:aws:iam::111122223333:role/path/app");
    let session = aws("arn:aws:sts::111122223333:assumed-role/app/one");
    let other = aws("arn:aws:iam::111122223333:role/other/app");
    let lambda = r#"{"Service":"lambda.amazonaws.com"}"#;
    for (inner, outer) in [
        (&account, &root),
        (&root, &account),
        (&role, &account),
        (&session, &role),
        (&session, &account),
        (&account, &r#""*""#.to_owned()),
    ] {
        assert!(is_within(inner, outer), "{inner} {outer}");
    }
    for (inner, outer) in [
        (&account, &role),
        (&role, &session),
        (&role, &other),
        (&lambda.to_owned(), &account),
        (&aws("444455556666"), &account),
        (&aws("lambda.amazonaws.com"), &lambda.to_owned()),
        (&r#""*""#.to_owned(), &account),
    ] {
        assert!(!is_within(inner, outer), "{inner} {outer}");
    }
}

#[test]
fn an_arn_whose_parts_are_open_is_taken_apart() {
    let resources = |name: &str| {
        let named = Named {
            kind: "AWS".to_owned(),
            name: name.to_owned(),
            path: String::new(),
        };
        named.as_resources()
    };
    assert_eq!(
        resources("arn:${AWS::Partition}:iam::${AWS::AccountId}:root"),
        resources("${AWS::AccountId}")
    );
    assert_eq!(
        resources("arn:aws:iam::1:user/a*b"),
        ["AWS:1:user/a\u{2217}b"]
    );
}

#[test]
fn only_actions_that_take_a_role_on_are_compared() {
    let document = one(r#"{"AWS":"111122223333"}"#, "sts:Assume*", "");
    let written = as_access(&document);
    assert_eq!(
        written.statements[0].action.patterns(),
        [
            "sts:AssumeRole",
            "sts:AssumeRoleWithSAML",
            "sts:AssumeRoleWithWebIdentity"
        ]
    );
}

#[test]
fn an_account_is_told_by_its_digits_or_by_what_the_tools_call_it() {
    for (name, is_account) in [
        ("111122223333", true),
        ("11112222333", false),
        ("11112222333x", false),
        ("abcdefghijkl", false),
        ("${AWS::AccountId}", true),
        ("${data.aws_caller_identity.now.account_id}", true),
        ("${AWS::Region}", false),
        ("${Other", false),
    ] {
        let named = Named {
            kind: "AWS".to_owned(),
            name: name.to_owned(),
            path: String::new(),
        };
        let all = if is_account { ":*" } else { "" };
        assert_eq!(named.as_resources(), [format!("AWS:{name}{all}")]);
    }
}
