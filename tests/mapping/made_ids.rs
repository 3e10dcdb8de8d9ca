//! Resources whose ARN holds an id that the service makes: the name in the request is enough for a narrow grant.

use serde_json::{Value, json};

use super::mapped;

/// Service, operation, request, and what must be granted: action and resource, all of them.
type Case = (
    &'static str,
    &'static str,
    Value,
    Vec<(&'static str, &'static str)>,
);

fn cases() -> Vec<Case> {
    vec![
        (
            "cloudformation",
            "DeleteStack",
            json!({"stackName": "shop"}),
            vec![("cloudformation:DeleteStack", ":stack/shop/*")],
        ),
        (
            "autoscaling",
            "SetDesiredCapacity",
            json!({"autoScalingGroupName": "web"}),
            vec![(
                "autoscaling:SetDesiredCapacity",
                ":autoScalingGroup:*:autoScalingGroupName/web",
            )],
        ),
        (
            "elasticmapreduce",
            "TerminateJobFlows",
            json!({"jobFlowIds": ["j-1"]}),
            vec![("elasticmapreduce:TerminateJobFlows", ":cluster/j-1")],
        ),
        (
            "elasticbeanstalk",
            "SwapEnvironmentCNAMEs",
            json!({"sourceEnvironmentName": "blue", "destinationEnvironmentName": "green"}),
            vec![
                (
                    "elasticbeanstalk:SwapEnvironmentCNAMEs",
                    ":environment/*/blue",
                ),
                (
                    "elasticbeanstalk:SwapEnvironmentCNAMEs",
                    ":environment/*/green",
                ),
            ],
        ),
        (
            "kinesis",
            "CreateStream",
            json!({"streamName": "clicks", "tags": {"team": "a"}}),
            vec![
                ("kinesis:CreateStream", ":stream/clicks"),
                ("kinesis:AddTagsToStream", ":stream/clicks"),
            ],
        ),
        (
            "kinesis",
            "CreateStream",
            json!({"streamName": "clicks"}),
            vec![("kinesis:CreateStream", ":stream/clicks")],
        ),
        (
            "organizations",
            "MoveAccount",
            json!({"accountId": "444455556666", "sourceParentId": "r-ab12", "destinationParentId": "ou-ab12-cd34"}),
            vec![
                ("organizations:MoveAccount", ":account/o-*/444455556666"),
                ("organizations:MoveAccount", ":root/o-*/r-ab12"),
                ("organizations:MoveAccount", ":ou/o-*/ou-ab12-cd34"),
            ],
        ),
    ]
}

#[test]
fn names_stand_for_ids_that_the_request_does_not_have() {
    for (service, operation, request, wanted) in cases() {
        let mapped = mapped(service, operation, &request);
        for (action, ending) in &wanted {
            let mut accesses = mapped.accesses.iter();
            assert!(
                accesses.any(|it| it.action == *action && it.resource.ends_with(ending)),
                "{operation}: {ending}: {:#?}",
                mapped.accesses
            );
        }
        for access in &mapped.accesses {
            let mut wanted = wanted.iter();
            assert!(
                wanted.any(|(action, ending)| access.action == *action
                    && access.resource.ends_with(ending)),
                "{operation}: {access:#?}"
            );
        }
    }
}
