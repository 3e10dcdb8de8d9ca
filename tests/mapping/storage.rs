//! Buckets and tables: objects, versions, copies, indexes, transactions.

use serde_json::{Value, json};

use super::assert_cases;

#[test]
fn s3() {
    let object = || json!({"bucketName": "b", "key": "a/b.txt"});
    assert_cases(&[
        (
            "s3",
            "GetObject",
            object(),
            &["s3:GetObject = arn:aws:s3:::b/a/b.txt"],
        ),
        (
            "s3",
            "GetObject",
            json!({"bucketName": "b", "key": "k", "versionId": "v1"}),
            &["s3:GetObjectVersion = arn:aws:s3:::b/k"],
        ),
        (
            "s3",
            "HeadObject",
            object(),
            &["s3:GetObject = arn:aws:s3:::b/a/b.txt"],
        ),
        (
            "s3",
            "ListObjects",
            json!({"bucketName": "b", "prefix": "x/"}),
            &["s3:ListBucket = arn:aws:s3:::b"],
        ),
        (
            "s3",
            "PutObject",
            json!({"bucketName": "b", "key": "k", "x-amz-acl": "private", "x-amz-tagging": "a=b"}),
            &[
                "s3:PutObject = arn:aws:s3:::b/k",
                "s3:PutObjectAcl = arn:aws:s3:::b/k",
                "s3:PutObjectTagging = arn:aws:s3:::b/k",
            ],
        ),
    ]);
}

#[test]
fn s3_sources_retention_and_access_points() {
    assert_cases(&[
        (
            "s3",
            "CopyObject",
            json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "/from/a%20b/c"}),
            &[
                "s3:GetObject = arn:aws:s3:::from/a b/c",
                "s3:PutObject = arn:aws:s3:::b/k",
            ],
        ),
        (
            "s3",
            "CopyObject",
            json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "from/c?versionId=1"}),
            &[
                "s3:GetObjectVersion = arn:aws:s3:::from/c",
                "s3:PutObject = arn:aws:s3:::b/k",
            ],
        ),
        (
            "s3",
            "DeleteObject",
            json!({"bucketName": "b", "key": "k", "x-amz-bypass-governance-retention": "true"}),
            &[
                "s3:BypassGovernanceRetention = arn:aws:s3:::b/k",
                "s3:DeleteObject = arn:aws:s3:::b/k",
            ],
        ),
        (
            "s3",
            "DeleteObjects",
            json!({"bucketName": "b", "delete": {"object": [{"key": "k1"}, {"key": "k2"}]}}),
            &[
                "s3:DeleteObject = arn:aws:s3:::b/k1",
                "s3:DeleteObject = arn:aws:s3:::b/k2",
            ],
        ),
        (
            "s3",
            "GetObject",
            json!({"bucketName": "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap", "key": "k"}),
            &["s3:GetObject = arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/k"],
        ),
    ]);
}

#[test]
fn dynamodb() {
    const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/";
    let table = |action: &str, rest: &str| format!("dynamodb:{action} = {TABLE}{rest}");
    let transaction = json!({"transactItems": [{"put": {"tableName": "a"}}, {"delete": {"tableName": "b"}},
        {"put": {"tableName": "c"}}]});
    let cases: [(&str, Value, Vec<String>); 8] = [
        (
            "PutItem",
            json!({"tableName": "t"}),
            vec![table("PutItem", "t")],
        ),
        (
            "PutItem",
            json!({"tableName": format!("{TABLE}t")}),
            vec![table("PutItem", "t")],
        ),
        (
            "Query",
            json!({"tableName": "t"}),
            vec![table("Query", "t")],
        ),
        (
            "Query",
            json!({"tableName": "t", "indexName": "i"}),
            vec![table("Query", "t/index/i")],
        ),
        (
            "BatchGetItem",
            json!({"requestItems": {"t1": {}, "t2": {}}}),
            vec![table("BatchGetItem", "t1"), table("BatchGetItem", "t2")],
        ),
        (
            "TransactWriteItems",
            transaction,
            vec![
                table("DeleteItem", "b"),
                table("PutItem", "a"),
                table("PutItem", "c"),
            ],
        ),
        (
            "GetRecords",
            json!({"shardIterator": "x"}),
            vec![format!("dynamodb:GetRecords ~ {TABLE}*/stream/*")],
        ),
        (
            "DescribeStream",
            json!({"streamArn": format!("{TABLE}t/stream/2026")}),
            vec![table("DescribeStream", "t/stream/2026")],
        ),
    ];
    for (name, request, wanted) in cases {
        let mapped = super::mapped("dynamodb", name, &request);
        assert_eq!(super::lines(&mapped), wanted, "{name} {request}");
    }
}

#[test]
fn partiql_by_its_verb() {
    for (statement, action) in [
        ("SELECT * FROM \"t\"", "PartiQLSelect"),
        ("  insert INTO t VALUE {}", "PartiQLInsert"),
        ("Update t SET a=1", "PartiQLUpdate"),
        ("DELETE FROM t", "PartiQLDelete"),
    ] {
        let members =
            json!({"resources": [{"ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/t"}]});
        let mapped = super::mapped_with(
            "dynamodb",
            "ExecuteStatement",
            &json!({"statement": statement}),
            &members,
        );
        let wanted = format!("dynamodb:{action} = arn:aws:dynamodb:eu-west-1:111122223333:table/t");
        assert_eq!(super::lines(&mapped), [wanted], "{statement}");
    }
}
