resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"

  inline_policy {
    name   = "app"
    policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  }

  tags = { team = "orders" }
}
