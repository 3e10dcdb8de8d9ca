data "aws_partition" "current" {}

  data "aws_iam_policy_document" "app" {
    statement {
      actions   = ["*"]
      resources = ["*"]
    }
  }
