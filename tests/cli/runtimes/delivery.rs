//! Delivery into a lake, builds, jobs, and containers on Kubernetes.

use serde_json::json;

use super::*;

#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn cases() -> Vec<Case> {
    let stream = arn("kinesis", "stream/clicks");
    let describe = |session: &str| {
        by(
            session,
            "aws-sdk-go/1",
            "dynamodb",
            "DescribeTable",
            &json!({ "tableName": "t" }),
        )
    };
    let table = || {
        (
            vec!["dynamodb:DescribeTable"],
            vec![arn("dynamodb", "table/t")],
        )
    };
    let stream_of = |session: &str, group: &str| {
        by(
            session,
            "aws-sdk-java/2",
            "logs",
            "CreateLogStream",
            &json!({ "logGroupName": group, "logStreamName": "x" }),
        )
    };
    let logs = |group: &str| {
        (
            vec!["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![log_group(group)],
        )
    };
    vec![
        Case {
            name: "Firehose from a stream into a bucket",
            records: vec![
                by_deployer(
                    "firehose",
                    "CreateDeliveryStream",
                    &json!({
                    "deliveryStreamName": "clicks",
                    "kinesisStreamSourceConfiguration": { "kinesisStreamARN": stream, "roleARN": role_arn() },
                    "extendedS3DestinationConfiguration": {
                        "roleARN": role_arn(), "bucketARN": "arn:aws:s3:::lake",
                        "cloudWatchLoggingOptions": { "enabled": true, "logGroupName": "/aws/kinesisfirehose/clicks" } } }),
                    &json!(null),
                ),
                assumed("firehose", "clicks"),
                by(
                    "clicks",
                    "firehose.amazonaws.com",
                    "kinesis",
                    "DescribeStream",
                    &json!({ "streamName": "clicks" }),
                ),
            ],
            current: vec![],
            own: vec![
                "s3:AbortMultipartUpload",
                "s3:GetBucketLocation",
                "s3:GetObject",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:PutObject",
                "logs:PutLogEvents",
                "kinesis:DescribeStream",
                "kinesis:GetShardIterator",
                "kinesis:GetRecords",
                "kinesis:ListShards",
            ],
            expected: vec![
                (
                    vec!["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                    vec!["arn:aws:s3:::lake/*".to_owned()],
                ),
                (
                    vec![
                        "s3:GetBucketLocation",
                        "s3:ListBucket",
                        "s3:ListBucketMultipartUploads",
                    ],
                    vec!["arn:aws:s3:::lake".to_owned()],
                ),
                (
                    vec!["logs:PutLogEvents"],
                    vec![log_group("/aws/kinesisfirehose/clicks")],
                ),
                (
                    vec![
                        "kinesis:DescribeStream",
                        "kinesis:GetShardIterator",
                        "kinesis:GetRecords",
                        "kinesis:ListShards",
                    ],
                    vec![stream],
                ),
            ],
        },
        Case {
            name: "CodeBuild",
            records: vec![
                assumed("codebuild", "AWSCodeBuild-5f2c"),
                stream_of("AWSCodeBuild-5f2c", "/aws/codebuild/app"),
            ],
            current: vec![],
            own: vec![
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "codebuild:CreateReportGroup",
                "codebuild:CreateReport",
                "codebuild:UpdateReport",
                "codebuild:BatchPutTestCases",
                "codebuild:BatchPutCodeCoverages",
            ],
            expected: vec![
                logs("/aws/codebuild/app"),
                (
                    vec![
                        "codebuild:CreateReportGroup",
                        "codebuild:CreateReport",
                        "codebuild:UpdateReport",
                        "codebuild:BatchPutTestCases",
                        "codebuild:BatchPutCodeCoverages",
                    ],
                    vec!["*".to_owned()],
                ),
            ],
        },
        Case {
            name: "Glue job",
            records: vec![
                assumed("glue", "GlueJobRunnerSession"),
                stream_of("GlueJobRunnerSession", "/aws-glue/jobs/output"),
            ],
            current: vec![],
            own: vec![
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "cloudwatch:PutMetricData",
                "iam:GetRole",
            ],
            expected: vec![
                logs("/aws-glue/jobs/output"),
                (vec!["cloudwatch:PutMetricData"], vec!["*".to_owned()]),
            ],
        },
        Case {
            name: "Batch job's execution role",
            records: vec![
                by_deployer(
                    "batch",
                    "RegisterJobDefinition",
                    &json!({ "jobDefinitionName": "nightly", "type": "container",
                    "containerProperties": { "image": "app", "executionRoleArn": role_arn() } }),
                    &json!(null),
                ),
                by(
                    "0123456789abcdef0123456789abcdef",
                    "Amazon ECS Agent/1",
                    "ecr",
                    "GetAuthorizationToken",
                    &json!({}),
                ),
            ],
            current: vec!["AmazonECSTaskExecutionRolePolicy"],
            own: vec![],
            expected: vec![
                (
                    vec![
                        "ecr:GetAuthorizationToken",
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:GetDownloadUrlForLayer",
                        "ecr:BatchGetImage",
                    ],
                    vec!["*".to_owned()],
                ),
                logs("/aws/batch/job"),
            ],
        },
        Case {
            name: "EKS service account",
            records: vec![{
                let mut record = describe("botocore-session-1");
                record["userIdentity"]["sessionContext"]["webIdFederationData"] = json!({
                    "federatedProvider": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC" });
                record
            }],
            current: vec![],
            own: vec!["dynamodb:DescribeTable", "dynamodb:DeleteTable"],
            expected: vec![table()],
        },
        Case {
            name: "EKS Pod Identity",
            records: vec![
                assumed("pods.eks", "eks-prod-web-1"),
                describe("eks-prod-web-1"),
            ],
            current: vec![],
            own: vec!["dynamodb:DescribeTable", "dynamodb:DeleteTable"],
            expected: vec![table()],
        },
    ]
}
