resource "aws_lambda_function" "app" {
  function_name = "app"
  runtime = "provided.al2023"
}
