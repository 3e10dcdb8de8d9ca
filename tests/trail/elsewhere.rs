//! Names that are those of accounts and regions, in calls of several, and ids beside others: folded unread, they come to what they come to one by
//! one.

use serde_json::{Value, json};

use super::gathering::{calls_with_names, compare};
use super::{Folder, ROLE, gzip, record, trail};

/// Where the calls of `calls_with_names` and of `record` are made.
const HERE: (&str, &str) = ("111122223333", "eu-west-1");

/// Two accounts, and regions: one that the catalog names, and one of another partition, among them.
const PLACES: [(&str, &str); 6] = [
    HERE,
    ("222233334444", "eu-west-1"),
    ("222233334444", "ap-southeast-2"),
    ("111122223333", "us-west-2"),
    ("222233334444", "us-west-2"),
    ("111122223333", "cn-north-1"),
];

/// Names that are or hold an account or a region.
const NAMES: [&str; 6] = [
    "logs-111122223333-eu-west-1",
    "AWSLogs/111122223333/CloudTrail/eu-west-1/2026",
    "eu-west-1",
    "333344445555",
    "eu-west-1b",
    "9111122223333",
];

/// Calls in which an account or a region may tell more than where something is.
fn more_calls() -> Vec<Value> {
    let call = |source: &str, operation: &str, request: Value| json!({"eventSource": format!("{source}.amazonaws.com"), "eventName": operation, "requestParameters": request});
    let ((account, region), queue) = (
        HERE,
        "https://sqs.eu-west-1.amazonaws.com/111122223333/orders",
    );
    let object = json!({"bucketName": "b", "key": "k"});
    let encrypted = json!({"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": format!("arn:aws:kms:{region}:{account}:key/1")});
    let mut put = call("s3", "PutObject", object);
    put["responseElements"] = encrypted;
    put["resources"] =
        json!([{"ARN": "arn:aws:s3:::b", "accountId": account}, {"ARN": "arn:aws:s3:::b/k"}]);
    let mut asked = call(
        "s3",
        "DescribeMultiRegionAccessPointOperation",
        json!({"requestTokenARN": format!("arn:aws:s3:{region}:{account}:async-request/mrap/createmultiregionaccesspoint/t")}),
    );
    asked["resources"] =
        json!([{"ARN": format!("arn:aws:s3:{region}:{account}:async-request/mrap/x/t")}]);
    vec![
        put,
        asked,
        call("sqs", "SendMessage", json!({"queueUrl": queue})),
        call(
            "lambda",
            "Invoke",
            json!({"functionName": format!("{account}:function:f")}),
        ),
        call(
            "lambda",
            "Invoke",
            json!({"functionName": format!("arn:aws:lambda:{region}:{account}:function:f:live")}),
        ),
        call(
            "lambda",
            "CreateFunction20150331",
            json!({"functionName": "f", "role": format!("arn:aws:iam::{account}:role/r")}),
        ),
        call(
            "iam",
            "AttachRolePolicy",
            json!({"roleName": "r", "policyArn": format!("arn:aws:iam::{account}:policy/p")}),
        ),
        call(
            "ec2",
            "CreateImage",
            json!({"instanceId": "i-0123456789abcdef0", "zone": format!("{region}a")}),
        ),
        call(
            "sns",
            "Publish",
            json!({"topicArn": format!("arn:aws:sns:{region}:{account}:t")}),
        ),
    ]
}

/// Calls whose resources stand in AWS's own list under a name that may be that of a region, of an account or of a type.
fn listed(name: &str) -> Vec<Value> {
    let (account, region) = HERE;
    let mut calls = Vec::new();
    for (service, operation, member, kind) in [
        ("ssm", "GetParameter", "name", "parameter"),
        ("kms", "Decrypt", "keyId", "key"),
        ("dynamodb", "GetItem", "tableName", "table"),
    ] {
        for (service_of_arn, kind) in [(service, kind), (service, name), (name, kind)] {
            let arn = format!("arn:aws:{service_of_arn}:{region}:{account}:{kind}/{name}");
            calls.push(json!({
                "eventSource": format!("{service}.amazonaws.com"),
                "eventName": operation,
                "requestParameters": {member: name},
                "resources": [{"ARN": arn, "accountId": account, "type": "AWS::X::Y"}],
            }));
        }
    }
    calls
}

fn moved(record: &Value, (account, region): (&str, &str)) -> Value {
    let (here, of_here) = HERE;
    let text = record.to_string();
    serde_json::from_str(&text.replace(here, account).replace(of_here, region)).unwrap()
}

#[test]
fn calls_of_all_accounts_and_regions_come_to_the_same() {
    let mut calls = more_calls();
    calls.extend(NAMES.into_iter().take(4).flat_map(calls_with_names));
    let more = [
        HERE.0,
        "cn-north-1",
        "222233334444",
        "other",
        "table",
        "parameter",
        "key",
        "dynamodb",
    ];
    calls.extend(NAMES.into_iter().chain(more).flat_map(listed));
    let mut records = Vec::new();
    for (at, changes) in calls.iter().enumerate() {
        for (way, place) in PLACES.into_iter().enumerate() {
            for is_moved in [false, true] {
                let mut one = moved(&record(ROLE, "a"), place);
                let moved_changes = moved(changes, place);
                let changes = if is_moved { &moved_changes } else { changes };
                for (name, value) in changes.as_object().unwrap() {
                    one[name.as_str()] = value.clone();
                }
                one["awsRegion"] = json!(place.1);
                let recipient = if at % 7 == way { HERE.0 } else { place.0 };
                if at % 5 != way {
                    one["recipientAccountId"] = json!(recipient);
                }
                if at % 11 == way {
                    one["errorCode"] = json!("AccessDenied");
                }
                one["eventID"] = json!(format!("{at:03}-{way}-{is_moved}"));
                records.push(one);
            }
        }
    }
    // Whichever of them comes first makes the form.
    for is_reversed in [false, true] {
        let folder = Folder::new();
        folder.write("a.json", trail(&records));
        folder.write("b.json.gz", gzip(&trail(&records[..records.len() / 3])));
        compare(folder.path());
        if !is_reversed {
            records.reverse();
        }
    }
}

/// Objects read, whose record lists the folder above one of them as what was read, or something below it.
#[test]
fn what_is_listed_above_or_below_an_object_comes_to_the_same_in_any_order() {
    let read = |key: &str, listed: &str| {
        let mut one = record(ROLE, &format!("{key} {listed}"));
        one["requestParameters"] = json!({"bucketName": "b", "key": key});
        one["resources"] =
            json!([{"type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::b/{listed}")}]);
        one
    };
    let keys = ["dir/sub/file", "dir/file", "other/file", "dir", "file"];
    let listed = ["dir", "dir/sub", "dir/file", "dir/file/x", "file:1"];
    let mut records: Vec<Value> = keys
        .iter()
        .flat_map(|key| listed.iter().map(|listed| read(key, listed)))
        .collect();
    for _ in 0..records.len() {
        records.rotate_left(1);
        let folder = Folder::new();
        folder.write("a.json", trail(&records));
        compare(folder.path());
    }
}

/// `resources[]` may name the resource of the request, or another one: by its id, by the id's digits, with something behind it.
#[test]
fn ids_beside_those_of_the_request_come_to_the_same() {
    let (one, other) = ("i-0a1b2c3d", "i-fedcba98");
    let digits = |id: &str| id.trim_start_matches("i-").to_owned();
    let many = ["a1q", "b2w", "c3e", "d4r", "e5t", "f6y", "g7u"];
    let call = |id: &str, named: &[String]| {
        let mut record = record(ROLE, id);
        record["eventID"] = json!(id);
        record["eventSource"] = json!("ec2.amazonaws.com");
        record["eventName"] = json!("TerminateInstances");
        record["requestParameters"] = json!({"instancesSet": {"items": [{"instanceId": id}]}});
        let resources = named.iter().map(|name| {
            let arn = format!("arn:aws:ec2:eu-west-1:111122223333:instance/{name}");
            json!({"type": "AWS::EC2::Instance", "ARN": arn, "accountId": "111122223333"})
        });
        record["resources"] = resources.collect();
        record
    };
    let same = |name: String| [vec![name.clone()], vec![name]];
    let full = |id: &str| {
        let names = many.iter().map(ToString::to_string);
        names.chain([id.to_owned()]).collect::<Vec<_>>()
    };
    for named in [
        same(one.to_owned()),
        same(format!("{one}:3")),
        same(format!("{one}/zz9")),
        same(format!("word-{}", digits(one))),
        [
            vec![digits(one), one.to_owned()],
            vec![digits(other), one.to_owned()],
        ],
        [full(one), full(one)],
    ] {
        let [first, second] = [call(other, &named[0]), call(one, &named[1])];
        for records in [[&first, &second], [&second, &first]] {
            let folder = Folder::new();
            let text = trail(&records.map(Clone::clone));
            folder.write("a.json", &text);
            compare(folder.path());
            let escaped = String::from_utf8(text).unwrap();
            folder.write(
                "a.json",
                escaped.replace("instance/i-", "instance/\\u0069-"),
            );
            compare(folder.path());
        }
    }
}
