// What the role PrototypeFunctionRole of 111122223333 needs, by what it did from 2026-06-01 to 2026-07-30.
// Written by polgen: all 2,673 uses seen were replayed over it and are allowed.
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

const account = aws.getCallerIdentityOutput().accountId;
const partition = aws.getPartitionOutput().partition;
const region = aws.getRegionOutput().id;

const prototypeFunctionRoleUsedPolicy = new aws.iam.Policy('prototype-function-role-used', {
  name: 'PrototypeFunctionRole-used',
  policy: pulumi.jsonStringify({
    Version: '2012-10-17',
    Statement: [
      // 757 uses on 60 days, last on 2026-07-30
      {
        Sid: 'UseDynamoDBTable',
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        Resource: pulumi.interpolate`arn:${partition}:dynamodb:${region}:${account}:table/prototype-orders`,
      },
      // 183 uses on 60 days, last on 2026-07-30
      {
        Sid: 'DynamoDBQuery',
        Effect: 'Allow',
        Action: 'dynamodb:Query',
        Resource: [
          pulumi.interpolate`arn:${partition}:dynamodb:${region}:${account}:table/prototype-orders`,
          pulumi.interpolate`arn:${partition}:dynamodb:${region}:${account}:table/prototype-orders/index/by-status`,
        ],
      },
      // 104 uses on 60 days, last on 2026-07-30
      {
        Sid: 'KmsDecryptForSecretsmanager',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: pulumi.interpolate`arn:${partition}:kms:${region}:${account}:key/3f1c9d52-7a4e-4b0b-9c58-1f0d6e2a7b90`,
        Condition: {
          StringEquals: {
            'kms:ViaService': pulumi.interpolate`secretsmanager.${region}.amazonaws.com`,
          },
        },
      },
      // 104 uses on 60 days, last on 2026-07-30
      {
        Sid: 'S3ListBucket',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: pulumi.interpolate`arn:${partition}:s3:::acme-prototype-orders`,
      },
      // 566 uses on 60 days, last on 2026-07-30
      {
        Sid: 'S3GetObject',
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: [
          pulumi.interpolate`arn:${partition}:s3:::acme-prototype-orders/config/pricing.json`,
          pulumi.interpolate`arn:${partition}:s3:::acme-prototype-orders/incoming/*`,
          pulumi.interpolate`arn:${partition}:s3:::acme-prototype-orders/processed/*`,
        ],
      },
      // 374 uses on 60 days, last on 2026-07-30
      {
        Sid: 'S3PutObject',
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: pulumi.interpolate`arn:${partition}:s3:::acme-prototype-orders/processed/*`,
      },
      // 107 uses on 60 days, last on 2026-07-30
      {
        Sid: 'SecretsManagerGetSecretValue',
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: pulumi.interpolate`arn:${partition}:secretsmanager:${region}:${account}:secret:prototype/orders/payment-api-??????`,
      },
      // 374 uses on 60 days, last on 2026-07-30
      {
        Sid: 'SQSSendMessage',
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: pulumi.interpolate`arn:${partition}:sqs:${region}:${account}:prototype-order-events`,
      },
      // runtime: Lambda writes the function's logs with the role, and CloudTrail never records PutLogEvents
      // 104 uses on 60 days, last on 2026-07-30
      {
        Sid: 'RuntimeWriteCloudWatchLogsLogStream',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: pulumi.interpolate`arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/prototype-orders:*`,
      },
      // kept: it is a data event, and this trail records none of AWS::XRay::Trace
      {
        Sid: 'KeptWriteXRay',
        Effect: 'Allow',
        Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
        Resource: '*',
      },
    ],
  }),
});

new aws.iam.RolePolicyAttachment('prototype-function-role-used', {
  role: 'PrototypeFunctionRole',
  policyArn: prototypeFunctionRoleUsedPolicy.arn,
});
