//! ECS and Step Functions.

use serde_json::{Value, json};

use super::*;

#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn cases() -> Vec<Case> {
    let task = "0123456789abcdef0123456789abcdef";
    let repository = arn("ecr", "repository/app");
    let pull =
        |name: &str, parameters: &Value| by(task, "Amazon ECS Agent/1", "ecr", name, parameters);
    let layers = json!({ "repositoryName": "app", "registryId": ACCOUNT });
    vec![
        Case {
            name: "ECS execution role",
            records: vec![
                assumed("ecs-tasks", task),
                by_deployer(
                    "ecs",
                    "RegisterTaskDefinition",
                    &json!({ "family": "app", "executionRoleArn": role_arn(), "containerDefinitions": [
                        { "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "/ecs/app" } } } ] }),
                    &json!(null),
                ),
                pull("GetAuthorizationToken", &json!({})),
                pull("BatchCheckLayerAvailability", &layers),
                pull("GetDownloadUrlForLayer", &layers),
                pull("BatchGetImage", &layers),
                by(
                    task,
                    "Amazon ECS Agent/1",
                    "logs",
                    "CreateLogStream",
                    &json!({ "logGroupName": "/ecs/app", "logStreamName": "ecs/app/1" }),
                ),
            ],
            current: vec!["AmazonECSTaskExecutionRolePolicy"],
            own: vec![],
            expected: vec![
                (vec!["ecr:GetAuthorizationToken"], vec!["*".to_owned()]),
                (
                    vec![
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:GetDownloadUrlForLayer",
                        "ecr:BatchGetImage",
                    ],
                    vec![repository],
                ),
                (
                    vec!["logs:CreateLogStream", "logs:PutLogEvents"],
                    vec![log_group("/ecs/app")],
                ),
            ],
        },
        Case {
            name: "ECS task role with ECS Exec",
            records: vec![
                by_deployer(
                    "ecs",
                    "RegisterTaskDefinition",
                    &json!({ "family": "app", "taskRoleArn": role_arn() }),
                    &json!(null),
                ),
                by(
                    task,
                    "Boto3/1 exec-env/AWS_ECS_FARGATE",
                    "ssm",
                    "GetParameter",
                    &json!({ "name": "/app/url" }),
                ),
            ],
            current: vec!["AmazonSSMReadOnlyAccess"],
            own: vec![],
            expected: vec![(
                vec!["ssm:GetParameter"],
                vec![arn("ssm", "parameter/app/url")],
            )],
        },
        Case {
            name: "Step Functions with logs",
            records: vec![
                assumed("states", "abc"),
                by_deployer(
                    "states",
                    "CreateStateMachine",
                    &json!({ "name": "flow", "roleArn": role_arn(), "loggingConfiguration": { "destinations": [
                        { "cloudWatchLogsLogGroup": { "logGroupArn": log_group("/flow") } } ] } }),
                    &json!(null),
                ),
                by(
                    "abc",
                    "states.amazonaws.com",
                    "sns",
                    "ListTopics",
                    &json!({}),
                ),
            ],
            current: vec![],
            own: vec![
                "sns:ListTopics",
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
                "logs:DeleteLogGroup",
            ],
            expected: vec![
                (vec!["sns:ListTopics"], vec!["*".to_owned()]),
                (
                    vec![
                        "logs:CreateLogDelivery",
                        "logs:DeleteLogDelivery",
                        "logs:DescribeLogGroups",
                        "logs:DescribeResourcePolicies",
                        "logs:GetLogDelivery",
                        "logs:ListLogDeliveries",
                        "logs:PutResourcePolicy",
                        "logs:UpdateLogDelivery",
                    ],
                    vec!["*".to_owned()],
                ),
            ],
        },
    ]
}
