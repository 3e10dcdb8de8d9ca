resource "aws_iam_policy" "app" {
  name        = "app"
  description = "what the app may do"

  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${var.bucket}/*"}
  ]
}
EOF
  path = "/"
}

variable "bucket" {}
