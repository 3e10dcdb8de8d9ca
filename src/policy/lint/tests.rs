//! Each rule by a policy that it finds something in, and one that it does not.

use super::*;
use std::collections::BTreeSet;

/// Rule, statement with a finding, its message; statement without.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "unknown-action",
        r#""Effect":"Allow","Action":["s3:GetObjekt","s3:GetObject"],"Resource":"arn:aws:s3:::b/*""#,
        "`s3:GetObjekt` matches no action",
        r#""Effect":"Allow","Action":"s3:GetObj*","Resource":"arn:aws:s3:::b/*""#,
    ),
    (
        "unknown-action",
        r#""Effect":"Allow","Action":"s33:GetObject","Resource":"*""#,
        "`s33:GetObject`: no service has the prefix `s33`",
        r#""Effect":"Deny","Action":"*","Resource":"*""#,
    ),
    (
        "grants-nothing",
        r#""Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetObject"],"Resource":"arn:aws:s3:::b/*""#,
        "only `*` is a resource of `s3:ListAllMyBuckets`: with ARNs nothing is allowed",
        r#""Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*""#,
    ),
    (
        "wrong-resource-type",
        r#""Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],"Resource":"arn:aws:s3:::b/*""#,
        "no resource here is of a type that `s3:ListBucket` can act on",
        r#""Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],"Resource":"arn:aws:s3:::b*""#,
    ),
    (
        "unknown-condition-key",
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"ec2:Region":"x"}}"#,
        "`ec2:Region` is no key of these actions",
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/team":"x","aws:PrincipalTag/team":"y"}}"#,
    ),
    (
        "operator-type",
        r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"IpAddress":{"s3:max-keys":"10.0.0.0/8"}}"#,
        "`s3:max-keys` is of type Numeric, which `IpAddress` does not compare",
        r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"NumericLessThan":{"s3:max-keys":"5"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    ),
    (
        "wildcard-resource",
        r#""Effect":"Allow","Action":["s3:PutObject","s3:ListAllMyBuckets"],"Resource":"*""#,
        "`*` allows `s3:PutObject` on every resource",
        r#""Effect":"Allow","Action":["s3:ListAllMyBuckets","xray:PutTraceSegments"],"Resource":"*""#,
    ),
    (
        "pass-role-without-service",
        r#""Effect":"Allow","Action":"iam:Pass*","Resource":"arn:aws:iam::111122223333:role/r""#,
        "allows `iam:PassRole` to every service",
        r#""Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/r","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#,
    ),
    (
        "privilege-escalation",
        r#""Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*""#,
        "`iam:PassRole`, `ec2:RunInstances` give a role on an instance",
        r#""Effect":"Allow","Action":["ec2:RunInstances","iam:GetRole"],"Resource":"*""#,
    ),
    (
        "data-exfiltration",
        r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#,
        "`s3:GetObject` can read all that is stored",
        r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*""#,
    ),
    (
        "credentials-exposure",
        r#""Effect":"Allow","Action":"sts:AssumeRole","Resource":"*""#,
        "`sts:AssumeRole` can return credentials",
        r#""Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/r""#,
    ),
    (
        "resource-exposure",
        r#""Effect":"Allow","Action":"s3:PutBucketPolicy","Resource":"*""#,
        "`s3:PutBucketPolicy` can open resources to others",
        r#""Effect":"Allow","Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::b""#,
    ),
    (
        "redundant-statement",
        r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x""#,
        "the other statements allow all of this",
        r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::c/x""#,
    ),
    (
        "shadowed-statement",
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b*""#,
        "a `Deny` of this policy refuses all of this",
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/x*""#,
    ),
];

fn findings(statements: &str) -> Vec<Finding> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{{statements}}}]}}"#);
    let document = Document::parse(&text, PolicyKind::Identity).unwrap();
    lint(&document, PolicyKind::Identity, Catalog::bundled())
}

fn messages(rule: &str, statements: &str) -> Vec<String> {
    let found = findings(statements).into_iter();
    let of_rule = found.filter(|finding| finding.rule == rule);
    of_rule.map(|finding| finding.message).collect()
}

#[test]
fn each_rule_finds_its_case_and_no_other() {
    let mut tried: BTreeSet<&str> = ["not-action-with-allow", "size"].into();
    for (rule, bad, message, good) in CASES {
        assert_eq!(messages(rule, bad), [*message], "{rule}");
        assert_eq!(messages(rule, good), Vec::<String>::new(), "{rule}");
        tried.insert(rule);
    }
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(tried, known);
}

#[test]
fn not_action_is_counted_against_the_catalog() {
    let of_allow = messages(
        "not-action-with-allow",
        r#""Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*""#,
    );
    let [message] = of_allow.as_slice() else {
        panic!("{of_allow:?}");
    };
    let counts: Vec<usize> = message
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let all = Catalog::bundled().all_actions();
    let iam = Catalog::bundled().expand("iam:*").len()
        + Catalog::bundled().expand("organizations:*").len();
    assert_eq!(counts, [all.len() - iam, all.len()]);
    let of_deny = r#""Effect":"Deny","NotAction":"iam:*","Resource":"*""#;
    assert!(messages("not-action-with-allow", of_deny).is_empty());
}

#[test]
fn size_is_held_against_the_quota() {
    let of_length = |length: usize| {
        let resource = "x".repeat(length);
        format!(r#""Effect":"Allow","Action":"s3:*","Resource":"{resource}""#)
    };
    let frame = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":""}]}"#.len();
    assert!(messages("size", &of_length(6_144 - frame)).is_empty());
    assert_eq!(
        messages("size", &of_length(6_145 - frame)),
        ["6145 characters, 1 more than a managed policy may have"]
    );
}

#[test]
fn findings_name_their_place_and_rules_explain_themselves() {
    let found = findings(r#""Effect":"Allow","Action":"s3:GetObjekt","Resource":"*""#);
    let places: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(places, ["Statement[0].Action"]);
    for known in RULES {
        assert_eq!(rule(known.name).map(|found| found.what), Some(known.what));
        for text in [known.what, known.why, known.fix] {
            assert!(
                text.ends_with('.') && text.len() > 10,
                "{}: {text}",
                known.name
            );
        }
    }
    assert!(rule("no-such-rule").is_none());
}
