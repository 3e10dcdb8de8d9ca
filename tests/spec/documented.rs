//! Where another implementation decides otherwise, or is silent, and AWS's documentation is the judge.
//!
//! Each case names the page of the IAM user guide that decides it. The generated comparison in `tests/slow/test_decisions.py`
//! leaves these cases out.

use polgen::policy::evaluate::Principal;
use polgen::policy::{CompiledPolicy, Context, Document, PolicyKind, PolicySet, Request};

/// A condition (with its policy's version), the request's keys, whether it holds, and what says so.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    bool,
    &'static str,
);

const CONDITIONS: &[Case] = &[
    (
        "2012-10-17",
        r#""StringEquals":{"aws:PrincipalTag/team":"a${*}"}"#,
        &[("aws:PrincipalTag/team", "a*")],
        true,
        "Variables and tags: `${*}`, `${?}`, `${$}` can be used in any string where variables can",
    ),
    (
        "2008-10-17",
        r#""StringEquals":{"aws:PrincipalTag/team":"${aws:PrincipalTag/name}"}"#,
        &[
            ("aws:PrincipalTag/team", "a"),
            ("aws:PrincipalTag/name", "a"),
        ],
        false,
        "Version: in 2008-10-17, variables are literal strings",
    ),
    (
        "2008-10-17",
        r#""StringEquals":{"aws:PrincipalTag/team":"${aws:PrincipalTag/name}"}"#,
        &[("aws:PrincipalTag/team", "${aws:PrincipalTag/name}")],
        true,
        "Version: in 2008-10-17, variables are literal strings",
    ),
    (
        "2012-10-17",
        r#""DateEquals":{"aws:CurrentTime":"1780272000"}"#,
        &[("aws:CurrentTime", "2026-06-01T00:00:00Z")],
        true,
        "Condition operators, date: the value is in ISO 8601 or in epoch time",
    ),
    (
        "2012-10-17",
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}"#,
        &[
            ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/app"),
            ("aws:PrincipalAccount", "111122223333"),
        ],
        true,
        "Variables and tags: variables can stand in conditions with string and ARN operators",
    ),
    (
        "2012-10-17",
        r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#,
        &[("aws:SourceIp", "192.168.1.1")],
        true,
        "Condition operators, IP address: the value is a CIDR range",
    ),
    (
        "2012-10-17",
        r#""NotIpAddress":{"aws:SourceIp":"10.0.0.1"}"#,
        &[("aws:SourceIp", "2001:db8::1")],
        true,
        "Condition operators, IP address: all addresses but the specified",
    ),
    (
        "2012-10-17",
        r#""ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}"#,
        &[],
        true,
        "Condition operators, IfExists: without the key the condition is true",
    ),
];

fn policy(version: &str, statement: &str, kind: PolicyKind) -> CompiledPolicy {
    let text = format!(r#"{{"Version":"{version}","Statement":{{{statement}}}}}"#);
    CompiledPolicy::new(&Document::parse(&text, kind).unwrap())
}

#[test]
fn conditions_hold_as_documented() {
    for (version, condition, keys, holds, source) in CONDITIONS {
        let statement =
            format!(r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}"#);
        let set = PolicySet {
            identity: vec![policy(version, &statement, PolicyKind::Identity)],
            ..PolicySet::default()
        };
        let keys = keys
            .iter()
            .map(|(key, value)| (*key, vec![(*value).to_owned()]));
        let request = Request::new("s3:GetObject", "arn:aws:s3:::b/x", keys.collect());
        let decision = set.decide(&request);
        assert_eq!(decision.is_allowed(), *holds, "{condition}: {source}");
    }
}

#[test]
fn a_wildcard_crosses_colons() {
    // Source: "IAM JSON policy elements: Resource": the pattern is matched against the whole ARN; a `*` at the end of a segment
    // expands beyond the colon.
    for (pattern, is_matched) in [
        ("arn:aws:s3*", true),
        ("arn:aws:*/x", true),
        ("arn:aws:s3:::b?x", true),
        ("arn:aws:s3:::b", false),
    ] {
        let statement = format!(r#""Effect":"Allow","Action":"*","Resource":"{pattern}""#);
        let set = PolicySet {
            identity: vec![policy("2012-10-17", &statement, PolicyKind::Identity)],
            ..PolicySet::default()
        };
        let request = Request::new("s3:GetObject", "arn:aws:s3:::b/x", Context::default());
        assert_eq!(set.decide(&request).is_allowed(), is_matched, "{pattern}");
    }
}

#[test]
fn a_grant_to_a_session_is_not_limited_by_its_session_policy() {
    // Source: "Policies and permissions in IAM", session policies: a resource's policy that names the session's ARN is not
    // limited by the session policy.
    let session = "arn:aws:sts::111122223333:assumed-role/app/s";
    let grant = |principal: &str| {
        let statement = format!(
            r#""Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"*","Resource":"*""#
        );
        policy("2012-10-17", &statement, PolicyKind::Resource)
    };
    let other = r#""Effect":"Allow","Action":"sqs:*","Resource":"*""#;
    for (principal, is_allowed) in [
        (session, true),
        ("arn:aws:iam::111122223333:role/app", false),
    ] {
        let set = PolicySet {
            session: Some(vec![policy("2012-10-17", other, PolicyKind::Identity)]),
            resource: Some(grant(principal)),
            ..PolicySet::default()
        };
        let request = Request::new("s3:GetObject", "arn:aws:s3:::b/x", Context::default())
            .by(Principal::parse(session));
        assert_eq!(set.decide(&request).is_allowed(), is_allowed, "{principal}");
    }
}

#[test]
fn null_takes_neither_quantifier_nor_suffix() {
    // Source: "Condition operators", IfExists: it can be added to any operator except Null.
    for operator in ["NullIfExists", "ForAnyValue:Null"] {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"x:k":"true"}}}}}}}}"#
        );
        assert!(
            Document::parse(&text, PolicyKind::Identity).is_err(),
            "{operator}"
        );
    }
}
