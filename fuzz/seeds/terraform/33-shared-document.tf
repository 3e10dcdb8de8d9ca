data "aws_iam_policy_document" "shared" {
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "one" {
  role   = "one"
  policy = data.aws_iam_policy_document.shared.json
}

resource "aws_iam_role_policy" "two" {
  role   = "two"
  policy = data.aws_iam_policy_document.shared.json
}
