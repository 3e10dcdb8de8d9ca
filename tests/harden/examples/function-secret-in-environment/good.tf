resource "aws_lambda_function" "app" {
  function_name = "app"
  environment {
    variables = {
      API_KEY_PARAMETER = "/app/api-key"
      TOKEN_TTL         = "3600"
    }
  }
}
