locals {
  buckets = ["acme-in", "acme-out"]
}

resource "aws_iam_role" "orders" {
  name = "orders"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "writer" {
  name = "writer"
  role = aws_iam_role.orders.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:GetQueueUrl"]
        Resource = ["arn:aws:sqs:eu-central-1:111122223333:acme-jobs"]
      },
      {
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for bucket in local.buckets : "arn:aws:s3:::${bucket}/$${aws:username}/*"]
      },
    ]
  })
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Tables"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = ["arn:aws:dynamodb:eu-central-1:111122223333:table/orders"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = ["111122223333"]
    }
  }

  statement {
    sid       = "Never"
    effect    = "Deny"
    actions   = ["dynamodb:DeleteTable"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "read" {
  name   = "orders-read"
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.orders.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.orders.name
  policy_arn = aws_iam_policy.read.arn
}
