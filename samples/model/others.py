"""Everyone else in the account: the developer, the deployment, root, a partner, and AWS itself.

None of this may end up in a policy for either role.
"""

import json
from datetime import date, timedelta
from pathlib import Path

from .draw import HEX
from .function import BUCKET, FUNCTION, KEY_ARN, ROLE_ARN, TABLE, TABLE_ARN
from .instance import INSTANCE, PARTNER
from .record import (
    ACCOUNT, GLOBAL_REGION, REGION, aws_service, caller, expiry, record, resource, role_session, user,
)
from .s3 import bucket_record

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"
CLI = "aws-cli/2.27.49 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.4 cfg/retry-mode#standard md/command#"
LOG_BUCKET = "acme-cloudtrail-logs"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}"
ALICE = ("alice", "AIDAALICEEXAMPLE00001", "203.0.113.17")
DEPLOYER = ("ci-deployer", "AIDADEPLOYEREXAMPLE01", "203.0.113.88")
READER = {"id": "AROASSOREADONLYEXAMPL", "path": f"/aws-reserved/sso.amazonaws.com/{REGION}/",
          "name": "AWSReservedSSO_ReadOnlyAccess_4f6b1c9d2e7a8035"}
CONFIG = {"id": "AROACONFIGSLREXAMPLE1", "path": "/aws-service-role/config.amazonaws.com/",
          "name": "AWSServiceRoleForConfig"}
# The inline policy only ever grew: that is how prototypes get their wildcards. The last change is what role.json holds.
NARROW_TABLE_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"]
POLICY_CHANGES = {date(2026, 6, 1): NARROW_TABLE_ACTIONS, date(2026, 6, 4): "dynamodb:*"}
ROLES = Path(__file__).resolve().parent.parent / "role.json"


def sign_in(draw, moment, kind):
    """A sign-in to the console: no API call, so no permission."""
    if kind == "Root":
        identity = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
        device = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"
    else:
        identity = user(*ALICE[:2], None)
        device = f"arn:aws:iam::{ACCOUNT}:mfa/alice"
    return record(
        draw, moment, caller(identity, ALICE[2], BROWSER), "signin:ConsoleLogin", version="1.10", type="AwsConsoleSignIn",
        region=GLOBAL_REGION, response={"ConsoleLogin": "Success"}, host="signin.aws.amazon.com",
        additional={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No",
                    "MFAIdentifier": device, "MFAUsed": "Yes"},
    )


def _alice(draw, moment):
    identity = user(*ALICE[:2], draw.access_key(), console_since=moment - timedelta(minutes=9))
    return caller(identity, ALICE[2], BROWSER, console=True)


def console_day(draw, moment):
    """Alice looks at the function and its table in the console."""
    alice = _alice(draw, moment)
    step = lambda: moment + timedelta(seconds=draw.between(2, 300))
    return [
        record(draw, step(), alice, "lambda:ListFunctions20150331", request={"maxItems": 50}),
        record(draw, step(), alice, "lambda:GetFunction20150331v2", version="1.10",
               request={"functionName": FUNCTION_ARN}),
        record(draw, step(), alice, "dynamodb:DescribeTable", request={"tableName": TABLE}, api_version="2012-08-10"),
        record(draw, step(), alice, "logs:DescribeLogStreams", version="1.10", api_version="20140328",
               request={"logGroupName": f"/aws/lambda/{FUNCTION}", "orderBy": "LastEventTime", "descending": True}),
        bucket_record(draw, step(), alice, "GetBucketPolicy", BUCKET, "policy"),
        record(draw, step(), alice, "ec2:DescribeInstances", version="1.10",
               request={"instancesSet": {"items": [{"instanceId": INSTANCE}]}, "filterSet": {}}),
    ]


def policy_change(draw, moment, table_actions):
    """Alice widens the role's inline policy."""
    role = json.loads(ROLES.read_text(encoding="utf-8"))["RoleDetailList"][0]
    policy = role["RolePolicyList"][0]["PolicyDocument"]
    for statement in policy["Statement"]:
        if statement["Action"] == "dynamodb:*":
            statement["Action"] = table_actions
    document = json.dumps(policy)
    alice = _alice(draw, moment)
    return [
        record(draw, moment - timedelta(seconds=70), alice, "iam:GetRole", region=GLOBAL_REGION, host="iam.amazonaws.com",
               request={"roleName": "PrototypeFunctionRole"}),
        record(draw, moment, alice, "iam:PutRolePolicy", region=GLOBAL_REGION, host="iam.amazonaws.com", read_only=False,
               request={"roleName": "PrototypeFunctionRole", "policyName": "prototype-access", "policyDocument": document}),
    ]


def deployment(draw, moment, version):
    """The pipeline puts a new version of the function's code in place."""
    name, principal, address = DEPLOYER
    identity = user(name, principal, "AKIADEPLOYERXEXAMPLE")
    by = lambda command: caller(identity, address, CLI + command)
    return [
        record(draw, moment, by("sts.get-caller-identity"), "sts:GetCallerIdentity", version="1.08"),
        record(
            draw, moment + timedelta(seconds=4), by("lambda.update-function-code"), "lambda:UpdateFunctionCode20150331v2",
            read_only=False, request={"functionName": FUNCTION, "publish": True, "dryRun": False},
            response={"functionName": FUNCTION, "functionArn": f"{FUNCTION_ARN}:{version}", "runtime": "python3.12",
                      "role": ROLE_ARN, "handler": "orders.handler", "codeSize": 18211 + 40 * version, "timeout": 30,
                      "memorySize": 256, "version": str(version), "tracingConfig": {"mode": "Active"},
                      "loggingConfig": {"logFormat": "Text", "logGroup": f"/aws/lambda/{FUNCTION}"}},
        ),
    ]


def reader(draw, moment, region):
    """Somebody with a single sign-on role looks around."""
    identity = role_session(READER, "bob@example.com", draw.access_key(), moment - timedelta(minutes=20))
    bob = caller(identity, "203.0.113.23", BROWSER, console=True)
    return [
        record(draw, moment, bob, "ec2:DescribeVpcs", version="1.10", region=region,
               request={"vpcSet": {}, "filterSet": {}}),
        record(draw, moment + timedelta(seconds=8), bob, "cloudtrail:LookupEvents", region=region,
               request={"maxResults": 50}),
        record(draw, moment + timedelta(seconds=31), bob, "monitoring:DescribeAlarms", region=region,
               request={"maxRecords": 100, "alarmTypes": ["MetricAlarm"]}),
    ]


def config_recorder(draw, moment, region):
    """AWS Config's service-linked role takes stock."""
    identity = role_session(CONFIG, "AWSConfig-Describe", None, moment, identity={"invokedBy": "config.amazonaws.com"})
    config = caller(identity, "config.amazonaws.com", "config.amazonaws.com", is_service=True)
    calls = [record(draw, moment, config, "ec2:DescribeSecurityGroups", version="1.10", region=region,
                    request={"securityGroupSet": {}, "securityGroupIdSet": {}, "filterSet": {}})]
    if region == REGION:
        calls.append(bucket_record(draw, moment, config, "GetBucketAcl", BUCKET, "acl"))
        calls.append(record(draw, moment, config, "dynamodb:DescribeTable", api_version="2012-08-10",
                            request={"tableName": TABLE}, resources=[resource("AWS::DynamoDB::Table", TABLE_ARN)]))
    return calls


def trail_delivery(draw, moment):
    """CloudTrail checks the bucket that it delivers to."""
    return [bucket_record(draw, moment, aws_service("cloudtrail.amazonaws.com"), "GetBucketAcl", LOG_BUCKET, "acl",
                          version="1.09", shared=True)]


def partner_visit(draw, moment):
    """A role of another account assumes one of this account's roles: delivered to both, with one sharedEventID."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/PartnerReadRole"
    identity = {"type": "AWSAccount", "principalId": "AROAPARTNERSYNCEXAMPL:sync", "accountId": PARTNER}
    return [record(
        draw, moment, caller(identity, "198.51.100.201", "Boto3/1.38.2 md/Botocore#1.38.2 os/linux lang/python#3.11.9"),
        "sts:AssumeRole", version="1.08", shared=True, read_only=True,
        request={"roleArn": arn, "roleSessionName": "sync", "externalId": "acme-partner-7"},
        response={"credentials": {"accessKeyId": draw.access_key(), "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLE==",
                                  "expiration": expiry(moment + timedelta(hours=1))},
                  "assumedRoleUser": {"assumedRoleId": "AROAPARTNERREADEXAMPL:sync",
                                      "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/PartnerReadRole/sync"}},
        resources=[resource("AWS::IAM::Role", arn)],
    )]


def key_rotation(draw, moment):
    """KMS turns the key over by itself: a service event, not a call."""
    kms = {"identity": {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}, "address": "AWS Internal",
           "agent": "AWS Internal", "is_service": True}
    return [record(draw, moment, kms, "kms:RotateKey", type="AwsServiceEvent", read_only=False,
                   resources=[resource("AWS::KMS::Key", KEY_ARN)],
                   details={"keyId": KEY_ARN.split("/")[1], "rotationType": "AUTOMATIC", "backingKeyId": draw.text(HEX, 64)})]
