"""The account that the workload runs in, set up by an administrator: everything that exists before the role's first call."""

import io
import json
import zipfile
from contextlib import suppress

from .recorder import ACCOUNT, REGION, arn

ROLE = "LoopFunctionRole"
ROLE_PATH = "/service-role/"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role{ROLE_PATH}{ROLE}"
FUNCTION = "loop-function"
LOG_STREAM = "2026/11/02/[$LATEST]ab12"
HELPER_ARN = f"arn:aws:iam::{ACCOUNT}:role/LoopHelperRole"
BUCKET, OTHER_BUCKET = "loop-orders", "loop-invoices"
BROAD = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Sid": "Metrics", "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"},
]}


def trust(service):
    """The trust policy for one service."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


def code():
    """A function's code."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("handler.py", "def handler(event, context):\n    return 1\n")
    return archive.getvalue()


class Account:
    """Creates the resources and remembers the names that AWS gave them."""

    def __init__(self, session):
        self._client = lambda service: session.client(service, region_name=REGION)
        self._roles()
        self._storage()
        self._messaging()
        self._keys_and_secrets()
        self._computing()

    def _roles(self):
        iam = self._client("iam")
        role = iam.create_role(RoleName=ROLE, Path=ROLE_PATH, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
        self.role_id = role["Role"]["RoleId"]
        iam.create_role(RoleName="LoopHelperRole", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
        iam.put_role_policy(RoleName=ROLE, PolicyName="broad", PolicyDocument=json.dumps(BROAD))

    def _storage(self):
        s3 = self._client("s3")
        where = {"LocationConstraint": REGION}
        for bucket in (BUCKET, OTHER_BUCKET):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        for name in ("2026/11/02/a1", "2026/11/02/b2", "2026/11/03/c3", "2026/11/04/d4"):
            s3.put_object(Bucket=BUCKET, Key=f"incoming/{name}.json", Body=b"{}")
        s3.put_object(Bucket=BUCKET, Key="config/rates.json", Body=b"{}")
        s3.put_object(Bucket=BUCKET, Key="scratch/old.tmp", Body=b"")
        s3.put_bucket_versioning(Bucket=OTHER_BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.version = s3.put_object(Bucket=OTHER_BUCKET, Key="2026/summary.csv", Body=b"1")["VersionId"]
        dynamodb = self._client("dynamodb")
        for table in ("loop-orders", "loop-customers", "loop-audit"):
            dynamodb.create_table(
                TableName=table, BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                      {"AttributeName": "status", "AttributeType": "S"}],
                GlobalSecondaryIndexes=[{"IndexName": "by-status", "Projection": {"ProjectionType": "ALL"},
                                         "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}]}],
            )

    def _messaging(self):
        self.queue = self._client("sqs").create_queue(QueueName="loop-jobs")["QueueUrl"]
        self.topic = self._client("sns").create_topic(Name="loop-news")["TopicArn"]
        self._client("kinesis").create_stream(StreamName="loop-clicks", ShardCount=1)
        self._client("logs").create_log_group(logGroupName=f"/aws/lambda/{FUNCTION}")
        self._client("logs").create_log_group(logGroupName="/loop/audit")
        definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
        self.machine = self._client("stepfunctions").create_state_machine(
            name="loop-flow", definition=json.dumps(definition), roleArn=HELPER_ARN)["stateMachineArn"]

    def _keys_and_secrets(self):
        kms = self._client("kms")
        self.key = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName="alias/loop-data", TargetKeyId=self.key["KeyId"])
        self.sealing_key = kms.create_key()["KeyMetadata"]
        secrets = self._client("secretsmanager")
        self.secret = secrets.create_secret(
            Name="loop/payment", SecretString="s", KmsKeyId=self.sealing_key["KeyId"])["ARN"]
        ssm = self._client("ssm")
        for name in ("/loop/config/url", "/loop/config/rate"):
            ssm.put_parameter(Name=name, Value="v", Type="String")

    def _computing(self):
        functions = self._client("lambda")
        functions.create_function(FunctionName="loop-worker", Runtime="python3.12", Role=HELPER_ARN,
                                  Handler="handler.handler", Code={"ZipFile": code()})
        ec2 = self._client("ec2")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self.instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        self._client("ecr").create_repository(repositoryName="loop/worker")
        ecs = self._client("ecs")
        ecs.create_cluster(clusterName="loop-batch")
        ecs.register_task_definition(
            family="loop-render", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
            containerDefinitions=[{"name": "render", "image": "render", "memory": 512}])
        self.subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.security_group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        self.stack = self._client("cloudformation").create_stack(
            StackName="loop-stack", TemplateBody=json.dumps(template))["StackId"]
        self.api = self._client("apigateway").create_rest_api(name="loop-api")["id"]

    def key_arns(self):
        """How a call may name a key -> the key's ARN."""
        return {"alias/loop-data": self.key["Arn"], self.key["KeyId"]: self.key["Arn"], self.key["Arn"]: self.key["Arn"]}

    def restore(self):
        """Undoes what the workload changed, also when it was cut off, so that it finds what it found the first time."""
        functions, logs = self._client("lambda"), self._client("logs")
        with suppress(functions.exceptions.ResourceNotFoundException):
            functions.delete_function(FunctionName="loop-extra")
        with suppress(logs.exceptions.ResourceNotFoundException):
            logs.delete_log_stream(logGroupName=f"/aws/lambda/{FUNCTION}", logStreamName=LOG_STREAM)
        self._client("ec2").start_instances(InstanceIds=[self.instance])
        self._client("s3").put_object(Bucket=BUCKET, Key="scratch/old.tmp", Body=b"")

    def attach(self, policies):
        """Puts the suggested policies on the role in place of the broad one; returns them as the account gives them back."""
        iam = self._client("iam")
        iam.delete_role_policy(RoleName=ROLE, PolicyName="broad")
        attached = []
        for number, policy in enumerate(policies):
            created = iam.create_policy(PolicyName=f"suggested-{number}", PolicyDocument=json.dumps(policy))["Policy"]
            iam.attach_role_policy(RoleName=ROLE, PolicyArn=created["Arn"])
            version = iam.get_policy_version(PolicyArn=created["Arn"], VersionId=created["DefaultVersionId"])
            attached.append(version["PolicyVersion"]["Document"])
        return attached


def role_details(account):
    """The role as `aws iam get-account-authorization-details` would print it."""
    return {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
        "Path": ROLE_PATH, "RoleName": ROLE, "RoleId": account.role_id, "Arn": ROLE_ARN,
        "CreateDate": "2026-10-01T08:00:00+00:00", "AssumeRolePolicyDocument": json.loads(trust("lambda.amazonaws.com")),
        "InstanceProfileList": [], "AttachedManagedPolicies": [], "Tags": [],
        "RolePolicyList": [{"PolicyName": "broad", "PolicyDocument": BROAD}],
    }]}


QUEUE_ARN = arn("sqs", "loop-jobs")
