"""An account with a bad and a good thing of each sort, for tests of `harden` on AWS itself."""

import json
from datetime import datetime, timedelta, timezone

import boto3
from moto.backends import get_backend

from cloud.authorization import ACCOUNT

REGION = "eu-central-1"
LAMBDA = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
     "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}
ALL_ON = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
SECRET = "wJalrXUtnFEMIenvironmentSECRETvalue00000"
# No real secret: a key in the form of one.
VARIABLES = {"AWS_SECRET_ACCESS_KEY_COPY": SECRET, "PASSWORD": SECRET}


def client(cloud, service, region=REGION):
    return boto3.client(service, endpoint_url=cloud.url, region_name=region, aws_access_key_id="AKIAOWNER", aws_secret_access_key="x")


def control():
    """S3 Control: boto3 puts the account before the host's name, which the loopback does not have."""
    return get_backend("s3control")[ACCOUNT]["aws"]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def tls(bucket):
    """Denies what comes without TLS, or with an old one."""
    both = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    base = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both}
    return [{**base, "Sid": "TLS", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {**base, "Sid": "Old", "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}]


class World:
    """Makes things, and takes them away again."""

    def __init__(self, cloud):
        self.cloud, self.undo = cloud, []
        self.s3 = client(cloud, "s3")
        self.iam = client(cloud, "iam")

    def bucket(self, name, region=REGION):
        client(self.cloud, "s3", region).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        self.undo.append(lambda: self.s3.delete_bucket(Bucket=name))

    def good_bucket(self, name, logs="logs-target"):
        """A bucket as it should be."""
        s3 = self.s3
        self.bucket(name)
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=ALL_ON)
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
        s3.put_bucket_policy(Bucket=name, Policy=document(*tls(name)))
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key"}, "BucketKeyEnabled": True}]})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_replication(Bucket=name, ReplicationConfiguration={"Role": f"arn:aws:iam::{ACCOUNT}:role/replication", "Rules": [
            {"Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"},
             "Destination": {"Bucket": f"arn:aws:s3:::{name}-copy"}}]})
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [
            {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]})
        if logs:
            # moto sees the right to write logs only in an access control list.
            get_backend("s3")[ACCOUNT]["aws"].get_bucket(name).logging = {"TargetBucket": logs, "TargetPrefix": "l/"}
        self.cloud.mfa_delete.add(name)

    def bad_bucket(self, name):
        """A bucket that anyone may read, write and overwrite."""
        self.bucket(name)
        self.s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        self.s3.put_bucket_acl(Bucket=name, ACL="public-read")
        self.s3.put_bucket_policy(Bucket=name, Policy=document(
            {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}))

    def encrypted(self, name, algorithm):
        self.bucket(name)
        self.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}, "BucketKeyEnabled": False}]})

    def access_point(self, name, bucket, is_good, vpc=None):
        """One of a network alone needs no block, and its policy counts."""
        block = ALL_ON if is_good and not vpc else {key: False for key in ALL_ON}
        control().create_access_point(ACCOUNT, name, bucket, {"VpcId": vpc} if vpc else {}, block)
        self.undo.append(lambda: control().delete_access_point(ACCOUNT, name))

    def whole_stack(self, name):
        """A stack with a bucket, a role, a function and a security group, all bad."""
        self.stack(name, True, {
            "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"bucket-of-{name}"}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {
                "RoleName": f"role-of-{name}", "AssumeRolePolicyDocument": LAMBDA}},
            "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
                "GroupDescription": "g", "GroupName": f"group-of-{name}",
                "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}]}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": {
                "FunctionName": f"function-of-{name}", "Runtime": "python2.7", "Handler": "a.b", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "x"}}},
        })
        self.s3.put_bucket_versioning(Bucket=f"bucket-of-{name}", VersioningConfiguration={"Status": "Enabled"})
        # moto keeps policies of a template otherwise than those that are put.
        role = f"role-of-{name}"
        own = self.policy(f"policy-of-{name}")
        self.iam.attach_role_policy(RoleName=role, PolicyArn=own)
        self.undo.append(lambda: self.iam.detach_role_policy(RoleName=role, PolicyArn=own))
        wide = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
        self.iam.put_role_policy(RoleName=role, PolicyName="wide", PolicyDocument=wide)
        self.undo.append(lambda: self.iam.delete_role_policy(RoleName=role, PolicyName="wide"))

    def policy(self, name):
        """A policy of the account's own."""
        arn = self.iam.create_policy(PolicyName=name, PolicyDocument=document(
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}))["Policy"]["Arn"]
        self.undo.append(lambda: self.iam.delete_policy(PolicyArn=arn))
        return arn

    def role(self, name, is_good, path="/"):
        iam = self.iam
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(LAMBDA))
        self.undo.append(lambda: iam.delete_role(RoleName=name))
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
        if is_good:
            bound = self.policy(f"bound-{name}")
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=bound)
            self.undo.append(lambda: iam.delete_role_permissions_boundary(RoleName=name))
        else:
            statement = {"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}
            managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
            iam.attach_role_policy(RoleName=name, PolicyArn=managed)
            self.undo.append(lambda: iam.detach_role_policy(RoleName=name, PolicyArn=managed))
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(statement))
        self.undo.append(lambda: iam.delete_role_policy(RoleName=name, PolicyName="inline"))
        # moto cannot make a role of another day.
        role = get_backend("iam")[ACCOUNT]["aws"].get_role(name)
        role.create_date = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=300)
        role.last_used = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=2 if is_good else 200)

    def function(self, name, role, is_good, region=REGION):
        functions = client(self.cloud, "lambda", region)
        functions.create_function(
            FunctionName=name, Runtime="python3.13" if is_good else "python2.7", Role=f"arn:aws:iam::{ACCOUNT}:role/{role}", Handler="a.b",
            Code={"ZipFile": b"x"}, Environment={"Variables": {"STAGE": "prod"} if is_good else VARIABLES})
        self.undo.append(lambda: functions.delete_function(FunctionName=name))
        narrow = {"SourceArn": "arn:aws:s3:::data", "SourceAccount": ACCOUNT} if is_good else {}
        functions.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", **narrow)
        if not is_good:
            functions.add_permission(FunctionName=name, StatementId="all", Action="lambda:InvokeFunction", Principal="*")

    def group(self, name, is_good, region=REGION):
        ec2 = client(self.cloud, "ec2", region)
        group = ec2.create_security_group(GroupName=name, Description=name)["GroupId"]
        self.undo.append(lambda: ec2.delete_security_group(GroupId=group))
        openings = [(443, "0.0.0.0/0"), (5432, "10.0.0.0/8")] if is_good else [(22, "0.0.0.0/0"), (8123, "0.0.0.0/0")]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": network}]} for port, network in openings])
        return group

    def stack(self, name, is_good, resources=None, region=REGION):
        stacks = client(self.cloud, "cloudformation", region)
        resources = resources or {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}
        stacks.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
        self.undo.append(lambda: stacks.delete_stack(StackName=name))
        status = "IN_SYNC" if is_good else "MODIFIED"
        self.cloud.drifts[name] = [("Queue", "AWS::SQS::Queue", "MODIFIED"), ("Bucket", "AWS::S3::Bucket", status)]
        if is_good:
            self.cloud.protected.add(name)
            stacks.set_stack_policy(StackName=name, StackPolicyBody=json.dumps({"Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
                {"Effect": "Deny", "Principal": "*", "Action": ["Update:Replace", "Update:Delete"], "Resource": "LogicalResourceId/Queue"}]}))

    def account_block(self, is_on):
        control().public_access_block = None
        if is_on:
            control().put_public_access_block(ACCOUNT, ALL_ON)

    def clear(self):
        for step in reversed(self.undo):
            step()
        self.account_block(False)
