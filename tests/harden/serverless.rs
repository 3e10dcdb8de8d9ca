//! The functions of the Serverless Framework, which are no resources of their file.

use polgen::catalog::Catalog;
use polgen::finding::Status;
use polgen::harden::harden;
use polgen::posture::read_code;
use polgen::template::Known;

use crate::world::today;

const FILE: &str = "\
service: app
provider:
  name: aws
  runtime: ${self:custom.runtime}
  environment:
    STAGE: prod
    PASSWORD: ${self:custom.password}
custom:
  runtime: nodejs16.x
  password: correct-horse-battery
functions:
  good-one:
    handler: a.b
    runtime: python3.14
    url: {authorizer: aws_iam}
    environment:
      PASSWORD: ''
  badOne:
    handler: a.b
    url: true
  picture:
    image: an-image
    environment: ${ssm:/app}
resources:
  Resources:
    Data:
      Type: AWS::S3::Bucket
      Properties:
        BucketName: ${self:service}-data
    Permission:
      Type: AWS::Lambda::Permission
      Properties:
        FunctionName: !GetAtt BadOneLambdaFunction.Arn
        Action: lambda:InvokeFunction
        Principal: sns.amazonaws.com
";

#[test]
fn functions_are_read_with_what_they_share() {
    let mut posture = read_code("serverless.yml", FILE, &Known::default())
        .expect("a file")
        .expect("a file");
    posture.today = Some(today());
    assert_eq!(
        posture.buckets[0].identity.name.as_deref(),
        Some("app-data")
    );
    let found = harden(&posture, Catalog::bundled());
    let of = |resource: &str, status: Status| -> Vec<&str> {
        let all = found.findings.iter();
        let all = all.filter(|one| one.place.resource == resource && one.status == status);
        let mut names: Vec<&str> = all.map(|one| one.rule.name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(
        of("BadOneLambdaFunction", Status::Failed),
        [
            "function-policy-public",
            "function-policy-without-source",
            "function-runtime-unsupported",
            "function-secret-in-environment"
        ]
    );
    let good = "GoodDashoneLambdaFunction";
    assert_eq!(of(good, Status::Failed), [""; 0]);
    assert_eq!(of(good, Status::NotChecked), [""; 0]);
    assert_eq!(
        of("PictureLambdaFunction", Status::NotChecked),
        ["function-secret-in-environment"]
    );
    let mut secrets = found.findings.iter();
    let secret = secrets.find(|one| one.rule.name == "function-secret-in-environment");
    assert!(!format!("{secret:?}").contains("correct-horse"));
}
