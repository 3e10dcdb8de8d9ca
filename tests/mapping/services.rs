//! Keys, secrets, parameters, logs, messages, identities.

use serde_json::json;

use super::assert_cases;

#[test]
fn logs() {
    assert_cases(&[
        (
            "logs",
            "DescribeLogStreams",
            json!({"logGroupName": "/aws/lambda/f"}),
            &[
                "logs:DescribeLogStreams = arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*",
            ],
        ),
        (
            "logs",
            "CreateLogStream",
            json!({"logGroupName": "/aws/lambda/f", "logStreamName": "2026/[$LATEST]a"}),
            &[
                "logs:CreateLogStream = arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:2026/[${$}LATEST]a",
            ],
        ),
        (
            "logs",
            "StartQuery",
            json!({"logGroupIdentifiers": ["arn:aws:logs:eu-west-1:111122223333:log-group:g:*", "h"]}),
            &[
                "logs:StartQuery = arn:aws:logs:eu-west-1:111122223333:log-group:g:*",
                "logs:StartQuery = arn:aws:logs:eu-west-1:111122223333:log-group:h:*",
            ],
        ),
        (
            "logs",
            "TagResource",
            json!({"resourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:g", "tags": {"a": "b"}}),
            &["logs:TagResource = arn:aws:logs:eu-west-1:111122223333:log-group:g"],
        ),
    ]);
}

#[test]
fn kms_and_secrets() {
    assert_cases(&[
        (
            "kms",
            "ReEncrypt",
            json!({"sourceKeyId": "1", "destinationKeyId": "arn:aws:kms:eu-west-1:111122223333:key/2"}),
            &[
                "kms:ReEncryptFrom = arn:aws:kms:eu-west-1:111122223333:key/1",
                "kms:ReEncryptTo = arn:aws:kms:eu-west-1:111122223333:key/2",
            ],
        ),
        (
            "kms",
            "CreateAlias",
            json!({"aliasName": "alias/app", "targetKeyId": "1"}),
            &[
                "kms:CreateAlias = arn:aws:kms:eu-west-1:111122223333:alias/app",
                "kms:CreateAlias = arn:aws:kms:eu-west-1:111122223333:key/1",
            ],
        ),
        (
            "kms",
            "CreateKey",
            json!({"tags": [{"tagKey": "a"}]}),
            &[
                "kms:CreateKey * *",
                "kms:TagResource ~ arn:aws:kms:eu-west-1:111122223333:key/*",
            ],
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            json!({"secretId": "db/password"}),
            &[
                "secretsmanager:GetSecretValue = arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/password-??????",
            ],
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            json!({"secretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/password-a1B2c3"}),
            &[
                "secretsmanager:GetSecretValue = arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/password-a1B2c3",
            ],
        ),
        (
            "secretsmanager",
            "CreateSecret",
            json!({"name": "n"}),
            &[
                "secretsmanager:CreateSecret = arn:aws:secretsmanager:eu-west-1:111122223333:secret:n-??????",
            ],
        ),
    ]);
}

#[test]
fn messages() {
    const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/999999999999/orders";
    assert_cases(&[
        (
            "sqs",
            "SendMessageBatch",
            json!({"queueUrl": QUEUE}),
            &["sqs:SendMessage = arn:aws:sqs:us-east-1:999999999999:orders"],
        ),
        (
            "sqs",
            "GetQueueUrl",
            json!({"queueName": "orders", "queueOwnerAWSAccountId": "999999999999"}),
            &["sqs:GetQueueUrl = arn:aws:sqs:eu-west-1:999999999999:orders"],
        ),
        (
            "sns",
            "Publish",
            json!({"topicArn": "arn:aws:sns:eu-west-1:111122223333:t"}),
            &["sns:Publish = arn:aws:sns:eu-west-1:111122223333:t"],
        ),
        (
            "sns",
            "Publish",
            json!({"phoneNumber": "+100"}),
            &["sns:Publish ~ *"],
        ),
        (
            "kinesis",
            "PutRecords",
            json!({"streamName": "s"}),
            &["kinesis:PutRecords = arn:aws:kinesis:eu-west-1:111122223333:stream/s"],
        ),
        (
            "events",
            "PutEvents",
            json!({"entries": [{"source": "app"}]}),
            &["events:PutEvents = arn:aws:events:eu-west-1:111122223333:event-bus/default"],
        ),
        (
            "events",
            "PutRule",
            json!({"name": "r", "eventBusName": "bus"}),
            &["events:PutRule = arn:aws:events:eu-west-1:111122223333:rule/bus/r"],
        ),
        (
            "events",
            "PutRule",
            json!({"name": "r"}),
            &["events:PutRule = arn:aws:events:eu-west-1:111122223333:rule/r"],
        ),
    ]);
}

#[test]
fn ssm_names_lose_one_slash() {
    assert_cases(&[
        (
            "ssm",
            "GetParameters",
            json!({"names": ["/app/db", "plain"]}),
            &[
                "ssm:GetParameters = arn:aws:ssm:eu-west-1:111122223333:parameter/app/db",
                "ssm:GetParameters = arn:aws:ssm:eu-west-1:111122223333:parameter/plain",
            ],
        ),
        (
            "ssm",
            "GetParametersByPath",
            json!({"path": "/app"}),
            &[
                "ssm:GetParametersByPath = arn:aws:ssm:eu-west-1:111122223333:parameter/app",
                "ssm:GetParametersByPath ~ arn:aws:ssm:eu-west-1:111122223333:parameter/app/*",
            ],
        ),
        (
            "ssm",
            "GetParametersByPath",
            json!({"path": "/app/"}),
            &[
                "ssm:GetParametersByPath = arn:aws:ssm:eu-west-1:111122223333:parameter/app/",
                "ssm:GetParametersByPath ~ arn:aws:ssm:eu-west-1:111122223333:parameter/app/*",
            ],
        ),
        (
            "ssm",
            "SendCommand",
            json!({"documentName": "AWS-RunShellScript", "instanceIds": ["i-1", "mi-2"]}),
            &[
                "ssm:SendCommand = arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                "ssm:SendCommand = arn:aws:ssm:eu-west-1:*:document/AWS-RunShellScript",
                "ssm:SendCommand = arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-2",
            ],
        ),
    ]);
}

#[test]
fn operations_named_unlike_their_action_need_what_the_published_lists_say() {
    assert_cases(&[
        (
            "deadline",
            "BatchGetTask",
            json!({"identifiers": [{"farmId": "farm-1", "queueId": "queue-1", "jobId": "job-1", "taskId": "t"}]}),
            &[
                "deadline:GetTask = arn:aws:deadline:eu-west-1:111122223333:farm/farm-1/queue/queue-1/job/job-1",
            ],
        ),
        (
            "quicksight",
            "DescribeDashboardDefinition",
            json!({"awsAccountId": "111122223333", "dashboardId": "d"}),
            &[
                "quicksight:DescribeDashboard = arn:aws:quicksight:eu-west-1:111122223333:dashboard/d",
            ],
        ),
        (
            "glue",
            "CreateGlossary",
            json!({"name": "terms"}),
            &["glue:CreateGlossary * *"],
        ),
        (
            "support",
            "GetAttachmentDownloadLink",
            json!({"attachmentId": "a"}),
            &[
                "support:DescribeAttachment * *",
                "support:DownloadAttachment * *",
            ],
        ),
    ]);
}

#[test]
fn iam_names_have_a_path_that_is_not_told() {
    assert_cases(&[
        (
            "iam",
            "GetRole",
            json!({"roleName": "r"}),
            &[
                "iam:GetRole = arn:aws:iam::111122223333:role/r",
                "iam:GetRole ~ arn:aws:iam::111122223333:role/*/r",
            ],
        ),
        (
            "iam",
            "CreateRole",
            json!({"roleName": "r", "path": "/team/a/", "tags": [{"key": "a"}]}),
            &[
                "iam:CreateRole = arn:aws:iam::111122223333:role/team/a/r",
                "iam:TagRole = arn:aws:iam::111122223333:role/team/a/r",
            ],
        ),
        (
            "iam",
            "GetPolicy",
            json!({"policyArn": "arn:aws:iam::aws:policy/service-role/P"}),
            &["iam:GetPolicy = arn:aws:iam::aws:policy/service-role/P"],
        ),
        (
            "sts",
            "AssumeRole",
            json!({"roleArn": "arn:aws:iam::999999999999:role/x/r", "tags": [{"key": "a"}]}),
            &[
                "sts:AssumeRole = arn:aws:iam::999999999999:role/x/r",
                "sts:TagSession = arn:aws:iam::999999999999:role/x/r",
            ],
        ),
    ]);
}

#[test]
fn words_and_profiles_that_arns_write_otherwise() {
    assert_cases(&[
        (
            "wafv2",
            "GetWebACL",
            json!({"name": "n", "scope": "CLOUDFRONT", "id": "1"}),
            &["wafv2:GetWebACL = arn:aws:wafv2:eu-west-1:111122223333:global/webacl/n/1"],
        ),
        (
            "bedrock",
            "InvokeModel",
            json!({"modelId": "anthropic.m-v1:0"}),
            &["bedrock:InvokeModel = arn:aws:bedrock:eu-west-1::foundation-model/anthropic.m-v1:0"],
        ),
        (
            "bedrock",
            "Converse",
            json!({"modelId": "eu.anthropic.m-v1:0"}),
            &[
                "bedrock:InvokeModel = arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.m-v1:0",
                "bedrock:InvokeModel ~ arn:aws:bedrock:*::foundation-model/anthropic.m-v1:0",
            ],
        ),
        (
            "bedrock",
            "InvokeModel",
            json!({"modelId": "arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/p"}),
            &["bedrock:InvokeModel = arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/p"],
        ),
        (
            "athena",
            "StartQueryExecution",
            json!({"queryString": "x"}),
            &[
                "athena:StartQueryExecution = arn:aws:athena:eu-west-1:111122223333:workgroup/primary",
            ],
        ),
        (
            "rds",
            "CopyDBSnapshot",
            json!({"sourceDBSnapshotIdentifier": "a", "targetDBSnapshotIdentifier": "b"}),
            &[
                "rds:CopyDBSnapshot = arn:aws:rds:eu-west-1:111122223333:snapshot:a",
                "rds:CopyDBSnapshot = arn:aws:rds:eu-west-1:111122223333:snapshot:b",
            ],
        ),
    ]);
}

#[test]
fn mail_is_sent_by_an_address_or_its_domain() {
    assert_cases(&[(
        "ses",
        "SendEmail",
        json!({"fromEmailAddress": "Shop <shop@example.com>", "configurationSetName": "c"}),
        &[
            "ses:SendEmail = arn:aws:ses:eu-west-1:111122223333:configuration-set/c",
            "ses:SendEmail = arn:aws:ses:eu-west-1:111122223333:identity/example.com",
            "ses:SendEmail = arn:aws:ses:eu-west-1:111122223333:identity/shop@example.com",
        ],
    )]);
}

#[test]
fn a_web_acl_also_needs_a_word_of_the_protected_service() {
    const ACL: &str = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/n/i";
    const BALANCER: &str =
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/l/1";
    const STAGE: &str = "arn:aws:apigateway:eu-west-1::/restapis/a/stages/s";
    assert_cases(&[
        (
            "wafv2",
            "AssociateWebACL",
            json!({"webACLArn": ACL, "resourceArn": BALANCER}),
            &[
                "elasticloadbalancing:CreateWebACLAssociation = arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/l/1",
                "elasticloadbalancing:SetWebAcl * *",
                "wafv2:AssociateWebACL = arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/l/1",
                "wafv2:AssociateWebACL = arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/n/i",
            ],
        ),
        (
            "wafv2",
            "DisassociateWebACL",
            json!({"resourceArn": STAGE}),
            &[
                "apigateway:SetWebACL = arn:aws:apigateway:eu-west-1::/restapis/a/stages/s",
                "wafv2:DisassociateWebACL = arn:aws:apigateway:eu-west-1::/restapis/a/stages/s",
            ],
        ),
    ]);
}

#[test]
fn what_a_service_reads_and_keeps_for_the_caller() {
    assert_cases(&[
        (
            "elasticache",
            "CreateCacheCluster",
            json!({"cacheClusterId": "c", "cacheParameterGroupName": "p", "snapshotArns": ["arn:aws:s3:::b/k"]}),
            &[
                "elasticache:CreateCacheCluster = arn:aws:elasticache:eu-west-1:111122223333:cluster:c",
                "elasticache:CreateCacheCluster = arn:aws:elasticache:eu-west-1:111122223333:parametergroup:p",
                "s3:GetObject = arn:aws:s3:::b/k",
            ],
        ),
        (
            "dynamodb",
            "UpdateTable",
            json!({"tableName": "t", "replicaUpdates": [{"delete": {"regionName": "eu-north-1"}}]}),
            &[
                "dynamodb:DeleteTable = arn:aws:dynamodb:eu-north-1:111122223333:table/t",
                "dynamodb:DeleteTableReplica = arn:aws:dynamodb:eu-north-1:111122223333:table/t",
                "dynamodb:UpdateTable = arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            ],
        ),
    ]);
}
