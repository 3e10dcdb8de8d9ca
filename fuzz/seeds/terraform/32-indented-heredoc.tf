resource "aws_iam_role_policy" "app" {
    role = "app"
    policy = <<-POLICY
        {
          "Version": "2012-10-17",
          "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
        }
    POLICY
}
