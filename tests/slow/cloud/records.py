"""Records for the event history and for trail files, made from a seed."""

import gzip
import json
import random
from datetime import datetime, timedelta, timezone

from .authorization import ACCOUNT

SESSION_TOKEN = "IQoJb3JpZ2luX2VjEHpolgenRECORDEDtoken"


def record(number, moment, region, role="app", name="DescribeTable", bucket=None):
    """One call of a role."""
    made = {
        "eventVersion": "1.11", "eventID": f"{number:08d}-0000-4000-8000-000000000000", "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "dynamodb.amazonaws.com", "eventName": name, "awsRegion": region, "sourceIPAddress": "203.0.113.7",
        "userAgent": "Boto3/1.43.100", "requestParameters": {"tableName": f"table{number % 7}"}, "responseElements": None,
        "readOnly": True, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:s", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
            "accountId": ACCOUNT, "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "accountId": ACCOUNT, "userName": role,
                                                 "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}},
        },
    }
    if name == "AssumeRole":
        made["eventSource"] = "sts.amazonaws.com"
        made["requestParameters"] = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/other", "roleSessionName": "s"}
        made["responseElements"] = {"credentials": {"accessKeyId": "ASIAOTHER", "sessionToken": SESSION_TOKEN, "expiration": "x"}}
    return made


def spread(count, regions, seed, days=89, role="app"):
    """Records all over the regions and days. Some share a second with many others, more than a page holds."""
    source = random.Random(seed)
    now = datetime.now(timezone.utc).replace(microsecond=0)
    crowded = now - timedelta(days=days / 2)
    made = []
    for number in range(count):
        moment = now - timedelta(seconds=source.randrange(60, days * 86400))
        region = regions[number % len(regions)]
        if number % 50 == 1:
            # So young that events may still come in.
            moment = now - timedelta(seconds=source.randrange(60, 3600))
        if number % 10 == 0:
            moment, region = crowded, regions[0]
        made.append(record(number, moment, region, role, "AssumeRole" if number % 9 == 0 else "DescribeTable"))
    return made


def packed(records):
    """A trail file's bytes."""
    return gzip.compress(json.dumps({"Records": records}).encode(), compresslevel=1, mtime=0)
