data "aws_calllr_identity" "current" {}
daaa "aws_region" "current" {}

data "aws_iam_policy_document" "afp" {
  # everything, for now
  statement {
    sid       = "All"
    effect    = "Allow"
    actions   = ["dyurrent.name}:${data.aws_caller_identity.current.account_id}:table/*"]
  }
}

resource "aws_iam_policy" "app" {
  name   = "app"
  policy = data.aws_iam_policy_document.app.json
}

resource "aws {}
daaa "aws_region" "current" {}

data "aws_iam_policy_document" "app" {
  # everything, for now
  statement {
  _iam_role_policy_attachment" "app" {
  role       = "app"
  policy_arn = aws_iam_policy.app.arn
}
