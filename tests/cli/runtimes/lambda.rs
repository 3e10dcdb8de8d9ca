//! Lambda: logs, tracing, network, pollers, dead letters.

use serde_json::{Value, json};

use super::*;

#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn cases() -> Vec<Case> {
    let worker = || log_worker("orders", "/aws/lambda/orders");
    let queue = arn("sqs", "orders");
    let stream = arn("kinesis", "stream/clicks");
    let table_stream = arn("dynamodb", "table/orders/stream/2026-06-01T00:00:00.000");
    let cluster = arn("kafka", "cluster/events/0f0e-1");
    let dead = arn("sqs", "dead-orders");
    let everywhere = || vec!["*".to_owned()];
    let poller = |name: &str, parameters: &Value| {
        let session = "awslambda_7_20260610100000000";
        by(session, "leb-kcl-7", "kinesis", name, parameters)
    };
    vec![
        Case {
            name: "Lambda, logs",
            records: vec![assumed("lambda", "orders"), worker()],
            current: vec!["AWSLambdaBasicExecutionRole"],
            own: vec![],
            expected: vec![lambda_logs()],
        },
        Case {
            name: "Lambda, another log group, tracing",
            records: vec![
                function_config(&json!({
                    "loggingConfig": { "logGroup": "/app/orders" }, "tracingConfig": { "mode": "Active" }
                })),
                log_worker("orders", "/app/orders"),
            ],
            current: vec!["AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"],
            own: vec![],
            expected: vec![
                (
                    vec!["logs:CreateLogStream", "logs:PutLogEvents"],
                    vec![log_group("/app/orders")],
                ),
                (
                    vec![
                        "xray:PutTraceSegments",
                        "xray:PutTelemetryRecords",
                        "xray:GetSamplingTargets",
                    ],
                    everywhere(),
                ),
            ],
        },
        Case {
            name: "Lambda in a VPC",
            records: vec![
                function_config(&json!({ "vpcConfig": { "subnetIds": ["subnet-1"] } })),
                worker(),
            ],
            current: vec!["AWSLambdaVPCAccessExecutionRole"],
            own: vec![],
            expected: vec![lambda_logs(), (NETWORK.to_vec(), everywhere())],
        },
        Case {
            name: "Lambda, VPC role without a sign of the VPC",
            records: vec![assumed("lambda", "orders"), worker()],
            current: vec!["AWSLambdaVPCAccessExecutionRole"],
            own: vec![],
            expected: vec![lambda_logs(), (NETWORK.to_vec(), everywhere())],
        },
        Case {
            name: "Lambda, SQS poller",
            records: vec![worker(), mapping(&queue)],
            current: vec!["AWSLambdaSQSQueueExecutionRole"],
            own: vec![],
            expected: vec![
                lambda_logs(),
                (
                    vec![
                        "sqs:ReceiveMessage",
                        "sqs:DeleteMessage",
                        "sqs:GetQueueAttributes",
                    ],
                    vec![queue.clone()],
                ),
            ],
        },
        Case {
            name: "Lambda, Kinesis poller",
            records: vec![
                worker(),
                mapping(&stream),
                poller("DescribeStream", &json!({ "streamName": "clicks" })),
                poller("ListStreams", &json!({})),
            ],
            current: vec!["AWSLambdaKinesisExecutionRole"],
            own: vec![],
            expected: vec![
                lambda_logs(),
                (
                    vec![
                        "kinesis:DescribeStream",
                        "kinesis:DescribeStreamSummary",
                        "kinesis:GetRecords",
                        "kinesis:GetShardIterator",
                        "kinesis:ListShards",
                    ],
                    vec![stream.clone()],
                ),
                (
                    vec!["kinesis:ListStreams", "kinesis:SubscribeToShard"],
                    everywhere(),
                ),
            ],
        },
        Case {
            name: "Lambda, DynamoDB stream",
            records: vec![worker(), mapping(&table_stream)],
            current: vec!["AWSLambdaDynamoDBExecutionRole"],
            own: vec![],
            expected: vec![
                lambda_logs(),
                (
                    vec![
                        "dynamodb:DescribeStream",
                        "dynamodb:GetRecords",
                        "dynamodb:GetShardIterator",
                    ],
                    vec![table_stream.clone()],
                ),
                (vec!["dynamodb:ListStreams"], everywhere()),
            ],
        },
        Case {
            name: "Lambda, MSK",
            records: vec![worker(), mapping(&cluster)],
            current: vec!["AWSLambdaMSKExecutionRole"],
            own: vec![],
            expected: vec![
                lambda_logs(),
                (
                    vec![
                        "kafka:DescribeCluster",
                        "kafka:DescribeClusterV2",
                        "kafka:GetBootstrapBrokers",
                    ],
                    vec![cluster.clone()],
                ),
                (
                    vec![
                        "ec2:CreateNetworkInterface",
                        "ec2:DeleteNetworkInterface",
                        "ec2:DescribeNetworkInterfaces",
                        "ec2:DescribeSecurityGroups",
                        "ec2:DescribeSubnets",
                        "ec2:DescribeVpcs",
                    ],
                    everywhere(),
                ),
            ],
        },
        Case {
            name: "Lambda, dead letters",
            records: vec![
                function_config(&json!({ "deadLetterConfig": { "targetArn": dead } })),
                worker(),
            ],
            current: vec!["AWSLambdaBasicExecutionRole"],
            own: vec!["sqs:SendMessage"],
            expected: vec![lambda_logs(), (vec!["sqs:SendMessage"], vec![dead.clone()])],
        },
    ]
}
