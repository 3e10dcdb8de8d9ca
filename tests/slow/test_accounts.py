"""`--all-roles --assume-role-name`: what the roles of an organization may do, read from each account through a role there.

The accounts are moto's; a fault of the cloud refuses one of them. The trail is an organization's, with calls into other accounts."""

import gzip
import json
import os
import subprocess

import boto3
import pytest

from cloud.authorization import ACCOUNT
from cloud.server import Fault
from conftest import ACCESS_KEY

SECOND, THIRD = "222233334444", "333344445555"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def iam_of(cloud, account):
    key = {"aws_access_key_id": "AKIAOWNER", "aws_secret_access_key": "x", "region_name": "us-east-1", "endpoint_url": cloud.url}
    if account == ACCOUNT:
        return boto3.client("iam", **key)
    found = boto3.client("sts", **key).assume_role(RoleArn=f"arn:aws:iam::{account}:role/owner", RoleSessionName="tests")["Credentials"]
    return boto3.client("iam", endpoint_url=cloud.url, region_name="us-east-1", aws_access_key_id=found["AccessKeyId"],
                        aws_secret_access_key=found["SecretAccessKey"], aws_session_token=found["SessionToken"])


def call(account, role, number, recipient=None, shared=None, bucket="data"):
    return {
        "eventVersion": "1.11", "eventTime": f"2026-06-{1 + number % 20:02}T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetBucketPolicy",
        "awsRegion": "eu-west-1", "sourceIPAddress": "203.0.113.9", "userAgent": "Boto3", "requestParameters": {"bucketName": bucket},
        "responseElements": None, "eventType": "AwsApiCall", "recipientAccountId": recipient or account, "eventCategory": "Management",
        "eventID": f"00000000-0000-4000-8000-{number:012}", **({"sharedEventID": shared} if shared else {}),
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAX:s", "accountId": account, "arn": f"arn:aws:sts::{account}:assumed-role/{role}/s",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAX", "arn": f"arn:aws:iam::{account}:role/{role}",
                                                 "accountId": account, "userName": role}}},
    }


@pytest.fixture
def organization(cloud, tmp_path):
    """Three accounts with a role `app` each, one of which called into another account; a role that is gone by now."""
    for account in (ACCOUNT, SECOND, THIRD):
        iam = iam_of(cloud, account)
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "team", "Value": account[:1]}])
        iam.put_role_policy(RoleName="app", PolicyName="wide", PolicyDocument=json.dumps(WIDE))
    records = [call(account, "app", 10 * at + number) for at, account in enumerate((ACCOUNT, SECOND, THIRD)) for number in range(3)]
    # One call into another account, as both accounts were told of it.
    records += [call(SECOND, "app", 50, shared="both", bucket="theirs"), call(SECOND, "app", 51, recipient=ACCOUNT, shared="both", bucket="theirs")]
    records.append(call(SECOND, "gone", 60))
    for record in records:
        place = tmp_path / "trail" / "AWSLogs" / "o-1" / record["recipientAccountId"] / "CloudTrail" / "eu-west-1" / record["eventTime"][:10].replace("-", "/")
        place.mkdir(parents=True, exist_ok=True)
        name = f"{record['recipientAccountId']}_CloudTrail_eu-west-1_{record['eventID'][-4:]}.json.gz"
        (place / name).write_bytes(gzip.compress(json.dumps({"Records": [record]}).encode()))
    cloud.calls.clear()
    yield tmp_path / "trail"
    cloud.faults = []
    for account in (ACCOUNT, SECOND, THIRD):
        iam = iam_of(cloud, account)
        iam.delete_role_policy(RoleName="app", PolicyName="wide")
        iam.delete_role(RoleName="app")


@pytest.fixture
def asker(cloud, tmp_path):
    from conftest import User

    home = tmp_path / "home"
    home.mkdir()
    yield User(cloud, home)
    # Taking a role up changes nothing.
    assert set(cloud.writes(ACCESS_KEY)) <= {"sts:AssumeRole"}


def asked(asker, trail, *more, name="audit/reader"):
    done = asker.run("suggest", "--all-roles", "--trail", str(trail), "--assume-role-name", name, "--format", "json", *more)
    roles = {} if done.returncode else {(row["role"]["account"], row["role"]["name"]): row for row in json.loads(done.stdout)["roles"]}
    return done, roles


def test_each_account_is_compared_with_its_own(cloud, asker, organization, tmp_path):
    done, roles = asked(asker, organization, "--output-dir", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    for account in (ACCOUNT, SECOND, THIRD):
        row = roles[account, "app"]
        assert row["granted_actions"] > row["removable_actions"] > 100 and row["not_compared"] is None, row
        assert json.loads((tmp_path / "out" / account / "app.json").read_text())["Statement"]
    # A call that two accounts recorded counts once, for the account of the role.
    assert roles[SECOND, "app"]["events"] == 4 and roles[ACCOUNT, "app"]["events"] == 3
    # Once for each account but the caller's own, with a session that may do nothing else.
    assumed = cloud.calls_of("sts:AssumeRole")
    assert sorted(one.params["RoleArn"] for one in assumed) == [f"arn:aws:iam::{account}:role/audit/reader" for account in (SECOND, THIRD)]
    for one in assumed:
        statements = json.loads(one.params["Policy"])["Statement"]
        assert [statement["Action"] for statement in statements] == ["iam:GetAccountAuthorizationDetails"]
    assert len(cloud.calls_of("iam:GetAccountAuthorizationDetails")) == 3
    # A role that is gone is not compared; nothing of it is called removable.
    gone = roles[SECOND, "gone"]
    assert gone["removable_actions"] is None and "no role of this name" in gone["not_compared"] and gone["policies"]
    assert f"role/gone: not compared: account {SECOND} has no role of this name any more" in done.stderr


def test_an_account_that_refuses_is_told_and_not_compared(cloud, asker, organization):
    cloud.faults = [Fault(lambda call, _: call.name == "sts:AssumeRole" and THIRD in call.params["RoleArn"], "AccessDenied", 403)]
    done, roles = asked(asker, organization)
    assert done.returncode == 0, done.stderr
    row = roles[THIRD, "app"]
    assert row["granted_actions"] is None and row["removable_actions"] is None and row["policies"], row
    assert "sts:AssumeRole: not permitted" in row["not_compared"]
    assert f"account {THIRD}: 1 role is not compared: sts:AssumeRole" in done.stderr
    assert roles[SECOND, "app"]["removable_actions"] > 100
    table = asker.run("suggest", "--all-roles", "--trail", str(organization), "--assume-role-name", "reader")
    line = next(line for line in table.stdout.splitlines() if line.startswith(f"app ({THIRD})"))
    assert "not compared" in line, table.stdout


@pytest.mark.long
def test_what_is_read_in_part_is_not_compared(cloud, asker, organization):
    """A list that breaks off would make what is behind it look as if it granted nothing."""
    cloud.faults = [Fault(lambda call, _: call.name == "iam:GetAccountAuthorizationDetails" and call.access_key != ACCESS_KEY, "AccessDenied", 403)]
    done, roles = asked(asker, organization)
    assert done.returncode == 0 and roles[ACCOUNT, "app"]["removable_actions"] > 100
    assert all(roles[account, "app"]["not_compared"] for account in (SECOND, THIRD))


@pytest.mark.long
def test_tags_are_read_from_the_accounts(cloud, asker, organization):
    done, roles = asked(asker, organization, "--tag", "team=3")
    assert done.returncode == 0 and list(roles) == [(THIRD, "app")], done.stderr


@pytest.mark.long
def test_dead_credentials_end_it(cloud, asker, organization):
    cloud.faults = [Fault(lambda call, _: call.name == "sts:AssumeRole", "ExpiredToken", 403)]
    done, _ = asked(asker, organization)
    assert done.returncode == 1 and done.stdout == "" and "the credentials have expired" in done.stderr


def test_its_policy_is_enough():
    done = subprocess.run([os.environ["POLGEN"], "self-policy", "suggest", "--assume-role-name", "audit/reader"], capture_output=True, text=True)
    statements = json.loads(done.stdout)["Statement"]
    assert any(one["Action"] == ["sts:AssumeRole"] and one["Resource"] == ["arn:aws:iam::*:role/audit/reader"] for one in statements), done.stdout
    assert any("iam:GetAccountAuthorizationDetails" in one["Action"] for one in statements)
