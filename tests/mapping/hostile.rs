//! Whoever can name a thing writes into the record: no name may widen a policy, and no record may crash the program.

use polgen::catalog::Catalog;
use polgen::mapping::{Scope, map};
use polgen::pattern::Pattern;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{event, lines, mapped, mapped_with, record};

#[test]
fn observed_names_are_literals() {
    let object = mapped(
        "s3",
        "GetObject",
        &json!({"bucketName": "b", "key": "a*b?c${aws:username}$"}),
    );
    assert_eq!(
        lines(&object),
        ["s3:GetObject = arn:aws:s3:::b/a${*}b${?}c${$}{aws:username}${$}"]
    );
    let function = mapped(
        "lambda",
        "Invoke",
        &json!({"functionName": "f", "qualifier": "$LATEST"}),
    );
    assert_eq!(
        lines(&function),
        ["lambda:InvokeFunction = arn:aws:lambda:eu-west-1:111122223333:function:f:${$}LATEST"]
    );
    let members = json!({"resources": [{"ARN": "arn:aws:s3:::b/*", "type": "AWS::S3::Object"}]});
    let listed = mapped_with("s3", "GetObject", &json!({}), &members);
    assert_eq!(lines(&listed), ["s3:GetObject = arn:aws:s3:::b/${*}"]);
}

#[test]
fn a_huge_list_is_granted_by_its_type() {
    let names: Vec<_> = (0..10_000).map(|at| format!("p{at}")).collect();
    let mapped = mapped("ssm", "GetParameters", &json!({"names": names}));
    assert_eq!(
        lines(&mapped),
        ["ssm:GetParameters ~ arn:aws:ssm:eu-west-1:111122223333:parameter/*"]
    );
}

#[test]
fn a_huge_list_of_arns_is_granted_by_what_they_share() {
    let arns: Vec<_> = (0..10_000)
        .map(|at| format!("arn:aws:ecs:eu-west-1:111122223333:task/c/{at}"))
        .collect();
    let mapped = mapped(
        "ecs",
        "DescribeTasks",
        &json!({"cluster": "c", "tasks": arns}),
    );
    assert_eq!(
        lines(&mapped),
        ["ecs:DescribeTasks ~ arn:aws:ecs:eu-west-1:111122223333:task/c/*"]
    );
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        "[a-z*?$:/{}|@=.-]{0,12}".prop_map(Value::from),
        "arn:aws:(s3|iam|kms):[a-z*]{0,3}:[0-9*]{0,12}:[a-z/*:]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let key = prop_oneof![
            Just("bucketName"),
            Just("key"),
            Just("items"),
            Just("content"),
            Just("role"),
            Just("functionName"),
            Just("instancesSet"),
            Just("tableName"),
            Just("keyId"),
            Just("name"),
            Just("requestItems"),
            Just("layers"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key, inner), 0..5).prop_map(|members| members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

fn call() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        Just(("s3", "GetObject")),
        Just(("s3", "CopyObject")),
        Just(("lambda", "CreateFunction20150331")),
        Just(("ec2", "RunInstances")),
        Just(("ec2", "CreateTags")),
        Just(("dynamodb", "BatchGetItem")),
        Just(("kms", "Decrypt")),
        Just(("iam", "CreateRole")),
        Just(("ssm", "GetParametersByPath")),
        Just(("sns", "Publish")),
        Just(("ecs", "RunTask")),
        Just(("apigateway", "CreateStage")),
    ]
}

proptest! {
    #[test]
    fn any_parameters_are_mapped_without_panic_and_alike((source, name) in call(), request in anything(), response in anything()) {
        let members = json!({"responseElements": response});
        let event = event(&record(source, name, &request, &members));
        let first = map(&event, Catalog::bundled());
        prop_assert_eq!(&first, &map(&event, Catalog::bundled()));
        for access in &first.accesses {
            prop_assert!(Catalog::bundled().action(&access.action).is_some(), "{:?}", access);
            if access.scope == Scope::Any {
                prop_assert_eq!(access.resource.as_str(), "*");
            }
        }
    }

    #[test]
    fn no_key_widens_a_policy(key in "[a-z*?$/{}]{1,20}", other in "[a-z*?$/{}]{1,20}") {
        let mapped = mapped("s3", "GetObject", &json!({"bucketName": "b", "key": key}));
        prop_assert_eq!(mapped.accesses.len(), 1);
        let pattern = Pattern::parse(&mapped.accesses[0].resource);
        let arn = |key: &str| format!("arn:aws:s3:::b/{key}");
        prop_assert!(pattern.matches(&arn(&key)));
        prop_assert_eq!(pattern.matches(&arn(&other)), key == other);
    }
}

#[test]
fn a_doubt_is_told_once_however_many_needs_have_it() {
    let request = json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "c/k"});
    let listed = |arn: &str| json!({"ARN": arn, "type": "AWS::S3::Object"});
    let members = json!({"resources": [
        listed("arn:aws-cn:s3:::b/elsewhere"),
        listed("arn:aws-us-gov:s3:::b/elsewhere"),
    ]});
    let mapped = mapped_with("s3", "CopyObject", &request, &members);
    let found = lines(&mapped);
    assert!(
        found.contains(&"s3:PutObject = arn:aws:s3:::b/k".to_owned()) && found.len() > 1,
        "{found:?}"
    );
    assert!(!found.iter().any(|line| line.contains("elsewhere")));
    let doubts = mapped
        .notes
        .iter()
        .filter(|note| note.contains("resources[]"));
    assert_eq!(doubts.count(), 1, "{:?}", mapped.notes);
}
