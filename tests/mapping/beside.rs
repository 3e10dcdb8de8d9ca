//! What a call needs beside the action of its name: tags, what the request hands over or names, and what no record shows.

use serde_json::json;

use super::{assert_cases, lines, mapped, mapped_with};

#[test]
fn tags_given_on_creation_need_the_tagging_action() {
    let tags = json!([{"key": "k", "value": "v"}]);
    assert_cases(&[
        (
            "ecr",
            "CreateRepository",
            json!({"repositoryName": "r", "tags": tags}),
            &[
                "ecr:CreateRepository = arn:aws:ecr:eu-west-1:111122223333:repository/r",
                "ecr:TagResource = arn:aws:ecr:eu-west-1:111122223333:repository/r",
            ],
        ),
        (
            "ecr",
            "CreateRepository",
            json!({"repositoryName": "r", "tags": []}),
            &["ecr:CreateRepository = arn:aws:ecr:eu-west-1:111122223333:repository/r"],
        ),
        (
            "acm",
            "RequestCertificate",
            json!({"domainName": "example.com", "tags": tags}),
            &[
                "acm:AddTagsToCertificate ~ arn:aws:acm:eu-west-1:111122223333:certificate/*",
                "acm:RequestCertificate * *",
            ],
        ),
        (
            "cognito-idp",
            "CreateUserPool",
            json!({"poolName": "p", "userPoolTags": {"k": "v"}}),
            &[
                "cognito-idp:CreateUserPool * *",
                "cognito-idp:TagResource ~ arn:aws:cognito-idp:eu-west-1:111122223333:userpool/*",
            ],
        ),
    ]);
}

#[test]
fn what_a_request_names_beside_the_call_is_granted() {
    let cluster = "arn:aws:kafka:eu-west-1:111122223333:cluster/c/1";
    assert_cases(&[
        (
            "bedrock",
            "Converse",
            json!({"modelId": "anthropic.claude", "guardrailConfig": {"guardrailIdentifier": "g"}}),
            &[
                "bedrock:ApplyGuardrail = arn:aws:bedrock:eu-west-1:111122223333:guardrail/g",
                "bedrock:InvokeModel = arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude",
            ],
        ),
        (
            "cloudformation",
            "DescribeStacks",
            json!({}),
            &[
                "cloudformation:DescribeStacks ~ *",
                "cloudformation:ListStacks * *",
            ],
        ),
        (
            "kafka",
            "CreateTopic",
            json!({"clusterArn": cluster, "topicName": "t"}),
            &[
                "kafka-cluster:Connect = arn:aws:kafka:eu-west-1:111122223333:cluster/c/1",
                "kafka-cluster:CreateTopic = arn:aws:kafka:eu-west-1:111122223333:topic/c/1/t",
                "kafka:CreateTopic = arn:aws:kafka:eu-west-1:111122223333:topic/c/1/t",
            ],
        ),
        (
            "secretsmanager",
            "BatchGetSecretValue",
            json!({"filters": [{"key": "name", "values": ["a"]}]}),
            &[
                "secretsmanager:BatchGetSecretValue * *",
                "secretsmanager:ListSecrets * *",
            ],
        ),
        (
            "redshift",
            "DeleteCluster",
            json!({"clusterIdentifier": "c", "finalClusterSnapshotIdentifier": "s"}),
            &[
                "redshift:CreateClusterSnapshot = arn:aws:redshift:eu-west-1:111122223333:cluster:c",
                "redshift:CreateClusterSnapshot = arn:aws:redshift:eu-west-1:111122223333:snapshot:c/s",
                "redshift:DeleteCluster = arn:aws:redshift:eu-west-1:111122223333:cluster:c",
            ],
        ),
    ]);
}

#[test]
fn what_no_record_shows_is_said() {
    let mapped = mapped("glue", "StartJobRun", &json!({"jobName": "j"}));
    assert_eq!(
        lines(&mapped),
        ["glue:StartJobRun = arn:aws:glue:eu-west-1:111122223333:job/j"]
    );
    assert!(
        mapped
            .notes
            .iter()
            .any(|note| note.contains("`glue:GetUsageProfile` may be needed")),
        "{:?}",
        mapped.notes
    );
}

#[test]
fn calls_with_an_api_key_need_a_word_for_it() {
    let request = json!({"modelId": "anthropic.claude"});
    let with_key = json!({"additionalEventData": {"callWithBearerToken": true}});
    let found = mapped_with("bedrock", "InvokeModel", &request, &with_key);
    assert!(
        lines(&found).contains(&"bedrock:CallWithBearerToken * *".to_owned()),
        "{found:?}"
    );
    let found = mapped("bedrock", "InvokeModel", &request);
    assert!(
        !lines(&found)
            .iter()
            .any(|line| line.contains("BearerToken")),
        "{found:?}"
    );
}
