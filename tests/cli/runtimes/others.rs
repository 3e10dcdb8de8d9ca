//! API Gateway, EventBridge, EC2, GitHub.

use serde_json::json;

use super::*;

#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn cases() -> Vec<Case> {
    let agent = "aws-sdk-go/1.55 (go1.22) amazon-ssm-agent/3.3";
    let instance = "i-0123456789abcdef0";
    vec![
        Case {
            name: "API Gateway logging",
            records: vec![by(
                "BackplaneAssumeRoleSession",
                "apigateway.amazonaws.com",
                "logs",
                "CreateLogStream",
                &json!({ "logGroupName": "API-Gateway-Execution-Logs_a1b2/prod", "logStreamName": "x" }),
            )],
            current: vec!["AmazonAPIGatewayPushToCloudWatchLogs"],
            own: vec![],
            expected: vec![
                (
                    vec!["logs:CreateLogStream", "logs:PutLogEvents"],
                    vec![log_group("API-Gateway-Execution-Logs_a1b2/prod")],
                ),
                (
                    vec![
                        "logs:CreateLogGroup",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                        "logs:GetLogEvents",
                        "logs:FilterLogEvents",
                    ],
                    vec!["*".to_owned()],
                ),
            ],
        },
        Case {
            name: "EventBridge target",
            records: vec![
                by_deployer(
                    "events",
                    "PutTargets",
                    &json!({ "rule": "nightly", "targets": [
                    { "id": "1", "arn": arn("kinesis", "stream/clicks"), "roleArn": role_arn() } ] }),
                    &json!(null),
                ),
                by(
                    "x",
                    "events.amazonaws.com",
                    "kinesis",
                    "DescribeStream",
                    &json!({ "streamName": "clicks" }),
                ),
            ],
            current: vec![],
            own: vec![
                "kinesis:PutRecord",
                "kinesis:DescribeStream",
                "kinesis:DeleteStream",
            ],
            expected: vec![(
                vec!["kinesis:PutRecord", "kinesis:DescribeStream"],
                vec![arn("kinesis", "stream/clicks")],
            )],
        },
        Case {
            name: "EC2 with the SSM agent",
            records: vec![{
                let mut record = by(
                    instance,
                    agent,
                    "ssm",
                    "UpdateInstanceInformation",
                    &json!({ "instanceId": instance }),
                );
                record["userIdentity"]["sessionContext"]["ec2RoleDelivery"] = json!("2.0");
                record
            }],
            current: vec!["AmazonSSMManagedInstanceCore"],
            own: vec![],
            expected: Vec::new(),
        },
        Case {
            name: "GitHub Actions",
            records: vec![{
                let mut record = by(
                    "GitHubActions",
                    "aws-cli/2",
                    "s3",
                    "ListAllMyBuckets",
                    &json!({}),
                );
                record["eventName"] = json!("ListBuckets");
                record["userIdentity"]["sessionContext"]["webIdFederationData"] = json!({ "federatedProvider": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" });
                record
            }],
            current: vec![],
            own: vec!["s3:ListAllMyBuckets", "s3:CreateBucket"],
            expected: vec![(vec!["s3:ListAllMyBuckets"], vec!["*".to_owned()])],
        },
    ]
}
