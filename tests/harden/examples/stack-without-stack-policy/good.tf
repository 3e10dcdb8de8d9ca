resource "aws_cloudformation_stack" "app" {
  name          = "app"
  template_body = file("app.yaml")
  policy_url    = "https://acme.s3.amazonaws.com/stack-policy.json"
}
