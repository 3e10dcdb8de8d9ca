resource "aws_lambda_function" "app" {
  function_name = "app"
  runtime = "go1.x"
}
