resource "aws_lambda_function" "app" {
  function_name = "app"
  runtime = "nodejs16.x"
}
