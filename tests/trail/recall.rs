//! Records that are counted where one like them was counted come to what they come to when each is read, whatever an open-ended
//! name is and wherever it stands a second time.

use serde_json::{Value, json};

use super::gathering::compare;
use super::{Folder, ROLE, record, trail};

/// Names that also are, or hold, or end in what stands beside them.
const NAMES: [&str; 22] = [
    "k1",
    "k2",
    "dir/k1",
    "dir/k2",
    "b",
    "b/b",
    "dir/b",
    "b/dir",
    "s3",
    "aws",
    "arn",
    "x/x",
    "x",
    "x/x/x",
    "Object",
    "AWS",
    "111122223333",
    "dir",
    "dir/",
    "a b",
    "other",
    "polgen-probe-b",
];

/// What is told of one object, each time with other things beside it.
fn calls(name: &str) -> Vec<Value> {
    let object = |arn: String| json!([{"type": "AWS::S3::Object", "ARN": arn}, {"type": "AWS::S3::Bucket", "accountId": "111122223333", "ARN": "arn:aws:s3:::b"}]);
    let request = json!({"bucketName": "b", "key": name});
    vec![
        json!({"requestParameters": request, "resources": object(format!("arn:aws:s3:::b/{name}"))}),
        json!({"requestParameters": request, "resources": object(format!("arn:aws:s3:::b/{name}/{name}"))}),
        json!({"requestParameters": request, "resources": object(format!("arn:aws:s3:::{name}/x"))}),
        json!({"requestParameters": request, "resources": object("arn:aws:s3:::b/k1".to_owned())}),
        json!({"requestParameters": request, "resources": [{"ARNPrefix": name, "type": name, "ARN": format!("arn:aws:s3:::b/x/{name}")}]}),
        json!({"requestParameters": {"bucketName": name, "key": name}}),
        json!({"requestParameters": {"bucketName": "b", "key": name, "prefix": format!("dir/{name}")}}),
        json!({"requestParameters": {"key": name, "bucketName": "b", "copySource": format!("arn:aws:s3:::other/{name}")}}),
        json!({"requestParameters": {"key": name, "bucketName": "dir"}, "responseElements": {"key": name, "bucketName": "b"}}),
        json!({"requestParameters": request, "errorCode": "AccessDenied", "errorMessage": format!("no {name}")}),
        json!({"requestParameters": request, "errorCode": "NoSuchKey", "errorMessage": format!("no {name}")}),
    ]
}

#[test]
fn records_that_are_recalled_come_to_the_same() {
    let folder = Folder::new();
    let mut records = Vec::new();
    for round in 0..2 {
        for (number, name) in NAMES.iter().enumerate() {
            for (at, changes) in calls(name).into_iter().enumerate() {
                for (way, operation) in ["GetObject", "CopyObject", "ListObjects"]
                    .into_iter()
                    .enumerate()
                {
                    let role = if (number + round) % 2 == 0 {
                        ROLE
                    } else {
                        "web-api"
                    };
                    let session = if way == 0 { "a" } else { "i-0123456789abcdef0" };
                    let mut one = record(role, session);
                    one["eventID"] = json!(format!("{round}-{number:03}-{at:03}-{way}"));
                    one["eventSource"] = json!("s3.amazonaws.com");
                    one["eventName"] = json!(operation);
                    for (member, value) in changes.as_object().unwrap() {
                        one[member.as_str()] = value.clone();
                    }
                    records.push(one);
                }
            }
        }
    }
    folder.write("a.json", trail(&records));
    compare(folder.path());
}
