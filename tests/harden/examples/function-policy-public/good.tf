resource "aws_lambda_function" "app" {
  function_name = "app"
  runtime = "python3.13"
}

resource "aws_lambda_permission" "call" {
  function_name = aws_lambda_function.app.function_name
  action        = "lambda:InvokeFunction"
  principal     = "111122223333"
}
