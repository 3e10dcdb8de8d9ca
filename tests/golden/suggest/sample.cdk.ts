// What the role PrototypeFunctionRole of 111122223333 needs, by what it did from 2026-06-01 to 2026-07-30.
// Written by polgen: all 2,673 uses seen were replayed over it and are allowed.
import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export class PrototypeFunctionRoleAccess extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const { account, partition, region } = Stack.of(this);
    const role = iam.Role.fromRoleName(this, 'Role', 'PrototypeFunctionRole');

    new iam.ManagedPolicy(this, 'PrototypeFunctionRoleUsed', {
      managedPolicyName: 'PrototypeFunctionRole-used',
      roles: [role],
      statements: [
        // 757 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'UseDynamoDBTable',
          actions: [
            'dynamodb:GetItem',
            'dynamodb:PutItem',
            'dynamodb:UpdateItem',
          ],
          resources: [
            `arn:${partition}:dynamodb:${region}:${account}:table/prototype-orders`,
          ],
        }),
        // 183 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'DynamoDBQuery',
          actions: ['dynamodb:Query'],
          resources: [
            `arn:${partition}:dynamodb:${region}:${account}:table/prototype-orders`,
            `arn:${partition}:dynamodb:${region}:${account}:table/prototype-orders/index/by-status`,
          ],
        }),
        // 104 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'KmsDecryptForSecretsmanager',
          actions: ['kms:Decrypt'],
          resources: [
            `arn:${partition}:kms:${region}:${account}:key/3f1c9d52-7a4e-4b0b-9c58-1f0d6e2a7b90`,
          ],
          conditions: {
            StringEquals: {
              'kms:ViaService': [`secretsmanager.${region}.amazonaws.com`],
            },
          },
        }),
        // 104 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'S3ListBucket',
          actions: ['s3:ListBucket'],
          resources: [`arn:${partition}:s3:::acme-prototype-orders`],
        }),
        // 566 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'S3GetObject',
          actions: ['s3:GetObject'],
          resources: [
            `arn:${partition}:s3:::acme-prototype-orders/config/pricing.json`,
            `arn:${partition}:s3:::acme-prototype-orders/incoming/*`,
            `arn:${partition}:s3:::acme-prototype-orders/processed/*`,
          ],
        }),
        // 374 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'S3PutObject',
          actions: ['s3:PutObject'],
          resources: [
            `arn:${partition}:s3:::acme-prototype-orders/processed/*`,
          ],
        }),
        // 107 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'SecretsManagerGetSecretValue',
          actions: ['secretsmanager:GetSecretValue'],
          resources: [
            `arn:${partition}:secretsmanager:${region}:${account}:secret:prototype/orders/payment-api-??????`,
          ],
        }),
        // 374 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'SQSSendMessage',
          actions: ['sqs:SendMessage'],
          resources: [
            `arn:${partition}:sqs:${region}:${account}:prototype-order-events`,
          ],
        }),
        // runtime: Lambda writes the function's logs with the role, and CloudTrail never records PutLogEvents
        // 104 uses on 60 days, last on 2026-07-30
        new iam.PolicyStatement({
          sid: 'RuntimeWriteCloudWatchLogsLogStream',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [
            `arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/prototype-orders:*`,
          ],
        }),
        // kept: it is a data event, and this trail records none of AWS::XRay::Trace
        new iam.PolicyStatement({
          sid: 'KeptWriteXRay',
          actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
          resources: ['*'],
        }),
      ],
    });
  }
}
