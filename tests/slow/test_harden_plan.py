"""`harden --fix plan`: what it prints is run by the AWS CLI itself. What was bad is clean then, and the printed way back restores it.

One table walks all rules that serve a practice: each has something bad in AWS, and a change that is run, or a reason why there is none.
"""

import json
import re
import subprocess
import os
from datetime import datetime, timedelta, timezone

import pytest

from cloud.authorization import ACCOUNT
from cloud.records import record
from moto.backends import get_backend
from posture import ALL_ON, REGION, SECRET, World, client, control, document, tls
from shell import Shell
from test_harden_live import harden, of, recent

# What a person names where a change leaves something open.
NAMED = {
    "PRINCIPAL_ARN": f"arn:aws:iam::{ACCOUNT}:role/reader", "ACTION": "s3:GetObject", "SOURCE_ACCOUNT": ACCOUNT,
    "SOURCE_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:topic", "REPOSITORY": "acme/app", "NETWORK": "203.0.113.0/24",
    "BOUNDARY_ARN": f"arn:aws:iam::{ACCOUNT}:policy/edge", "LOG_BUCKET": "logs-target", "COPY": "the-copy", "COPY_ROLE": "copies",
    "SECRETS": "app", "TRAIL": "trail",
}
# Rules without a change that is run, and why.
NOT_RUN = {
    "bucket-without-mfa-delete": "only the root user can set it, with a device at hand: it is told and never attempted",
}
# Rules whose change has no way back, and why.
ONE_WAY = {
    "stack-drifted": "what was changed by hand is what no template says: it is lost with the change, which the plan says",
}
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
TRUST = {
    "trust-everyone": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    "trust-any-source": {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"},
    "trust-any-repository": {
        "Effect": "Allow", "Principal": {"Federated": GITHUB}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}},
}
OTHER_RULE = {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}


class Bad(World):
    """Something bad for each rule; says how it is asked for and how the report calls it."""

    def bad_bucket_of(self, rule):
        self.bad_bucket("bad")
        return ["--bucket", "bad"], "bad"

    def with_key_of_s3(self, rule):
        self.encrypted("bad", "AES256")
        return ["--bucket", "bad"], "bad"

    def without_bucket_key(self, rule):
        self.encrypted("bad", "aws:kms")
        return ["--bucket", "bad"], "bad"

    def kept_for_ever(self, rule):
        self.bucket("bad")
        self.s3.put_bucket_versioning(Bucket="bad", VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_bucket_lifecycle_configuration(Bucket="bad", LifecycleConfiguration={"Rules": [OTHER_RULE]})
        return ["--bucket", "bad"], "bad"

    def copied_nowhere(self, rule):
        self.bucket("bad")
        self.bucket("the-copy", "eu-north-1")
        for name in ("bad", "the-copy"):
            self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return ["--bucket", "bad"], "bad"

    def not_logged(self, rule):
        self.bad_bucket("bad")
        self.bucket("logs-target")
        self.s3.put_bucket_ownership_controls(Bucket="logs-target", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        # moto sees the right to write logs only in an access control list.
        self.s3.put_bucket_acl(Bucket="logs-target", GrantWrite="uri=http://acs.amazonaws.com/groups/s3/LogDelivery",
                               GrantReadACP="uri=http://acs.amazonaws.com/groups/s3/LogDelivery")
        self.undo.append(lambda: [self.s3.delete_object(Bucket="logs-target", Key=one["Key"])
                                  for one in self.s3.list_objects_v2(Bucket="logs-target").get("Contents", [])])
        return ["--bucket", "bad"], "bad"

    def account_of(self, rule):
        self.account_block(False)
        return ["--account"], "account"

    def point_of(self, rule):
        self.bucket("bad")
        self.access_point("bad-point", "bad", is_good=False)
        arn = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/bad-point"
        control().put_access_point_policy(ACCOUNT, "bad-point", document(
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": f"{arn}/object/*"}))
        return ["--access-point", "bad-point"], "bad-point"

    def stack_of(self, rule):
        self.stack("bad-stack", False)
        return ["--stack", "bad-stack"], "bad-stack"

    def function_of(self, rule):
        self.role("runs", True)
        self.function("bad-function", "runs", False)
        if rule == "function-policy-without-source":
            client(self.cloud, "lambda").add_permission(
                FunctionName="bad-function", StatementId="topic", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com")
        if rule == "function-secret-in-environment":
            client(self.cloud, "lambda").update_function_configuration(
                FunctionName="bad-function", Environment={"Variables": {"PASSWORD": SECRET, "STAGE": "prod", "REGION_NAME": "eu"}})
        return ["--function", "bad-function"], "bad-function"

    def group_of(self, rule):
        ec2 = client(self.cloud, "ec2")
        group = ec2.create_security_group(GroupName="bad", Description="bad")["GroupId"]
        self.undo.append(lambda: ec2.delete_security_group(GroupId=group))
        port = 22 if rule == "security-group-open" else 8123
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [
                {"CidrIp": "0.0.0.0/0", "Description": "for now"}, {"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
        return ["--account"], group

    def role_of(self, rule):
        self.role("bad-role", False)
        # moto cannot tell of use.
        role = get_backend("iam")[ACCOUNT]["aws"].get_role("bad-role")
        days = 200 if rule == "role-unused" else 2
        role.last_used = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=days)
        if rule == "role-unused":
            self.iam.update_role(RoleName="bad-role", Description="it ran once", MaxSessionDuration=7200)
            self.iam.tag_role(RoleName="bad-role", Tags=[{"Key": "team", "Value": "a"}])
        if rule in TRUST:
            self.iam.update_assume_role_policy(RoleName="bad-role", PolicyDocument=document(TRUST[rule]))
        if rule == "role-without-boundary":
            edge = self.policy("edge")
            assert edge == NAMED["BOUNDARY_ARN"]
        if rule == "service-unused":
            # Of IAM what no trail shows is kept.
            self.iam.put_role_policy(RoleName="bad-role", PolicyName="inline", PolicyDocument=document(
                {"Effect": "Allow", "Action": ["s3:*", "glacier:*"], "Resource": "*"}))
        old = "2026-01-01T00:00:00Z"
        self.cloud.last_accessed = {"s3": {"GetObject": recent()}, "iam": recent(), "glacier": old, "logs": recent()}
        self.cloud.is_by_policies = True
        return ["--role", "bad-role"], "bad-role"


MADE = {
    "access-point-public": Bad.point_of,
    "account-without-public-access-block": Bad.account_of,
    "aws-managed-policy": Bad.role_of,
    "bucket-acls-enabled": Bad.bad_bucket_of,
    "bucket-old-tls-allowed": Bad.bad_bucket_of,
    "bucket-policy-wildcard": Bad.bad_bucket_of,
    "bucket-public-acl": Bad.bad_bucket_of,
    "bucket-public-policy": Bad.bad_bucket_of,
    "bucket-without-bucket-key": Bad.without_bucket_key,
    "bucket-without-encryption": Bad.bad_bucket_of,
    "bucket-without-kms": Bad.with_key_of_s3,
    "bucket-without-lifecycle-of-old-versions": Bad.kept_for_ever,
    "bucket-without-logging": Bad.not_logged,
    "bucket-without-mfa-delete": Bad.kept_for_ever,
    "bucket-without-public-access-block": Bad.bad_bucket_of,
    "bucket-without-replication": Bad.copied_nowhere,
    "bucket-without-tls": Bad.bad_bucket_of,
    "bucket-without-versioning": Bad.bad_bucket_of,
    "function-policy-public": Bad.function_of,
    "function-policy-without-source": Bad.function_of,
    "function-runtime-unsupported": Bad.function_of,
    "function-secret-in-environment": Bad.function_of,
    "privilege-escalation": Bad.role_of,
    "role-unused": Bad.role_of,
    "role-wildcard-action": Bad.role_of,
    "role-without-boundary": Bad.role_of,
    "security-group-open": Bad.group_of,
    "security-group-port-open": Bad.group_of,
    "service-unused": Bad.role_of,
    "stack-drifted": Bad.stack_of,
    "stack-without-stack-policy": Bad.stack_of,
    "stack-without-termination-protection": Bad.stack_of,
    "trust-any-repository": Bad.role_of,
    "trust-any-source": Bad.role_of,
    "trust-everyone": Bad.role_of,
    "wildcard-resource": Bad.role_of,
}


@pytest.fixture
def world(cloud):
    made = Bad(cloud)
    cloud.regions = [REGION]
    yield made
    made.clear()


@pytest.fixture
def shell(cloud, tmp_path):
    """What a role did lies beside it."""
    folder = tmp_path / "shell"
    (folder / "trail").mkdir(parents=True)
    now = datetime.now(timezone.utc)
    records = []
    for number in range(40):
        one = record(number, now - timedelta(days=2 * number + 1), REGION, "bad-role", "GetObject")
        one |= {"eventSource": "s3.amazonaws.com", "managementEvent": False, "eventCategory": "Data",
                "requestParameters": {"bucketName": "data", "key": f"k{number}"},
                "resources": [{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::data/k{number}"}]}
        records.append(one)
    (folder / "trail" / "a.json").write_text(json.dumps({"Records": records}))
    shell = Shell(cloud, folder, REGION)
    yield shell
    shell.stop()


def asked(call, *keys, **arguments):
    try:
        answer = call(**arguments)
    except Exception as error:  # A refusal is an answer too.
        return getattr(error, "response", {}).get("Error", {}).get("Code", str(error))
    return {key: answer.get(key) for key in keys}


def state(cloud):
    """All that the changes touch, as AWS tells it; policies of buckets to the byte."""
    s3, iam, functions, found = client(cloud, "s3"), client(cloud, "iam"), client(cloud, "lambda"), {}
    for name in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        for operation, key in (
                ("get_bucket_policy", "Policy"), ("get_public_access_block", "PublicAccessBlockConfiguration"),
                ("get_bucket_encryption", "ServerSideEncryptionConfiguration"), ("get_bucket_versioning", "Status"),
                ("get_bucket_ownership_controls", "OwnershipControls"), ("get_bucket_acl", "Grants"),
                ("get_bucket_lifecycle_configuration", "Rules"), ("get_bucket_replication", "ReplicationConfiguration"),
                ("get_bucket_logging", "LoggingEnabled")):
            found[name, operation] = asked(getattr(s3, operation), key, Bucket=name)
    block = control().public_access_block
    found["account"] = block and json.dumps(vars(block), sort_keys=True, default=str)
    for name, point in control().access_points[ACCOUNT].items():
        found["point", name] = (point.bucket, point.vpc_id, point.pubc, point.policy)
    for name in (one["RoleName"] for one in iam.list_roles()["Roles"]):
        role = iam.get_role(RoleName=name)["Role"]
        told = {key: value for key, value in role.items() if key not in ("RoleId", "CreateDate", "RoleLastUsed")}
        inline = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]
                  for one in iam.list_role_policies(RoleName=name)["PolicyNames"]}
        attached = [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        found["role", name] = json.dumps([told, inline, sorted(attached)], sort_keys=True)
    for one in functions.list_functions()["Functions"]:
        name = one["FunctionName"]
        policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
        statements = sorted(policy["Statement"], key=lambda one: one["Sid"])
        found["function", name] = json.dumps([one["Runtime"], one["Environment"], statements], sort_keys=True)
    for group in client(cloud, "ec2").describe_security_groups()["SecurityGroups"]:
        found["group", group["GroupId"]] = sorted(json.dumps(
            {**one, "IpRanges": sorted(one["IpRanges"], key=str)}, sort_keys=True) for one in group["IpPermissions"])
    stacks = client(cloud, "cloudformation")
    for stack in stacks.list_stacks()["StackSummaries"]:
        if stack["StackStatus"] != "DELETE_COMPLETE":
            name = stack["StackName"]
            found["stack", name] = (name in cloud.protected, cloud.drifts.get(name), asked(stacks.get_stack_policy, "StackPolicyBody", StackName=name))
    found["secrets"] = client(cloud, "secretsmanager").list_secrets()["SecretList"]
    return found


def planned(user, arguments, rule, resource):
    """The commands that mend a rule, and those that go back, as they are printed."""
    done = user.run("harden", *arguments, "--fix", "plan", "--region", REGION)
    assert done.returncode == 0, done.stderr
    blocks = [block for block in done.stdout.split("\n\n")
              if (first := re.match(r"#.*: (\S+) \(([^)]*)\)", block)) and rule in first[2].split(", ") and first[1] == resource]
    assert len(blocks) == 1, done.stdout
    run, _, back = blocks[0].partition("\n# to go back:\n")
    assert SECRET not in done.stdout
    return ([line for line in run.splitlines() if not line.startswith("#")], [line.removeprefix("#   ") for line in back.splitlines()])


def test_every_rule_has_something_bad_and_a_change(user):
    listed = user.run_offline("harden", "--list-rules").stdout
    rules = {line.split()[0]: line for line in listed.splitlines()}
    # Rules that only tell of a fault in a policy's text serve no row of their own.
    own = {rule for rule, line in rules.items() if not line.rstrip().endswith("IAM: least privilege")}
    by_policies = {"not-action-with-allow", "pass-role-without-service"}
    assert set(MADE) == own - by_policies
    assert set(NOT_RUN) | set(ONE_WAY) <= set(MADE)
    for reason in [*NOT_RUN.values(), *ONE_WAY.values()]:
        assert len(reason) > 40


@pytest.mark.parametrize("rule", MADE)
def test_the_printed_change_mends_and_the_printed_way_back_restores(cloud, user, world, shell, rule):
    arguments, resource = MADE[rule](world, rule)
    report, _ = harden(user, *arguments)
    assert (rule, resource) in of(report), [one["what"] for one in report["findings"] if one["rule"] == rule]
    if rule in NOT_RUN:
        done = user.run("harden", *arguments, "--fix", "plan", "--region", REGION)
        assert "aws" not in [line.split(" ")[0] for line in done.stdout.splitlines() if rule in line], done.stdout
        return
    before = state(cloud)
    run, back = planned(user, arguments, rule, resource)
    shell.run(run, **NAMED)
    changed = state(cloud)
    assert changed != before
    if rule == "role-unused":
        # A role that is gone is asked for no longer, which says so.
        done = user.run("harden", *arguments, "--region", REGION)
        assert done.returncode == 1 and "not found" in done.stderr, done.stderr
        report = {"findings": []}
    else:
        report, _ = harden(user, *arguments)
    wrong = [one["what"] for one in report["findings"] if one["rule"] == rule and one["place"]["resource"] == resource]
    assert wrong == [], (run, shell.said)
    if rule == "bucket-without-lifecycle-of-old-versions":
        assert OTHER_RULE in changed["bad", "get_bucket_lifecycle_configuration"]["Rules"]
    if rule == "function-secret-in-environment":
        assert json.loads(changed["function", "bad-function"])[1]["Variables"] == {"STAGE": "prod", "REGION_NAME": "eu"}
        secret = client(cloud, "secretsmanager").get_secret_value(SecretId="app/PASSWORD")
        assert secret["SecretString"] == SECRET
    if rule in ONE_WAY:
        assert back == []
        return
    # In another shell, another day.
    shell.run(back, **NAMED)
    after = state(cloud)
    if rule == "bucket-without-versioning":
        # Versioning, once on, can only be suspended.
        assert after.pop(("bad", "get_bucket_versioning")) == {"Status": "Suspended"}
        before.pop(("bad", "get_bucket_versioning"))
    if rule == "stack-without-stack-policy":
        # A stack that had a policy once has one for good: one that allows every update is as none.
        *rest, policy = after.pop(("stack", "bad-stack"))
        assert rest == list(before.pop(("stack", "bad-stack")))[:2]
        assert json.loads(policy["StackPolicyBody"])["Statement"] == [{"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}]
    assert after == before
