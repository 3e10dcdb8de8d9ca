"""`self-policy`, proved: under exactly the policy that it prints each command works, with every call authorized by an independent
implementation; and with any one action taken away it fails with a hint that names the action, or goes on and names it."""

import json
import os

import pytest

from cloud.authorization import ACCOUNT
from cloud.records import packed, spread
from conftest import ACCESS_KEY
from test_live_role import account, client  # noqa: F401

pytestmark = pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
BUCKET = "self-policy-trail"
COMMANDS = {
    "suggest": (["suggest", "--role", "app", "--format", "json"], ["suggest", "--role", ROLE]),
    "suggest, checked": (
        ["suggest", "--role", "app", "--format", "json", "--simulate", "--validate"],
        ["suggest", "--role", ROLE, "--simulate", "--validate"]),
    "suggest from a bucket": (
        ["suggest", "--role", "app", "--format", "json", "--trail", f"s3://{BUCKET}/logs/"],
        ["suggest", "--role", ROLE, "--trail", f"s3://{BUCKET}/logs/"]),
    "map": (["map", "--event-history"], ["map"]),
    "map from a bucket": (["map", "--trail", f"s3://{BUCKET}/logs/"], ["map", "--trail", f"s3://{BUCKET}/logs/"]),
    "usage": (["usage", "--event-history", "--format", "json"], ["usage"]),
    "usage from a bucket": (
        ["usage", "--trail", f"s3://{BUCKET}/logs/", "--format", "json"], ["usage", "--trail", f"s3://{BUCKET}/logs/"]),
    "backtest": (["backtest", "--role", "app"], ["backtest"]),
    "diff": (["diff", "role:app", "AWSLambdaBasicExecutionRole", "--format", "json"], ["diff", "--role", ROLE]),
}


@pytest.fixture
def bucket(cloud, account):  # noqa: F811
    s3 = client(cloud, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    key = f"logs/AWSLogs/{ACCOUNT}/CloudTrail/eu-central-1/2026/11/01/a.json.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=packed(spread(30, ["eu-central-1"], seed=12)))
    yield
    s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_bucket(Bucket=BUCKET)


def printed(user, arguments):
    done = user.run_offline("self-policy", *arguments)
    assert done.returncode == 0, done.stderr
    optional = {line.split()[0] for line in done.stderr.splitlines() if line.startswith("  ")}
    return json.loads(done.stdout), optional


def without(policy, action):
    statements = []
    for statement in policy["Statement"]:
        rest = [name for name in statement["Action"] if name != action]
        if rest:
            statements.append({**statement, "Action": rest})
    return {**policy, "Statement": statements}


def run(cloud, user, arguments, policy, number):
    """Runs a command in a home of its own, so that nothing kept by another run stands in for a call."""
    home, user.home = user.home, user.home / str(number)
    user.home.mkdir()
    cloud.policies = {ACCESS_KEY: [policy]}
    cloud.running_answers = 0
    done = user.run(*arguments)
    cloud.policies, user.home = {}, home
    return done


@pytest.mark.parametrize("name", COMMANDS)
def test_the_policy_is_enough_and_no_action_too_many(cloud, user, bucket, name):
    arguments, asked = COMMANDS[name]
    policy, optional = printed(user, asked)
    done = run(cloud, user, arguments, policy, 0)
    assert done.returncode == 0, done.stderr
    assert [call.name for call in cloud.calls if call.code == "AccessDenied"] == []
    assert "not permitted" not in done.stdout + done.stderr
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert len(actions) == len(set(actions)) > 0
    for number, action in enumerate(actions, 1):
        done = run(cloud, user, arguments, without(policy, action), number)
        told = done.stdout + done.stderr
        assert action in told, f"{action} is missing, and nothing says so: {told[-2000:]}"
        if action in optional:
            assert done.returncode == 0, (action, done.stderr)
        else:
            assert done.returncode in (1, 4) and "hint:" in done.stderr, (action, done.returncode, done.stderr)
