"""`suggest` of nobody in particular, at a terminal, with credentials: the roles that were at work are offered to pick from."""

import json
import os
import pty
import select
import subprocess
import time

import pytest

from cloud.authorization import ACCOUNT
from cloud.records import spread
from cloud.server import Fault
from conftest import ACCESS_KEY
from test_live_role import account, client, REGION, TRUST  # noqa: F401

OTHER = f"arn:aws:iam::{ACCOUNT}:role/reader"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:DescribeTable", "Resource": "*"}]}


@pytest.fixture
def two_roles(cloud, account):  # noqa: F811
    """Beside `app`, of which much can be removed, a role that may do next to nothing more than it does, and does more of it."""
    iam = client(cloud, "iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="reader", PolicyName="inline", PolicyDocument=json.dumps(READ))
    cloud.record(spread(300, cloud.regions, seed=14, role="reader"))
    yield
    iam.delete_role_policy(RoleName="reader", PolicyName="inline")
    iam.delete_role(RoleName="reader")


def at_a_terminal(user, arguments, keys):
    """Runs polgen at a terminal; types once the list is there. Gives the exit code, standard output, and what the terminal showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [os.environ["POLGEN"], *arguments, "--endpoint-url", user.cloud.url, "--region", REGION],
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True, env={**user.environment(), "TERM": "xterm"}, start_new_session=True)
    os.close(theirs)
    shown, typed, ends = b"", False, time.monotonic() + 120
    while time.monotonic() < ends:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if ready:
            try:
                got = os.read(ours, 65536)
            except OSError:  # The other side has gone.
                break
            shown += got
            if not got:
                break
        if not typed and b"type to search" in shown:
            os.write(ours, keys)
            typed = True
    stdout, _ = process.communicate(timeout=60)
    os.close(ours)
    text = shown.decode()
    user.said += stdout + text
    return process.returncode, stdout, text


def test_the_role_with_most_to_remove_comes_first(cloud, user, two_roles):
    code, stdout, shown = at_a_terminal(user, ["suggest", "--format", "json"], b"\r")
    assert code == 0, shown
    assert json.loads(stdout)["role"]["arn"] == f"arn:aws:iam::{ACCOUNT}:role/app"
    lines = [line for line in shown.splitlines() if "events" in line and f"({ACCOUNT})" in line]
    assert "app" in lines[0] and "removable" in lines[0] and "120 events" in lines[0], lines
    assert "reader" in lines[1] and "300 events" in lines[1], lines


def test_another_is_found_by_typing(user, two_roles):
    code, stdout, shown = at_a_terminal(user, ["suggest", "--format", "json"], b"read\r")
    assert code == 0, shown
    assert json.loads(stdout)["role"]["arn"] == OTHER


def test_roles_that_may_not_be_read_can_be_picked(cloud, user, two_roles):
    cloud.faults = [Fault(lambda call, _: call.service == "iam", "AccessDenied", 403, "no")]
    code, stdout, shown = at_a_terminal(user, ["suggest", "--format", "json"], b"read\r")
    cloud.faults = []
    assert code == 0, shown
    assert json.loads(stdout)["role"]["arn"] == OTHER and "removable" not in shown


@pytest.mark.skipif("ORACLE" not in os.environ, reason="there is no Node for the independent evaluator")
def test_the_policy_for_polgen_itself_is_enough(cloud, user, two_roles):
    asked = user.run_offline("self-policy", "suggest")
    assert asked.returncode == 0, asked.stderr
    cloud.policies = {ACCESS_KEY: [json.loads(asked.stdout)]}
    code, stdout, shown = at_a_terminal(user, ["suggest", "--format", "json"], b"\r")
    cloud.policies = {}
    assert code == 0, shown
    assert [call.name for call in cloud.calls if call.code == "AccessDenied"] == []


def test_nobody_is_picked_where_no_role_was_at_work(cloud, user, account):  # noqa: F811
    cloud.record([])
    code, stdout, shown = at_a_terminal(user, ["suggest", "--since", "2020-01-01", "--until", "2020-01-02"], b"\r")
    assert code != 0 and stdout == "" and "hint" in shown, shown
