"""Requests next door to the workload's: each is a small step away from something that was used, and must be denied.

They are chosen so that a policy that is only a little too broad lets one of them through: a prefix without its slash, a suffix
more, another verb on the same resource, the same verb next door, another region or account, a key used directly that only a
service should use.
"""

from .account import BUCKET, HELPER_ARN, OTHER_BUCKET, QUEUE_ARN, ROLE_ARN
from .recorder import ACCOUNT, REGION, arn
from .workload import in_bucket, need, table

ELSEWHERE = "999988887777"

STORAGE = [
    need("s3:GetObject", in_bucket("incoming/2026/11/02/a1.json", "loop-orders-backup")),
    need("s3:GetObject", in_bucket("incoming-old/2026/11/02/a1.json")),
    need("s3:GetObject", in_bucket("config/rates.json.bak")),
    need("s3:GetObject", in_bucket("config/keys.json")),
    need("s3:GetObject", in_bucket("2026/summary.csv", OTHER_BUCKET)),
    need("s3:GetObjectVersion", in_bucket("config/rates.json")),
    need("s3:PutObject", in_bucket("incoming/2026/11/02/a1.json")),
    need("s3:PutObject", in_bucket("config/rates.json")),
    need("s3:PutObject", in_bucket("processed/2026/11/02/2.json", OTHER_BUCKET)),
    need("s3:DeleteObject", in_bucket("incoming/2026/11/02/a1.json")),
    need("s3:DeleteObject", in_bucket("scratch2/old.tmp")),
    need("s3:PutObject", in_bucket("costs/in USD (2026).csv")),
    need("s3:PutObject", in_bucket("sealed/totals.json.bak")),
    need("s3:DeleteObjectTagging", in_bucket("processed/2026/11/02/2.json")),
    need("s3:PutObjectAcl", in_bucket("processed/2026/11/02/2.json")),
    need("s3:ListBucket", f"arn:aws:s3:::{OTHER_BUCKET}"),
    need("s3:ListBucketVersions", f"arn:aws:s3:::{BUCKET}"),
    need("s3:PutBucketVersioning", f"arn:aws:s3:::{BUCKET}"),
    need("s3:DeleteBucket", f"arn:aws:s3:::{BUCKET}"),
]
TABLES = [
    need("dynamodb:GetItem", table("loop-audit")),
    need("dynamodb:PartiQLSelect", table("loop-orders")),
    need("dynamodb:PartiQLDelete", table("loop-customers")),
    need("dynamodb:GetItem", table("loop-orders2")),
    need("dynamodb:GetItem", table("loop-customers")),
    need("dynamodb:DeleteItem", table("loop-orders")),
    need("dynamodb:Scan", table("loop-orders")),
    need("dynamodb:Scan", table("loop-orders", "by-status")),
    need("dynamodb:Query", table("loop-orders", "by-customer")),
    need("dynamodb:Query", table("loop-customers")),
    need("dynamodb:UpdateItem", table("loop-customers")),
    need("dynamodb:DeleteTable", table("loop-orders")),
    need("dynamodb:GetItem", arn("dynamodb", "table/loop-orders", region="eu-west-1")),
    need("dynamodb:GetItem", arn("dynamodb", "table/loop-orders", account=ELSEWHERE)),
]
MESSAGES = [
    need("sqs:SendMessage", arn("sqs", "loop-jobs-dead")),
    need("sqs:PurgeQueue", QUEUE_ARN),
    need("sqs:SetQueueAttributes", QUEUE_ARN),
    need("sns:Publish", arn("sns", "loop-alerts")),
    need("sns:Subscribe", arn("sns", "loop-news")),
    need("kinesis:PutRecord", arn("kinesis", "stream/loop-views")),
    need("kinesis:GetRecords", arn("kinesis", "stream/loop-clicks")),
]
FUNCTIONS_AND_LOGS = [
    need("lambda:InvokeFunction", arn("lambda", "function:loop-extra")),
    need("lambda:InvokeFunction", arn("lambda", "function:loop-worker-admin")),
    need("lambda:UpdateFunctionCode", arn("lambda", "function:loop-worker")),
    need("lambda:CreateFunction", arn("lambda", "function:loop-other")),
    need("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/loop-worker:log-stream:x")),
    need("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/loop-function-2:log-stream:x")),
    need("logs:CreateLogStream", arn("logs", "log-group:/loop/audit:log-stream:x")),
    need("logs:DeleteLogGroup", arn("logs", "log-group:/aws/lambda/loop-function:log-stream:")),
    need("logs:GetLogEvents", arn("logs", "log-group:/loop/audit:log-stream:x")),
]
ROLES = [
    need("iam:PassRole", ROLE_ARN, iam__PassedToService="lambda.amazonaws.com"),
    need("iam:PassRole", HELPER_ARN, iam__PassedToService="ec2.amazonaws.com"),
    need("iam:PassRole", HELPER_ARN + "Admin", iam__PassedToService="lambda.amazonaws.com"),
    need("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/LoopAdminRole"),
    need("sts:AssumeRole", f"arn:aws:iam::{ELSEWHERE}:role/LoopHelperRole"),
    need("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/LoopAdminRole"),
    need("iam:PutRolePolicy", HELPER_ARN),
]
OTHERS = [
    need("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:loop/payment-live-Ab12Cd")),
    need("ssm:GetParameter", arn("ssm", "parameter/loop/secrets/token")),
    need("ssm:GetParametersByPath", arn("ssm", "parameter/loop")),
    need("ssm:DeleteParameter", arn("ssm", "parameter/loop/state")),
    need("states:StartExecution", arn("states", "stateMachine:loop-flow-2")),
    need("states:StopExecution", arn("states", "execution:loop-flow:run-1")),
    need("events:PutRule", arn("events", "rule/loop-hourly")),
    need("events:DeleteRule", arn("events", "rule/loop-nightly")),
    need("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:loop-backlog")),
    need("ec2:TerminateInstances", arn("ec2", "instance/i-0123456789abcdef0")),
    need("ec2:StopInstances", arn("ec2", "instance/i-0123456789abcdef0")),
    need("ecr:BatchDeleteImage", arn("ecr", "repository/loop/worker")),
    need("ecr:DescribeImages", arn("ecr", "repository/loop/worker-base")),
    need("ecs:RunTask", arn("ecs", "task-definition/loop-admin:1")),
    need("apigateway:GET", f"arn:aws:apigateway:{REGION}::/restapis/zzzzzzzzzz"),
]


def probes(account):
    """All of them, with those that depend on names that AWS gave."""
    keys = [
        need("kms:Decrypt", account.sealing_key["Arn"]),
        need("kms:Decrypt", account.sealing_key["Arn"], kms__ViaService=f"s3.{REGION}.amazonaws.com"),
        need("kms:GenerateDataKey", account.sealing_key["Arn"], kms__ViaService=f"ssm.{REGION}.amazonaws.com"),
        need("cloudformation:DeleteStack", account.stack),
        need("cloudformation:DescribeStacks", arn("cloudformation", "stack/loop-stack-2/0a1b2c3d")),
        need("athena:StartQueryExecution", arn("athena", "workgroup/finance")),
        need("kms:Decrypt", account.key["Arn"]),
        need("kms:GenerateDataKey", account.sealing_key["Arn"]),
        need("kms:ScheduleKeyDeletion", account.key["Arn"]),
        need("secretsmanager:PutSecretValue", account.secret),
        need("apigateway:DELETE", f"arn:aws:apigateway:{REGION}::/restapis/{account.api}"),
    ]
    return STORAGE + TABLES + MESSAGES + FUNCTIONS_AND_LOGS + ROLES + OTHERS + keys
