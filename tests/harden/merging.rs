//! A merged bucket policy refuses what it must, keeps every statement, denies nothing over TLS, and is the same when merged again.
//!
//! The proofs of the merge are not trusted here: requests are tried one by one, by the evaluator, as several principals.

use polgen::harden::fix::merge;
use polgen::policy::evaluate::Principal;
use polgen::policy::{CompiledPolicy, Context, Document, PolicyKind, PolicySet, Request, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:s3:::acme-data";
const ACTIONS: [&str; 5] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
];
const RESOURCES: [&str; 3] = [
    ARN,
    "arn:aws:s3:::acme-data/in/a",
    "arn:aws:s3:::acme-data/secret",
];
const PRINCIPALS: [&str; 3] = [
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::444455556666:role/other",
    "cloudtrail.amazonaws.com",
];

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![Just("Allow"), Just("Deny")];
    let principal = prop_oneof![
        Just(json!("*")),
        Just(json!({"AWS": "*"})),
        Just(json!({"AWS": PRINCIPALS[0]})),
        Just(json!({"Service": PRINCIPALS[2]})),
    ];
    let action = prop_oneof![
        Just(json!("s3:*")),
        Just(json!("s3:Get*")),
        Just(json!(["s3:PutObject", "s3:ListBucket"])),
        Just(json!("*")),
    ];
    let resource = prop_oneof![
        Just(json!([ARN, "arn:aws:s3:::acme-data/*"])),
        Just(json!("arn:aws:s3:::acme-data/in/*")),
        Just(json!(ARN)),
        Just(json!("*")),
    ];
    let condition = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({"Bool": {"aws:SecureTransport": "false"}})),
        1 => Just(json!({"Bool": {"aws:SecureTransport": "true"}})),
        1 => Just(json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
        1 => Just(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}})),
        1 => Just(json!({"StringLike": {"s3:prefix": "${aws:username}/*"}})),
        1 => Just(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})),
    ];
    (
        effect,
        principal,
        action,
        resource,
        condition,
        any::<bool>(),
    )
        .prop_map(|(effect, principal, action, resource, condition, is_not)| {
            let mut statement =
                json!({"Effect": effect, "Principal": principal, "Resource": resource});
            let key = if is_not && effect == "Deny" {
                "NotAction"
            } else {
                "Action"
            };
            statement[key] = action;
            if condition != json!({}) {
                statement["Condition"] = condition;
            }
            statement
        })
}

fn document() -> impl Strategy<Value = Option<Document>> {
    let statements = prop::collection::vec(statement(), 1..5);
    let version = prop_oneof![Just("2012-10-17"), Just("2008-10-17")];
    prop::option::of((statements, version).prop_map(|(statements, version)| {
        let value = json!({"Version": version, "Statement": statements});
        Document::parse(&value.to_string(), PolicyKind::Resource).unwrap()
    }))
}

/// Every request of a small world, with whether it comes over TLS of a version that is let through.
fn requests() -> Vec<(bool, Request)> {
    let mut all = Vec::new();
    for action in ACTIONS {
        for resource in RESOURCES {
            for principal in PRINCIPALS {
                for tls in [None, Some("1.1"), Some("1.2"), Some("1.3")] {
                    for org in [None, Some("o-a1b2c3d4e5")] {
                        let mut context = Context::default();
                        let flag = if tls.is_some() { "true" } else { "false" };
                        context.insert("aws:SecureTransport", vec![flag.to_owned()]);
                        if let Some(tls) = tls {
                            context.insert("s3:TlsVersion", vec![tls.to_owned()]);
                        }
                        if let Some(org) = org {
                            context.insert("aws:PrincipalOrgID", vec![org.to_owned()]);
                        }
                        context.insert("aws:SourceIp", vec!["198.51.100.7".to_owned()]);
                        let request = Request::new(action, resource, context)
                            .by(Principal::parse(principal))
                            .in_account("111122223333");
                        all.push((tls.is_some_and(|version| version >= "1.2"), request));
                    }
                }
            }
        }
    }
    all
}

fn verdict(document: Option<&Document>, request: &Request) -> Verdict {
    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let identity = Document::parse(everything, PolicyKind::Identity).unwrap();
    let set = PolicySet {
        identity: vec![CompiledPolicy::new(&identity)],
        resource: document.map(CompiledPolicy::new),
        ..PolicySet::default()
    };
    set.decide(request).verdict
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_merged_policy_refuses_plain_http_and_nothing_else(existing in document()) {
        let merged = merge(existing.as_ref(), ARN, (true, true)).unwrap();
        let before = existing.as_ref().map(|one| one.statements.clone()).unwrap_or_default();
        prop_assert_eq!(&merged.whole.statements[..before.len()], &before[..]);
        prop_assert_eq!(merged.whole.statements.len(), before.len() + merged.added.len());
        for (is_new_tls, request) in requests() {
            let after = verdict(Some(&merged.whole), &request);
            if is_new_tls {
                let before = verdict(existing.as_ref(), &request);
                prop_assert_eq!(before, after, "{:?}", request);
            } else {
                prop_assert_eq!(after, Verdict::ExplicitDeny, "{:?}", request);
            }
        }
        let again = merge(Some(&merged.whole), ARN, (true, true)).unwrap();
        prop_assert!(again.added.is_empty());
        prop_assert_eq!(again.whole, merged.whole);
    }
}

#[test]
fn only_what_is_wanted_is_added() {
    let tls = merge(None, ARN, (true, false)).unwrap();
    assert_eq!(tls.added.len(), 1);
    assert_eq!(tls.added[0].sid.as_deref(), Some("DenyWithoutTls"));
    let nothing = merge(Some(&tls.whole), ARN, (true, false)).unwrap();
    assert!(nothing.added.is_empty());
    let both = merge(Some(&tls.whole), ARN, (true, true)).unwrap();
    assert_eq!(both.added.len(), 1);
}

#[test]
fn a_name_that_is_taken_gets_a_number_and_too_much_is_refused() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyWithoutTls","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;
    let taken = Document::parse(text, PolicyKind::Resource).unwrap();
    let merged = merge(Some(&taken), ARN, (true, false)).unwrap();
    assert_eq!(merged.added[0].sid.as_deref(), Some("DenyWithoutTls2"));
    let mut large = taken;
    let one = large.statements[0].clone();
    large.statements = vec![one; 300];
    let error = merge(Some(&large), ARN, (true, false)).unwrap_err();
    assert!(error.to_string().contains("bytes"), "{error}");
}
