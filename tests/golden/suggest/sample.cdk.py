# What the role PrototypeFunctionRole of 111122223333 needs, by what it did from 2026-06-01 to 2026-07-30.
# Written by polgen: all 2,673 uses seen were replayed over it and are allowed.
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct


class PrototypeFunctionRoleAccess(Construct):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)

        stack = Stack.of(self)
        role = iam.Role.from_role_name(self, "Role", "PrototypeFunctionRole")

        iam.ManagedPolicy(
            self,
            "PrototypeFunctionRoleUsed",
            managed_policy_name="PrototypeFunctionRole-used",
            roles=[role],
            statements=[
                # 757 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="UseDynamoDBTable",
                    actions=[
                        "dynamodb:GetItem",
                        "dynamodb:PutItem",
                        "dynamodb:UpdateItem",
                    ],
                    resources=[
                        f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table/prototype-orders",
                    ],
                ),
                # 183 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="DynamoDBQuery",
                    actions=["dynamodb:Query"],
                    resources=[
                        f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table/prototype-orders",
                        f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table/prototype-orders/index/by-status",
                    ],
                ),
                # 104 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="KmsDecryptForSecretsmanager",
                    actions=["kms:Decrypt"],
                    resources=[
                        f"arn:{stack.partition}:kms:{stack.region}:{stack.account}:key/3f1c9d52-7a4e-4b0b-9c58-1f0d6e2a7b90",
                    ],
                    conditions={
                        "StringEquals": {
                            "kms:ViaService": [
                                f"secretsmanager.{stack.region}.amazonaws.com",
                            ],
                        },
                    },
                ),
                # 104 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="S3ListBucket",
                    actions=["s3:ListBucket"],
                    resources=[f"arn:{stack.partition}:s3:::acme-prototype-orders"],
                ),
                # 566 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="S3GetObject",
                    actions=["s3:GetObject"],
                    resources=[
                        f"arn:{stack.partition}:s3:::acme-prototype-orders/config/pricing.json",
                        f"arn:{stack.partition}:s3:::acme-prototype-orders/incoming/*",
                        f"arn:{stack.partition}:s3:::acme-prototype-orders/processed/*",
                    ],
                ),
                # 374 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="S3PutObject",
                    actions=["s3:PutObject"],
                    resources=[
                        f"arn:{stack.partition}:s3:::acme-prototype-orders/processed/*",
                    ],
                ),
                # 107 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="SecretsManagerGetSecretValue",
                    actions=["secretsmanager:GetSecretValue"],
                    resources=[
                        f"arn:{stack.partition}:secretsmanager:{stack.region}:{stack.account}:secret:prototype/orders/payment-api-??????",
                    ],
                ),
                # 374 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="SQSSendMessage",
                    actions=["sqs:SendMessage"],
                    resources=[
                        f"arn:{stack.partition}:sqs:{stack.region}:{stack.account}:prototype-order-events",
                    ],
                ),
                # runtime: Lambda writes the function's logs with the role, and CloudTrail never records PutLogEvents
                # 104 uses on 60 days, last on 2026-07-30
                iam.PolicyStatement(
                    sid="RuntimeWriteCloudWatchLogsLogStream",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[
                        f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:/aws/lambda/prototype-orders:*",
                    ],
                ),
                # kept: it is a data event, and this trail records none of AWS::XRay::Trace
                iam.PolicyStatement(
                    sid="KeptWriteXRay",
                    actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                    resources=["*"],
                ),
            ],
        )
