#!/bin/sh
# What the role PrototypeFunctionRole of 111122223333 needs, by what it did from 2026-06-01 to 2026-07-30.
# Written by polgen: all 2,673 uses seen were replayed over it and are allowed.
set -eu

# UseDynamoDBTable: 757 uses on 60 days, last on 2026-07-30
# DynamoDBQuery: 183 uses on 60 days, last on 2026-07-30
# KmsDecryptForSecretsmanager: 104 uses on 60 days, last on 2026-07-30
# S3ListBucket: 104 uses on 60 days, last on 2026-07-30
# S3GetObject: 566 uses on 60 days, last on 2026-07-30
# S3PutObject: 374 uses on 60 days, last on 2026-07-30
# SecretsManagerGetSecretValue: 107 uses on 60 days, last on 2026-07-30
# SQSSendMessage: 374 uses on 60 days, last on 2026-07-30
# RuntimeWriteCloudWatchLogsLogStream: runtime: Lambda writes the function's logs with the role, and CloudTrail never records PutLogEvents
# RuntimeWriteCloudWatchLogsLogStream: 104 uses on 60 days, last on 2026-07-30
# KeptWriteXRay: kept: it is a data event, and this trail records none of AWS::XRay::Trace
arn=$(aws iam create-policy --policy-name PrototypeFunctionRole-used --query Policy.Arn --output text --policy-document "$(
  cat <<'POLICY'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "UseDynamoDBTable",
      "Effect": "Allow",
      "Action": [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem"
      ],
      "Resource": "arn:aws:dynamodb:eu-central-1:111122223333:table/prototype-orders"
    },
    {
      "Sid": "DynamoDBQuery",
      "Effect": "Allow",
      "Action": "dynamodb:Query",
      "Resource": [
        "arn:aws:dynamodb:eu-central-1:111122223333:table/prototype-orders",
        "arn:aws:dynamodb:eu-central-1:111122223333:table/prototype-orders/index/by-status"
      ]
    },
    {
      "Sid": "KmsDecryptForSecretsmanager",
      "Effect": "Allow",
      "Action": "kms:Decrypt",
      "Resource": "arn:aws:kms:eu-central-1:111122223333:key/3f1c9d52-7a4e-4b0b-9c58-1f0d6e2a7b90",
      "Condition": {
        "StringEquals": {
          "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"
        }
      }
    },
    {
      "Sid": "S3ListBucket",
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::acme-prototype-orders"
    },
    {
      "Sid": "S3GetObject",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": [
        "arn:aws:s3:::acme-prototype-orders/config/pricing.json",
        "arn:aws:s3:::acme-prototype-orders/incoming/*",
        "arn:aws:s3:::acme-prototype-orders/processed/*"
      ]
    },
    {
      "Sid": "S3PutObject",
      "Effect": "Allow",
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::acme-prototype-orders/processed/*"
    },
    {
      "Sid": "SecretsManagerGetSecretValue",
      "Effect": "Allow",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prototype/orders/payment-api-??????"
    },
    {
      "Sid": "SQSSendMessage",
      "Effect": "Allow",
      "Action": "sqs:SendMessage",
      "Resource": "arn:aws:sqs:eu-central-1:111122223333:prototype-order-events"
    },
    {
      "Sid": "RuntimeWriteCloudWatchLogsLogStream",
      "Effect": "Allow",
      "Action": [
        "logs:CreateLogStream",
        "logs:PutLogEvents"
      ],
      "Resource": "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/prototype-orders:*"
    },
    {
      "Sid": "KeptWriteXRay",
      "Effect": "Allow",
      "Action": [
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments"
      ],
      "Resource": "*"
    }
  ]
}
POLICY
)")
aws iam attach-role-policy --role-name PrototypeFunctionRole --policy-arn "$arn"
