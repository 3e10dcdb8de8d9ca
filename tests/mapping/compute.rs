//! Functions, containers, instances, workflows and interfaces.

use serde_json::json;

use super::assert_cases;

#[test]
fn a_function_is_named_in_many_ways() {
    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:";
    for (name, qualifier, wanted) in [
        ("f", None, "f"),
        ("f:live", None, "f:live"),
        ("f", Some("7"), "f:7"),
        ("111122223333:function:f", None, "f"),
        ("111122223333:f", None, "f"),
        ("111122223333:f:live", None, "f:live"),
        ("111122223333", None, "111122223333"),
        ("eu-west-1:111122223333:function:f:live", None, "f:live"),
        ("function:f", None, "f"),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            None,
            "f",
        ),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
            None,
            "f:live",
        ),
    ] {
        let request = json!({"functionName": name, "qualifier": qualifier});
        let mapped = super::mapped("lambda", "Invoke", &request);
        let wanted = format!("lambda:InvokeFunction = {FUNCTION}{wanted}");
        assert_eq!(super::lines(&mapped), [wanted], "{request}");
    }
}

#[test]
fn lambda_checks_more_than_the_call_itself() {
    assert_cases(&[
        (
            "lambda",
            "UpdateFunctionConfiguration20150331v2",
            json!({"functionName": "f", "layers": ["arn:aws:lambda:eu-west-1:999999999999:layer:l:3"]}),
            &[
                "lambda:GetLayerVersion = arn:aws:lambda:eu-west-1:999999999999:layer:l:3",
                "lambda:UpdateFunctionConfiguration = arn:aws:lambda:eu-west-1:111122223333:function:f",
            ],
        ),
        (
            "lambda",
            "Invoke",
            json!({"functionName": "us-east-1:999999999999:function:f"}),
            &["lambda:InvokeFunction = arn:aws:lambda:us-east-1:999999999999:function:f"],
        ),
        (
            "lambda",
            "CreateCodeSigningConfig20200422",
            json!({"tags": {"team": "a"}}),
            &[
                "lambda:CreateCodeSigningConfig * *",
                "lambda:TagResource ~ arn:aws:lambda:eu-west-1:111122223333:code-signing-config:*",
            ],
        ),
        (
            "lambda",
            "RunMicrovm",
            json!({
                "imageIdentifier": "image",
                "ingressNetworkConnectors": ["connector"],
                "executionRoleArn": "arn:aws:iam::111122223333:role/vm",
            }),
            &[
                "iam:PassRole = arn:aws:iam::111122223333:role/vm",
                "lambda:PassNetworkConnector * *",
                "lambda:RunMicrovm = arn:aws:lambda:eu-west-1:111122223333:microvm-image:image",
            ],
        ),
    ]);
}

#[test]
fn containers() {
    assert_cases(&[
        (
            "ecr",
            "BatchGetImage",
            json!({"registryId": "999999999999", "repositoryName": "team/app"}),
            &["ecr:BatchGetImage = arn:aws:ecr:eu-west-1:999999999999:repository/team/app"],
        ),
        (
            "ecr",
            "GetAuthorizationToken",
            json!({}),
            &["ecr:GetAuthorizationToken * *"],
        ),
        (
            "ecs",
            "UpdateService",
            json!({"cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "service": "web"}),
            &["ecs:UpdateService = arn:aws:ecs:eu-west-1:111122223333:service/c/web"],
        ),
        (
            "ecs",
            "RunTask",
            json!({"taskDefinition": "web:7"}),
            &["ecs:RunTask = arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7"],
        ),
        (
            "ecs",
            "RunTask",
            json!({"taskDefinition": "web", "tags": [{"key": "a"}]}),
            &[
                "ecs:RunTask ~ arn:aws:ecs:eu-west-1:111122223333:task-definition/web:*",
                "ecs:TagResource ~ arn:aws:ecs:eu-west-1:111122223333:task/*/*",
            ],
        ),
    ]);
}

#[test]
fn workflows_and_interfaces() {
    assert_cases(&[
        (
            "states",
            "DescribeExecution",
            json!({"executionArn": "arn:aws:states:eu-west-1:111122223333:execution:m:1"}),
            &["states:DescribeExecution = arn:aws:states:eu-west-1:111122223333:execution:m:1"],
        ),
        (
            "states",
            "StartExecution",
            json!({"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:m:live"}),
            &["states:StartExecution = arn:aws:states:eu-west-1:111122223333:stateMachine:m:live"],
        ),
        (
            "xray",
            "PutTraceSegments",
            json!({}),
            &["xray:PutTraceSegments * *"],
        ),
        (
            "apigateway",
            "CreateStage",
            json!({"restApiId": "a1", "stageName": "prod"}),
            &["apigateway:POST = arn:aws:apigateway:eu-west-1::/restapis/a1/stages"],
        ),
        (
            "apigateway",
            "GetStage",
            json!({"apiId": "b2", "stageName": "prod"}),
            &["apigateway:GET = arn:aws:apigateway:eu-west-1::/apis/b2/stages/prod"],
        ),
        (
            "apigateway",
            "GetMethod",
            json!({"restApiId": "a1", "resourceId": "r", "httpMethod": "GET"}),
            &[
                "apigateway:GET = arn:aws:apigateway:eu-west-1::/restapis/a1/resources/r/methods/GET",
            ],
        ),
        (
            "apigateway",
            "GetRestApis",
            json!({}),
            &["apigateway:GET = arn:aws:apigateway:eu-west-1::/restapis"],
        ),
    ]);
}

#[test]
fn ec2_tags_by_id_and_on_creation() {
    let tag = json!({"resourcesSet": {"items": [{"resourceId": "i-1"}, {"resourceId": "vol-2"}]}, "tagSet": {}});
    let snapshot = json!({"volumeId": "vol-1", "tagSpecificationSet": {"items": [{"resourceType": "snapshot"}]}});
    assert_cases(&[
        (
            "ec2",
            "CreateTags",
            tag,
            &[
                "ec2:CreateTags = arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                "ec2:CreateTags = arn:aws:ec2:eu-west-1:111122223333:volume/vol-2",
            ],
        ),
        (
            "ec2",
            "CreateSnapshot",
            snapshot.clone(),
            &[
                "ec2:CreateSnapshot = arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
                "ec2:CreateSnapshot ~ arn:aws:ec2:eu-west-1::snapshot/*",
                "ec2:CreateTags ~ arn:aws:ec2:eu-west-1::snapshot/*",
            ],
        ),
        (
            "ec2",
            "TerminateInstances",
            json!({"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}),
            &[
                "ec2:TerminateInstances = arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                "ec2:TerminateInstances = arn:aws:ec2:eu-west-1:111122223333:instance/i-2",
            ],
        ),
    ]);
    let mapped = super::mapped("ec2", "CreateSnapshot", &snapshot);
    let tags = mapped
        .accesses
        .iter()
        .find(|access| access.action == "ec2:CreateTags")
        .unwrap();
    assert_eq!(tags.conditions["ec2:CreateAction"], ["CreateSnapshot"]);
}
