//! Records that are folded unread come to what they come to when each is read: whole, one after the other.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use polgen::catalog::Catalog;
use polgen::source::{Folding, ReadOptions, TrailSource, gather, read};
use polgen::trail::Event;
use polgen::usage::{PrincipalKind, RoleQuery, Usage};
use serde_json::{Value, json};

use super::corpus::corpus;
use super::{Folder, ROLE, gzip, lines, record, trail};

/// Every event is read and folded by itself.
pub(super) fn one_by_one(path: &Path, query: &RoleQuery) -> Usage {
    let mut usage = Usage::default();
    let mut visit = |event: Event| usage.fold(&event, query, Catalog::bundled());
    let sources = [TrailSource::Path(path.to_owned())];
    read(&sources, &ReadOptions::default(), &mut visit);
    usage.finish();
    usage
}

pub(super) fn gathered(path: &Path, query: &RoleQuery, threads: usize) -> Usage {
    let mut usage = Usage::default();
    let options = ReadOptions {
        threads: NonZero::new(threads),
        ..ReadOptions::default()
    };
    let learned = Arc::default();
    let start = || Folding::new(query, &learned);
    let sources = [TrailSource::Path(path.to_owned())];
    gather(&sources, &options, &start, &mut |share| {
        usage.merge(share.usage());
    });
    usage.finish();
    usage
}

/// Compares what is told of all roles, of all users, and of sessions apart.
pub(super) fn compare(path: &Path) {
    let split = RoleQuery {
        is_split_by_session: true,
        ..RoleQuery::every(PrincipalKind::Role)
    };
    for query in [
        RoleQuery::every(PrincipalKind::Role),
        RoleQuery::every(PrincipalKind::User),
        split,
        RoleQuery {
            is_counted_only: true,
            ..RoleQuery::every(PrincipalKind::Role)
        },
    ] {
        let wanted = one_by_one(path, &query);
        assert!(wanted.coverage.events > 0);
        for threads in [1, 3] {
            let found = gathered(path, &query, threads);
            assert_eq!(found.coverage, wanted.coverage);
            assert_eq!(found.roles_seen, wanted.roles_seen);
            assert_eq!(found.roles.len(), wanted.roles.len());
            for (arn, role) in &wanted.roles {
                let mine = &found.roles[arn];
                assert_eq!(mine.uses, role.uses, "{arn}");
                assert_eq!(mine.circles, role.circles, "{arn}");
                assert_eq!(mine.denied, role.denied, "{arn}");
                assert_eq!(mine.runtimes, role.runtimes, "{arn}");
                assert_eq!(mine, role, "{arn}");
            }
            assert_eq!(found, wanted);
        }
    }
}

#[test]
fn the_samples_come_to_the_same() {
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/trail"));
}

#[test]
fn real_records_come_to_the_same() {
    let Some(corpus) = corpus() else { return };
    compare(&corpus.join("records.ndjson.gz"));
}

#[test]
fn generated_trails_come_to_the_same() {
    let Some(folder) = std::env::var_os("POLGEN_TRAILS") else {
        println!("SKIPPED: `POLGEN_TRAILS` names no folder of generated trails");
        return;
    };
    compare(Path::new(&folder));
}

/// How records differ: in what decides, in what does not, and in how it is written.
fn differences() -> Vec<Value> {
    let mut changes = Vec::new();
    for minute in 0..20 {
        let time = format!("2026-06-{:02}T12:{minute:02}:00Z", 1 + minute % 3);
        changes.push(json!({"eventTime": time, "sourceIPAddress": format!("198.51.100.{minute}")}));
        let agent = "aws-sdk/1 exec-env/AWS_Lambda_python3.12";
        changes.push(json!({"eventTime": time, "userAgent": agent}));
    }
    changes.extend([
        json!({"sourceIPAddress": "AWS Internal", "vpcEndpointId": "vpce-1"}),
        json!({"sourceIPAddress": "192.0.2.1", "tlsDetails": {"tlsVersion": "TLSv1.3"}}),
        json!({"tlsDetails": {"cipherSuite": "x"}}),
        json!({"errorCode": "AccessDenied", "errorMessage": "not now"}),
        json!({"errorCode": "AccessDenied", "errorMessage": "never"}),
        json!({"errorCode": "NoSuchKey", "errorMessage": "one"}),
        json!({"errorCode": "NoSuchKey", "errorMessage": "another"}),
        json!({"sharedEventID": "s1", "recipientAccountId": "111122223333"}),
        json!({"sharedEventID": "s1", "recipientAccountId": "222233334444"}),
        json!({"sharedEventID": "s2", "recipientAccountId": "222233334444"}),
        json!({"eventTime": "2026-06-01T12:00:00.5Z", "readOnly": "true"}),
        json!({"eventTime": "soon"}),
        json!({"eventType": "AwsServiceEvent"}),
    ]);
    changes.extend(parameters());
    changes
}

/// Parameters in all sorts of forms.
fn parameters() -> Vec<Value> {
    let role = format!("arn:aws:iam::111122223333:role/team/{ROLE}");
    vec![
        json!({"requestParameters": {"bucketName": "b", "key": "ü\u{1F600}\"\\*?$"}}),
        json!({"requestParameters": {"BUCKETNAME": "b", "KEY": "k", "x": [{"y": "arn:aws:s3:::q/r"}]}}),
        json!({"requestParameters": null, "resources": [{"ARN": "arn:aws:s3:::b/k", "type": "AWS::S3::Object"}]}),
        json!({"requestParameters": "text", "responseElements": [1]}),
        json!({"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "userIdentity": {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
            "requestParameters": {"roleArn": role, "roleSessionName": "fn"}}),
        json!({"eventSource": "ec2.amazonaws.com", "eventName": "CreateNatGateway",
            "requestParameters": {"CreateNatGatewayRequest": {"SubnetId": "subnet-1"}}}),
    ]
}

#[test]
fn odd_records_come_to_the_same() {
    let mut records = Vec::new();
    for (number, changes) in differences().into_iter().enumerate() {
        let mut one = record(ROLE, "a");
        for (name, value) in changes.as_object().unwrap() {
            one[name.as_str()] = value.clone();
        }
        one["eventID"] = json!(format!("{number:08}"));
        records.push(one);
    }
    let folder = Folder::new();
    folder.write("a.json", trail(&records));
    records.reverse();
    folder.write("b.jsonl", lines(&records));
    compare(folder.path());
}

/// Beyond so many names under one bucket only patterns are kept, whoever folded how much of them.
#[test]
fn names_without_end_are_cut_alike_in_any_order() {
    let name = |number: usize| match number % 3 {
        0 => format!("in/2026/06/{number}.json"),
        1 => format!("letters/{}/{}/cover.png", number % 97, number),
        _ => format!(
            "flat-{}-{}",
            number % 7,
            char::from(b'a' + u8::try_from(number % 26).unwrap())
        ),
    };
    let folder = Folder::new();
    for file in 0..8 {
        let records: Vec<Value> = (0..800)
            .map(|index| record(ROLE, &name(file * 800 + index)))
            .collect();
        folder.write(&format!("{file}.json.gz"), gzip(&trail(&records)));
    }
    let query = RoleQuery::every(PrincipalKind::Role);
    let wanted = one_by_one(folder.path(), &query);
    let role = wanted.roles.values().next().unwrap();
    assert_eq!(role.events, 6400);
    assert!(role.uses.len() <= 4096, "{}", role.uses.len());
    assert_eq!(role.cuts.parents().count(), 1);
    let count: u64 = role.uses.values().map(|evidence| evidence.count).sum();
    assert_eq!(count, 6400);
    for threads in [1, 2, 5] {
        assert_eq!(gathered(folder.path(), &query, threads), wanted);
    }
}

/// With so many accesses in all only few names are kept under each bucket, whoever folded how much of them.
#[test]
fn many_names_in_many_buckets_are_cut_alike_in_any_order() {
    let folder = Folder::new();
    for file in 0..5 {
        let records: Vec<Value> = (0..3000)
            .map(|index| {
                let number = file * 3000 + index;
                let key = match number % 8 {
                    1 => "config.json".to_owned(),
                    0 | 2 | 4 => format!("letters/{number}/cover.png"),
                    6 => format!("a*{number}"),
                    _ => format!("in/2026/06/{number}.json"),
                };
                // One role in many buckets, and some with so many names in one that a single thread sees what will come.
                let (role, bucket) = match number % 10 {
                    0 => (ROLE.to_owned(), number / 10 % 50),
                    other => (format!("reader-{}", other % 3), 0),
                };
                let mut one = record(&role, &key);
                one["requestParameters"]["bucketName"] = json!(format!("bucket-{bucket}"));
                one
            })
            .collect();
        folder.write(&format!("{file}.json.gz"), gzip(&trail(&records)));
    }
    let query = RoleQuery::every(PrincipalKind::Role);
    let wanted = one_by_one(folder.path(), &query);
    assert_eq!(wanted.roles.len(), 4);
    let mut count = 0;
    for role in wanted.roles.values() {
        assert!(role.cuts.parents().count() > 0 && role.uses.len() < 4096);
        count += role
            .uses
            .values()
            .map(|evidence| evidence.count)
            .sum::<u64>();
    }
    assert_eq!(count, 15_000);
    for threads in [1, 2, 5] {
        assert_eq!(gathered(folder.path(), &query, threads), wanted);
    }
}

/// Callers who are not asked for are forgotten once there are thousands, and met again.
#[test]
fn many_others_come_to_the_same() {
    let folder = Folder::new();
    for file in 0..2 {
        let records: Vec<Value> = (0..5400)
            .map(|number| match number % 9 {
                0 => record(ROLE, "a"),
                _ => record(&format!("other-{number}"), "b"),
            })
            .collect();
        folder.write(&format!("{file}.json.gz"), gzip(&trail(&records)));
    }
    let query = RoleQuery::parse(ROLE).unwrap();
    let wanted = one_by_one(folder.path(), &query);
    assert_eq!(wanted.roles_seen.len(), 4801);
    assert_eq!(gathered(folder.path(), &query, 1), wanted);
}

/// Calls of operations that name things in all ways: plainly, by ARN, through filters, in the answer, in a context.
#[expect(clippy::too_many_lines, reason = "a table of calls")]
pub(super) fn calls_with_names(name: &str) -> Vec<Value> {
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{rest}");
    let call = |source: &str, operation: &str, request: Value| json!({"eventSource": format!("{source}.amazonaws.com"), "eventName": operation, "requestParameters": request});
    let with_resource = |mut call: Value, arn: String| {
        call["resources"] = json!([{"ARN": arn, "accountId": "111122223333", "type": "AWS::X::Y"}]);
        call
    };
    let table = arn("dynamodb", &format!("table/{name}"));
    let group = arn(
        "elasticloadbalancing",
        &format!("targetgroup/{name}/73e2d6bc24d8a067"),
    );
    let key = arn("kms", &format!("key/{name}"));
    let object = format!("arn:aws:s3:::{name}/{name}");
    let role = format!("arn:aws:iam::111122223333:role/{name}");
    let assumed = |path: &str| {
        let arn = format!("arn:aws:iam::111122223333:role/{path}/{name}");
        json!({"roleArn": arn, "roleSessionName": "s"})
    };
    let other = "i-0fedcba9876543210";
    let instances =
        json!({"instancesSet": {"items": [{"instanceId": name}, {"instanceId": other}]}});
    vec![
        call("dynamodb", "GetItem", json!({"tableName": name})),
        call("dynamodb", "GetItem", json!({"tableName": table})),
        with_resource(
            call(
                "dynamodb",
                "Query",
                json!({"tableName": name, "indexName": name}),
            ),
            table,
        ),
        call(
            "elasticloadbalancing",
            "DescribeTargetHealth",
            json!({"targetGroupArn": group}),
        ),
        call(
            "kms",
            "GenerateDataKey",
            json!({"keyId": key, "encryptionContext": {"aws:s3:arn": object, "other": name}}),
        ),
        call("kms", "Encrypt", json!({"keyId": format!("alias/{name}")})),
        with_resource(call("kms", "Decrypt", json!(null)), key),
        with_resource(
            call("s3", "GetObject", json!({"bucketName": name, "key": name})),
            object,
        ),
        call(
            "s3",
            "ListObjects",
            json!({"bucketName": name, "prefix": name}),
        ),
        call(
            "s3",
            "GetBucketAcl",
            json!({"bucketName": name, "BUCKETNAME": "other"}),
        ),
        call(
            "sts",
            "AssumeRole",
            json!({"roleArn": role, "roleSessionName": name}),
        ),
        call(
            "route53",
            "ListResourceRecordSets",
            json!({"hostedZoneId": name}),
        ),
        call("lambda", "Invoke", json!({"functionName": name})),
        call(
            "secretsmanager",
            "GetSecretValue",
            json!({"secretId": arn("secretsmanager", &format!("secret:{name}"))}),
        ),
        call(
            "secretsmanager",
            "PutSecretValue",
            json!({"secretId": name}),
        ),
        call(
            "lambda",
            "UpdateFunctionConfiguration20150331v2",
            json!({"functionName": name, "role": role}),
        ),
        call(
            "ecs",
            "DescribeTasks",
            json!({"cluster": name, "tasks": [arn("ecs", &format!("task/{name}/{name}"))]}),
        ),
        call(
            "ecr",
            "BatchGetImage",
            json!({"registryId": "111122223333", "repositoryName": name}),
        ),
        call("apigateway", "GetStages", json!({"restApiId": name})),
        call(
            "logs",
            "CreateLogStream",
            json!({"logGroupName": name, "logStreamName": name}),
        ),
        call(
            "states",
            "DescribeExecution",
            json!({"executionArn": arn("states", &format!("execution:{name}:{name}"))}),
        ),
        call(
            "ec2",
            "CreateNetworkInterface",
            json!({"subnetId": name, "description": name}),
        ),
        call("ec2", "TerminateInstances", instances.clone()),
        call("ec2", "DescribeInstances", instances),
        call(
            "ec2",
            "RunInstances",
            json!({"instancesSet": {"items": [{"imageId": name, "minCount": 1}]}, "subnetId": name}),
        ),
        call(
            "ssm",
            "UpdateInstanceInformation",
            json!({"instanceId": name}),
        ),
        call(
            "ssm",
            "SendCommand",
            json!({"instanceIds": [name, "i-0fedcba9876543210"], "documentName": name}),
        ),
        call("sts", "AssumeRole", assumed("service-role")),
        call("sts", "AssumeRole", assumed("app/ledger")),
        call("sts", "AssumeRole", assumed(name)),
        call(
            "sts",
            "AssumeRole",
            assumed("aws-reserved/sso.amazonaws.com"),
        ),
    ]
}

/// Names that are words, numbers, accounts, parts of ARNs, and such as tell the type of a resource.
#[test]
fn names_of_all_kinds_come_to_the_same() {
    let names = [
        "data",
        "a.b_c-2",
        "i-0abc",
        "111122223333",
        "7",
        "table",
        "stages",
        "account",
        "aws",
        "root",
        "a/b",
        "a:b",
        "arn:aws:s3:::b",
        "$LATEST",
        "x*y",
        "ü",
        "polgen-probe-a",
        "another/name-of.its_own",
        "i-0123456789abcdef0",
        "i-0fedcba9876543211",
        "subnet-0a1b2c3d",
        "service-role",
        "db-AbCdEf",
    ];
    let folder = Folder::new();
    let mut records = Vec::new();
    for (number, name) in names.iter().enumerate() {
        for (at, changes) in calls_with_names(name).into_iter().enumerate() {
            for (way, more) in [
                json!({}),
                json!({"errorCode": "AccessDenied", "errorMessage": format!("no {name}")}),
                json!({"userIdentity": {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}}),
            ]
            .into_iter()
            .enumerate()
            {
                let role = if number % 2 == 0 { ROLE } else { "web-api" };
                let mut one = record(role, "a");
                one["eventID"] = json!(format!("{number:03}-{at:03}-{way}"));
                for (name, value) in changes.as_object().unwrap().iter().chain(more.as_object().unwrap()) {
                    one[name.as_str()] = value.clone();
                }
                records.push(one);
            }
        }
    }
    folder.write("a.json", trail(&records));
    records.reverse();
    folder.write("b.json.gz", gzip(&trail(&records[..records.len() / 2])));
    compare(folder.path());
}
