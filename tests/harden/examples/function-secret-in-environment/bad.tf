resource "aws_lambda_function" "app" {
  function_name = "app"
  environment {
    variables = {
      DSN = "postgres://app:correct-horse@db.internal/app"
    }
  }
}
