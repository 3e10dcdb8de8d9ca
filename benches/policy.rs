//! The policy language: decisions a second, and proofs between policies of the largest size.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up its input should fail at once"
)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use polgen::policy::document::Quota;
use polgen::policy::prove::{Options, relate};
use polgen::policy::{
    CompiledPolicy, Context, Document, PolicyKind, PolicySet, Request, Statement,
};

fn main() {
    divan::main();
}

/// A policy as an application has it: ten statements over services, one with a condition, one that denies.
const TYPICAL: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::acme-data/in/*"},
    {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-data"},
    {"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Query","dynamodb:PutItem"],"Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders*"},
    {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111122223333:jobs"},
    {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-??????"},
    {"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/app:*"},
    {"Effect":"Allow","Action":["xray:PutTraceSegments","xray:PutTelemetryRecords"],"Resource":"*"},
    {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/worker","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}},
    {"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-west-1:111122223333:key/*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}},
    {"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;

const REQUESTS: &[(&str, &str)] = &[
    (
        "s3:GetObject",
        "arn:aws:s3:::acme-data/in/2026/06/01/00000001.json",
    ),
    (
        "s3:DeleteObject",
        "arn:aws:s3:::acme-data/in/2026/06/01/00000001.json",
    ),
    (
        "dynamodb:Query",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    ),
    (
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/app:log-stream:1",
    ),
    (
        "kms:Decrypt",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
];

#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    let document = Document::parse(TYPICAL, PolicyKind::Identity).unwrap();
    let set = PolicySet::of_identity([&document]);
    let context: Context = [
        ("aws:SecureTransport", vec!["true".to_owned()]),
        (
            "kms:ViaService",
            vec!["s3.eu-west-1.amazonaws.com".to_owned()],
        ),
    ]
    .into_iter()
    .collect();
    let requests: Vec<Request> = REQUESTS
        .iter()
        .map(|(action, resource)| Request::new(*action, *resource, context.clone()))
        .collect();
    bencher.counter(ItemsCount::new(requests.len())).bench(|| {
        requests
            .iter()
            .filter(|request| set.decide(black_box(request)).is_allowed())
            .count()
    });
}

/// A managed policy as large as IAM accepts, of statements such as suggestions have.
fn large(seed: usize) -> Document {
    let mut document = Document::new(Vec::new());
    let mut number = seed;
    while document.size() < Quota::Managed.characters() {
        let service = ["s3", "sqs", "dynamodb"]
            .get(number % 3)
            .copied()
            .unwrap_or("s3");
        document.statements.push(Statement::allow(
            [
                format!("{service}:Get*"),
                format!("{service}:Put{}", number % 7),
            ],
            [
                format!("arn:aws:{service}:::bucket-{}/in/*", number % 40),
                format!("arn:aws:{service}:::*-{}/*/x{number}", number % 11),
            ],
        ));
        number += 1;
    }
    document.statements.pop();
    document
}

#[divan::bench]
fn relate_two_of_the_largest_size(bencher: Bencher<'_, '_>) {
    let old = [CompiledPolicy::new(&large(1))];
    let new = [CompiledPolicy::new(&large(2))];
    bencher.bench(|| relate(black_box(&old), black_box(&new), &Options::default()));
}

#[divan::bench]
fn relate_one_of_the_largest_size_to_itself_split(bencher: Bencher<'_, '_>) {
    let whole = large(1);
    let (left, right) = whole.statements.split_at(whole.statements.len() / 2);
    let halves = [left, right].map(|half| CompiledPolicy::new(&Document::new(half.to_vec())));
    let whole = [CompiledPolicy::new(&whole)];
    bencher.bench(|| relate(black_box(&whole), black_box(&halves), &Options::default()));
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let text = large(1).to_string();
    bencher.bench(|| Document::parse(black_box(&text), PolicyKind::Identity));
}

/// Patterns whose product is too large to walk: this is the longest that a comparison may take.
#[divan::bench(sample_count = 3)]
fn relate_up_to_the_limit_of_work(bencher: Bencher<'_, '_>) {
    let resources = |tail: &str| -> Vec<String> {
        (0..40)
            .map(|number| format!("*{number}?????????x*{number}*{tail}"))
            .collect()
    };
    let [old, new] = ["y", "z"].map(|tail| {
        let statements = resources(tail).into_iter();
        let statements = statements.map(|resource| Statement::allow(["s3:Get*"], [resource]));
        [CompiledPolicy::new(&Document::new(statements.collect()))]
    });
    bencher.bench(|| relate(black_box(&old), black_box(&new), &Options::default()));
}

/// Policies of the largest size with conditions of every kind: what can be answered in too many ways.
#[divan::bench(sample_count = 3)]
fn relate_under_many_conditions(bencher: Bencher<'_, '_>) {
    let keys = [
        "aws:PrincipalTag/a",
        "aws:PrincipalTag/b",
        "s3:prefix",
        "aws:SourceIp",
    ];
    let statement = |number: usize, tail: &str| {
        let key = keys.get(number % 4).copied().unwrap_or("s3:prefix");
        let (operator, values) = match key {
            "aws:SourceIp" => ("IpAddress", vec![format!("10.{number}.0.0/16")]),
            "s3:prefix" => (
                "ForAnyValue:StringLike",
                vec![format!("*{number}*"), format!("?{number}*{tail}")],
            ),
            _ => (
                "StringLike",
                vec![
                    format!("*a*{number}*b*"),
                    format!("*{tail}*{number}"),
                    format!("??{number}*"),
                ],
            ),
        };
        let mut made = Statement::allow(
            ["s3:Get*"],
            [format!("arn:aws:s3:::*{number}*{tail}*/x?{number}")],
        );
        let of_key = [(key.to_owned(), values)].into_iter().collect();
        made.conditions.insert(operator.to_owned(), of_key);
        made
    };
    let policy = |tail: &str| {
        let mut document = Document::new(Vec::new());
        while document.size() < Quota::Managed.characters() {
            document
                .statements
                .push(statement(document.statements.len(), tail));
        }
        document.statements.pop();
        [CompiledPolicy::new(&document)]
    };
    let (old, new) = (policy("y"), policy("z"));
    bencher.bench(|| relate(black_box(&old), black_box(&new), &Options::default()));
}
