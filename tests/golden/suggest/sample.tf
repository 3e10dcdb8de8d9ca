# What the role PrototypeFunctionRole of 111122223333 needs, by what it did from 2026-06-01 to 2026-07-30.
# Written by polgen: all 2,673 uses seen were replayed over it and are allowed.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_iam_policy_document" "prototype_function_role_used" {
  # 757 uses on 60 days, last on 2026-07-30
  statement {
    sid = "UseDynamoDBTable"

    actions = [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:table/prototype-orders",
    ]
  }

  # 183 uses on 60 days, last on 2026-07-30
  statement {
    sid = "DynamoDBQuery"

    actions = [
      "dynamodb:Query",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:table/prototype-orders",
      "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:table/prototype-orders/index/by-status",
    ]
  }

  # 104 uses on 60 days, last on 2026-07-30
  statement {
    sid = "KmsDecryptForSecretsmanager"

    actions = [
      "kms:Decrypt",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:kms:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:key/3f1c9d52-7a4e-4b0b-9c58-1f0d6e2a7b90",
    ]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.current.id}.amazonaws.com"]
    }
  }

  # 104 uses on 60 days, last on 2026-07-30
  statement {
    sid = "S3ListBucket"

    actions = [
      "s3:ListBucket",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:s3:::acme-prototype-orders",
    ]
  }

  # 566 uses on 60 days, last on 2026-07-30
  statement {
    sid = "S3GetObject"

    actions = [
      "s3:GetObject",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:s3:::acme-prototype-orders/config/pricing.json",
      "arn:${data.aws_partition.current.partition}:s3:::acme-prototype-orders/incoming/*",
      "arn:${data.aws_partition.current.partition}:s3:::acme-prototype-orders/processed/*",
    ]
  }

  # 374 uses on 60 days, last on 2026-07-30
  statement {
    sid = "S3PutObject"

    actions = [
      "s3:PutObject",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:s3:::acme-prototype-orders/processed/*",
    ]
  }

  # 107 uses on 60 days, last on 2026-07-30
  statement {
    sid = "SecretsManagerGetSecretValue"

    actions = [
      "secretsmanager:GetSecretValue",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:secretsmanager:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:secret:prototype/orders/payment-api-??????",
    ]
  }

  # 374 uses on 60 days, last on 2026-07-30
  statement {
    sid = "SQSSendMessage"

    actions = [
      "sqs:SendMessage",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:prototype-order-events",
    ]
  }

  # runtime: Lambda writes the function's logs with the role, and CloudTrail never records PutLogEvents
  # 104 uses on 60 days, last on 2026-07-30
  statement {
    sid = "RuntimeWriteCloudWatchLogsLogStream"

    actions = [
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]

    resources = [
      "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/prototype-orders:*",
    ]
  }

  # kept: it is a data event, and this trail records none of AWS::XRay::Trace
  statement {
    sid = "KeptWriteXRay"

    actions = [
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]

    resources = [
      "*",
    ]
  }
}

resource "aws_iam_policy" "prototype_function_role_used" {
  name   = "PrototypeFunctionRole-used"
  policy = data.aws_iam_policy_document.prototype_function_role_used.json
}

resource "aws_iam_role_policy_attachment" "prototype_function_role_used" {
  role       = "PrototypeFunctionRole"
  policy_arn = aws_iam_policy.prototype_function_role_used.arn
}
